"""The speech stand-in as a process, through the real clients of both versions of the API."""

import hashlib
import io
import json
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import grpc
import imageio_ffmpeg
import numpy as np
import psutil
import pytest
from google.api_core import exceptions
from google.cloud import texttospeech_v1, texttospeech_v1beta1
from google.cloud.texttospeech_v1.services.text_to_speech import transports as v1_transports
from google.cloud.texttospeech_v1beta1.services.text_to_speech import transports as beta_transports

from dropcast_local.speech.catalogue import voices, voices_of_locale
from dropcast_local.speech.control import inject, reset, status
from dropcast_local.speech.tone import clip_samples

pytest.importorskip("espeakng_loader", reason="espeak-ng is not installed")

LINE = "The quick brown fox jumps over the lazy dog and runs away, far away."
LEAD, TAIL = 360, 12000
SECONDS_TO_END = 10


@dataclass(frozen=True)
class StandIn:
    """A running stand-in."""

    process: subprocess.Popen[str]
    endpoint: str

    def family(self) -> list[psutil.Process]:
        """The front and all that it started."""
        front = psutil.Process(self.process.pid)
        return [front, *front.children(recursive=True)]


@contextmanager
def running(*arguments: str) -> Iterator[StandIn]:
    """A stand-in that is gone afterwards, whatever the test did to it."""
    command = [sys.executable, "-m", "dropcast_local.speech", *arguments]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin
    assert process.stdout
    try:
        yield StandIn(process, json.loads(process.stdout.readline())["endpoint"])
    finally:
        process.stdin.close()
        try:
            process.wait(SECONDS_TO_END)
        finally:
            process.kill()
            process.stdout.close()


@pytest.fixture(scope="module")
def espeak() -> Iterator[StandIn]:
    """Speaks with two workers."""
    with running("--workers", "2") as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
def _tone() -> Iterator[StandIn]:
    with running("--engine", "tone", "--max-sentence-bytes", "900") as stand_in:
        yield stand_in


@pytest.fixture
def tone(_tone: StandIn) -> StandIn:
    """Judges as the other does, quickly; without faults and counts of earlier tests."""
    reset(_tone.endpoint)
    return _tone


def channel(endpoint: str) -> grpc.Channel:
    # Without this a reply of more than 4 MiB, 87 s of speech, fails in the client.
    return grpc.insecure_channel(endpoint, options=[("grpc.max_receive_message_length", -1)])


def v1(endpoint: str) -> texttospeech_v1.TextToSpeechClient:
    transport = v1_transports.TextToSpeechGrpcTransport(channel=channel(endpoint))
    return texttospeech_v1.TextToSpeechClient(transport=transport)


def v1beta1(endpoint: str) -> texttospeech_v1beta1.TextToSpeechClient:
    transport = beta_transports.TextToSpeechGrpcTransport(channel=channel(endpoint))
    return texttospeech_v1beta1.TextToSpeechClient(transport=transport)


def request(
    content: str = LINE,
    voice: str = "en-US-Neural2-D",
    *,
    kind: str = "text",
    language: str | None = None,
    encoding: str = "LINEAR16",
    gender: str | None = None,
    model: str | None = None,
    **audio: object,
) -> dict[str, object]:
    """A request that both versions read."""
    chosen: dict[str, object] = {"name": voice, "language_code": language or "-".join(voice.split("-")[:2])}
    if gender:
        chosen["ssml_gender"] = gender
    if model:
        chosen["model_name"] = model
    return {
        "input": {kind: content},
        "voice": chosen,
        "audio_config": {"audio_encoding": encoding, **audio},
    }


def audio_of(stand_in: StandIn, *arguments: str, **options: object) -> bytes:
    asked = texttospeech_v1.SynthesizeSpeechRequest(request(*arguments, **options))  # type: ignore[arg-type]
    audio: bytes = v1(stand_in.endpoint).synthesize_speech(asked, timeout=60).audio_content
    return audio


def samples_of(stand_in: StandIn, *arguments: str, **options: object) -> np.ndarray:
    with wave.open(io.BytesIO(audio_of(stand_in, *arguments, **options))) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


def spoken_part(samples: np.ndarray) -> np.ndarray:
    loud = np.flatnonzero(np.abs(samples) > 50)
    return samples[loud[0] : loud[-1] + 1]


def level(samples: np.ndarray) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(samples.astype(float) ** 2))))


def pitch_hertz(samples: np.ndarray) -> float:
    """The median of the strongest autocorrelation between 60 and 600 Hz over the loud frames."""
    found = []
    for start in range(0, len(samples) - 2048, 1024):
        frame = samples[start : start + 2048].astype(float)
        if np.abs(frame).max() > 1500:
            likeness = np.fft.irfft(np.abs(np.fft.rfft(frame, 4096)) ** 2)
            found.append(24000 / (40 + int(np.argmax(likeness[40:400]))))
    return float(np.median(found))


def runs(process: psutil.Process) -> bool:
    """Whether a process still does anything; one that nobody has collected does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    """Look again and again, for ten seconds."""
    pause, deadline = threading.Event(), time.monotonic() + SECONDS_TO_END
    while not is_so():
        assert time.monotonic() < deadline, what
        pause.wait(0.01)


# What is spoken


def test_speech_is_linear16_with_a_wav_header_between_two_silences(espeak: StandIn) -> None:
    audio = audio_of(espeak)
    samples = samples_of(espeak)
    assert audio[:4] == b"RIFF"
    assert len(audio) == 44 + 2 * len(samples)
    assert not samples[:LEAD].any()
    assert np.abs(samples[-TAIL + 500 :]).max() <= 20
    assert 2 < len(spoken_part(samples)) / 24000 < 8


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000])
def test_any_sample_rate_has_the_same_duration(espeak: StandIn, rate: int) -> None:
    usual = len(samples_of(espeak)) / 24000
    with wave.open(io.BytesIO(audio_of(espeak, sample_rate_hertz=rate))) as file:
        assert file.getframerate() == rate
        assert file.getnframes() / rate == pytest.approx(usual, abs=0.005)


@pytest.mark.parametrize("encoding", ["MULAW", "ALAW", "MP3", "OGG_OPUS", "PCM"])
def test_every_encoding_decodes_to_the_same_length_and_level(espeak: StandIn, encoding: str) -> None:
    usual = samples_of(espeak)
    audio = audio_of(espeak, encoding=encoding)
    raw = ["-f", "s16le", "-ar", "24000"] if encoding == "PCM" else []
    command = [imageio_ffmpeg.get_ffmpeg_exe(), *raw, "-i", "-", "-f", "s16le", "-ar", "24000", "-"]
    decoded = np.frombuffer(
        subprocess.run(command, input=audio, capture_output=True, check=True).stdout, "<i2"
    )
    # MP3 and Opus bring frames of padding.
    assert len(decoded) == pytest.approx(len(usual), abs=2400 if encoding in ("MP3", "OGG_OPUS") else 0)
    assert level(decoded) == pytest.approx(level(usual), abs=1.5)


def test_mp3_of_v1beta1_may_have_twice_the_bit_rate(espeak: StandIn) -> None:
    client = v1beta1(espeak.endpoint)
    sizes = [
        len(client.synthesize_speech(request(encoding=encoding)).audio_content)
        for encoding in ("MP3", "MP3_64_KBPS")
    ]
    assert sizes[1] == pytest.approx(2 * sizes[0], rel=0.05)


@pytest.mark.parametrize("rate", [0.25, 0.5, 0.8, 1.25, 2.0])
def test_the_duration_is_that_of_the_speaking_rate(espeak: StandIn, rate: float) -> None:
    usual = len(spoken_part(samples_of(espeak)))
    assert len(spoken_part(samples_of(espeak, speaking_rate=rate))) == pytest.approx(usual / rate, rel=0.01)


@pytest.mark.parametrize("semitones", [-6.0, 6.0, 16.0])
def test_the_pitch_moves_by_semitones_and_the_duration_does_not(espeak: StandIn, semitones: float) -> None:
    woman = "en-US-Neural2-F"
    usual, moved = samples_of(espeak, LINE, woman), samples_of(espeak, LINE, woman, pitch=semitones)
    ratio = pitch_hertz(moved) / pitch_hertz(usual)
    assert 12 * np.log2(ratio) == pytest.approx(semitones, abs=0.5)
    assert len(moved) == pytest.approx(len(usual), rel=0.01)


def test_the_volume_changes_by_exactly_so_many_decibels(espeak: StandIn) -> None:
    usual = level(samples_of(espeak))
    assert level(samples_of(espeak, volume_gain_db=-12.0)) == pytest.approx(usual - 12, abs=0.02)
    assert level(samples_of(espeak, volume_gain_db=3.0)) == pytest.approx(usual + 3, abs=0.02)


def test_ssml_breaks_and_prosody_are_heard(espeak: StandIn) -> None:
    def seconds(ssml: str) -> float:
        return len(samples_of(espeak, ssml, kind="ssml")) / 24000

    plain = seconds('<speak>Hello there <break time="1s"/>my friend</speak>')
    paused = seconds('<speak>Hello there <break time="3s"/>my friend</speak>')
    slow = seconds('<speak><prosody rate="50%">Hello there my friend</prosody></speak>')
    assert paused - plain == pytest.approx(2.0, abs=0.02)
    assert slow > 1.2 * (plain - 1)


def test_a_break_keeps_its_length_when_speech_is_slow_and_high(espeak: StandIn) -> None:
    def seconds(ssml: str) -> float:
        return len(samples_of(espeak, ssml, kind="ssml", speaking_rate=0.3, pitch=18.0)) / 24000

    longer, shorter = (seconds(f'<speak>Hello <break time="{n}s"/> you</speak>') for n in (3, 1))
    assert longer - shorter == pytest.approx(2.0, abs=0.02)


def test_markup_pauses_are_heard_on_chirp_3_hd(espeak: StandIn) -> None:
    star = "en-US-Chirp3-HD-Kore"
    usual = len(samples_of(espeak, "Hello there, you.", star, kind="markup"))
    paused = len(samples_of(espeak, "Hello there, [pause long] you.", star, kind="markup"))
    assert (paused - usual) / 24000 > 0.8


def test_marks_come_with_the_times_at_which_they_lie(espeak: StandIn) -> None:
    asked = request(
        '<speak><mark name="start"/>Hello <break time="2s"/><mark name="later"/> again</speak>', kind="ssml"
    )
    asked["enable_time_pointing"] = ["SSML_MARK"]
    answer = v1beta1(espeak.endpoint).synthesize_speech(asked)
    times = {point.mark_name: point.time_seconds for point in answer.timepoints}
    with wave.open(io.BytesIO(answer.audio_content)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert times["start"] == pytest.approx(0.015, abs=0.01)
    # The second word begins where the mark says: loud just after it, silent just before.
    place = round(24000 * times["later"])
    assert np.abs(samples[place - 12000 : place - 1200]).max() < 50
    assert np.abs(samples[place : place + 6000]).max() > 1000


def test_no_marks_come_unasked(espeak: StandIn) -> None:
    asked = request('<speak><mark name="a"/>Hello</speak>', kind="ssml")
    assert not v1beta1(espeak.endpoint).synthesize_speech(asked).timepoints


def test_text_without_words_is_silence(espeak: StandIn) -> None:
    samples = samples_of(espeak, "...")
    assert len(samples) >= LEAD + TAIL
    assert np.abs(samples).max() <= 20


def test_the_longest_input_is_spoken(espeak: StandIn) -> None:
    assert len(samples_of(espeak, ("Some words. " * 417)[:5000])) / 24000 > 200


# Voices


def test_all_names_of_one_language_sound_different(espeak: StandIn) -> None:
    with ThreadPoolExecutor(4) as threads:
        names = [voice.name for voice in voices_of_locale("en-US")]
        heard = threads.map(lambda name: hashlib.sha256(audio_of(espeak, "Hello.", name)).digest(), names)
    assert len(set(heard)) == len(names) > 70


def test_every_locale_speaks_and_none_like_another(espeak: StandIn) -> None:
    first = {voice.locale: voice.name for voice in voices().values()}
    with ThreadPoolExecutor(4) as threads:
        heard = list(
            threads.map(lambda item: samples_of(espeak, "1 2 3", item[1], language=item[0]), first.items())
        )
    assert all(np.abs(samples).max() > 1000 for samples in heard)
    assert len({samples.tobytes() for samples in heard}) == len(first)


@pytest.mark.parametrize("client", [v1, v1beta1])
def test_voices_are_listed(
    tone: StandIn, client: Callable[[str], texttospeech_v1.TextToSpeechClient]
) -> None:
    listed = client(tone.endpoint).list_voices().voices
    assert [voice.name for voice in listed] == list(voices())
    french = client(tone.endpoint).list_voices(language_code="fr-FR").voices
    assert {voice.language_codes[0] for voice in french} == {"fr-FR"}
    kore = next(voice for voice in french if voice.name == "fr-FR-Chirp3-HD-Kore")
    assert (kore.ssml_gender.name, kore.natural_sample_rate_hertz) == ("FEMALE", 24000)


def test_a_voice_is_chosen_where_none_is_named(tone: StandIn) -> None:
    asked = request()
    asked["voice"] = {"language_code": "de-DE", "ssml_gender": "FEMALE"}
    assert v1(tone.endpoint).synthesize_speech(asked).audio_content


def test_a_gemini_name_with_its_model_speaks(tone: StandIn) -> None:
    assert audio_of(tone, LINE, "Kore", language="en-US", model="gemini-2.5-flash-tts")


# Determinism


def test_equal_requests_make_equal_bytes_across_restarts_and_whatever_came_before(espeak: StandIn) -> None:
    requests = [
        (LINE, "en-US-Chirp3-HD-Puck", {}),
        (LINE, "en-GB-Studio-C", {"speaking_rate": 0.3}),
        ("<speak>Hello <break/> you</speak>", "de-DE-Wavenet-B", {"kind": "ssml", "pitch": 4.0}),
        ("Sassy snakes hiss; ash, thus, fizz!", "fr-FR-Neural2-A", {"encoding": "MP3"}),
    ]

    def hashes(stand_in: StandIn, order: list[int]) -> dict[int, str]:
        return {
            place: hashlib.sha256(
                audio_of(stand_in, requests[place][0], requests[place][1], **requests[place][2])
            ).hexdigest()
            for place in order
        }

    first = hashes(espeak, [0, 1, 2, 3])
    assert hashes(espeak, [3, 1, 0, 2]) == first
    with running("--workers", "1") as another:
        assert hashes(another, [2, 0, 3, 1]) == first


# What is refused


LONG_SENTENCE = "Word " + "and another word " * 60
REFUSALS = [
    ("input.ssml` is longer than the limit of 5000 bytes", request("é" * 2501)),
    ("must be set", request("")),
    ('sentences that are too long.*Sentence starting with: "Word"', request("Short. " + LONG_SENTENCE)),
    ("sentences that are too long", request(f"<speak>{LONG_SENTENCE}</speak>", kind="ssml")),
    (r"Voice 'en-US-Neural2-Z' does not exist\. Is it misspelled\?", request(voice="en-US-Neural2-Z")),
    ("does not exist", request(voice="en-us-neural2-d")),
    ("requires a model name", request(voice="Kore", language="en-US")),
    ("Requested language code 'en-GB' doesn't match the voice", request(language="en-GB")),
    ("Requested language code 'en' doesn't match the voice", request(language="en")),
    ("Requested female voice, but voice en-US-Neural2-D is a male voice", request(gender="FEMALE")),
    ("does not support pitch", request(voice="en-US-Chirp3-HD-Kore", pitch=1.0)),
    ("does not support SSML input", request("<speak>a</speak>", "en-US-Chirp3-HD-Kore", kind="ssml")),
    ("does not support SSML input", request("<speak>a</speak>", "en-US-Journey-D", kind="ssml")),
    ("does not support SSML input", request("<speak>a</speak>", "en-US-Chirp-HD-F", kind="ssml")),
    ("does not support speaking rate or pitch", request(voice="en-US-Journey-F", speaking_rate=1.0)),
    ("does not support speaking rate or pitch", request(voice="en-US-Chirp-HD-F", speaking_rate=1.0)),
    ("does not support speaking rate or pitch", request(voice="en-US-Journey-O", pitch=-1.0)),
    ("does not support pitch", request(voice="en-US-Studio-O", pitch=2.0)),
    ("does not support markup", request("a [pause] b", "en-US-Neural2-D", kind="markup")),
    ("Invalid SSML", request("<speak>a", kind="ssml")),
    ("Invalid speaking_rate", request(speaking_rate=2.1)),
    ("Invalid speaking_rate", request(speaking_rate=0.2)),
    ("Invalid pitch", request(pitch=20.5)),
    ("Invalid volume_gain_db", request(volume_gain_db=16.5)),
    ("Invalid volume_gain_db", request(volume_gain_db=-97.0)),
    ("Invalid sample_rate_hertz", request(sample_rate_hertz=7999)),
    ("Unsupported audio encoding", request(encoding="AUDIO_ENCODING_UNSPECIFIED")),
    ("Invalid effects profile", request(effects_profile_id=["shoebox-class-device"])),
]


@pytest.mark.parametrize(("message", "asked"), REFUSALS)
@pytest.mark.parametrize("client", [v1, v1beta1])
def test_what_the_service_refuses_is_refused(
    tone: StandIn,
    client: Callable[[str], texttospeech_v1.TextToSpeechClient],
    message: str,
    asked: dict[str, object],
) -> None:
    with pytest.raises(exceptions.InvalidArgument, match=f"(?s){message}"):
        client(tone.endpoint).synthesize_speech(asked)


ACCEPTED = [
    request(("é" * 449 + ". ") * 5 + "é" * 250, voice="en-US-Chirp3-HD-Kore", speaking_rate=1.5),
    request(voice="en-US-Journey-D", volume_gain_db=3.0),
    request(voice="en-US-Journey-D", speaking_rate=0.0, pitch=0.0),
    request("<speak>a</speak>", "en-US-Studio-O", kind="ssml", speaking_rate=0.9),
    request(speaking_rate=2.0, pitch=-20.0, volume_gain_db=16.0),
    request(language="EN-us", gender="MALE"),
    request(effects_profile_id=["small-bluetooth-speaker-class-device"], sample_rate_hertz=48000),
]


@pytest.mark.parametrize("asked", ACCEPTED)
def test_what_the_service_takes_is_spoken(tone: StandIn, asked: dict[str, object]) -> None:
    assert v1(tone.endpoint).synthesize_speech(asked).audio_content


def test_chirp_3_hd_takes_ssml_when_told_to_but_no_marks() -> None:
    with running("--engine", "tone", "--chirp3-ssml") as stand_in:
        assert audio_of(stand_in, "<speak>a</speak>", "en-US-Chirp3-HD-Kore", kind="ssml")
        with pytest.raises(exceptions.InvalidArgument, match="marks"):
            audio_of(stand_in, '<speak><mark name="a"/>a</speak>', "en-US-Chirp3-HD-Kore", kind="ssml")


def test_requests_beyond_the_quota_of_their_family_are_refused() -> None:
    with running("--engine", "tone", "--requests-per-minute", "2") as stand_in:
        for _ in range(2):
            audio_of(stand_in)
        with pytest.raises(exceptions.ResourceExhausted, match="Neural2 requests per minute"):
            audio_of(stand_in)
        assert audio_of(stand_in, LINE, "en-US-Wavenet-D")
        told = status(stand_in.endpoint)
        assert (told["requests"], told["spoken"], told["refused"]) == (4, 3, 1)


# Faults and counts


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("RESOURCE_EXHAUSTED", exceptions.ResourceExhausted),
        ("UNAVAILABLE", exceptions.ServiceUnavailable),
        ("INTERNAL", exceptions.InternalServerError),
        ("INVALID_ARGUMENT:no such mood", exceptions.InvalidArgument),
    ],
)
def test_an_injected_fault_hits_the_one_request_it_was_meant_for(
    tone: StandIn, fault: str, error: type[Exception]
) -> None:
    name = inject(tone.endpoint, [fault], contains="fox")
    audio_of(tone, "A dog.")
    assert status(tone.endpoint)["faults"] == {name: {"completed": False, "left": [fault]}}
    with pytest.raises(error, match=fault.partition(":")[2] or "Injected"):
        audio_of(tone)
    assert audio_of(tone)
    assert status(tone.endpoint)["faults"] == {name: {"completed": True, "left": []}}


def test_an_injected_deadline_hangs_until_the_clients_own(tone: StandIn) -> None:
    inject(tone.endpoint, ["DEADLINE_EXCEEDED"])
    with pytest.raises(exceptions.DeadlineExceeded):
        v1(tone.endpoint).synthesize_speech(request(), timeout=0.2)
    assert audio_of(tone)


def test_sound_is_spoilt_on_request(tone: StandIn) -> None:
    whole = audio_of(tone)
    inject(tone.endpoint, ["truncate", "silence", "empty"])
    truncated, silent, empty = (audio_of(tone) for _ in range(3))
    assert truncated == whole[: len(whole) // 2]
    assert silent[:44] == whole[:44]
    assert not any(silent[44:])
    assert empty == b""
    assert audio_of(tone) == whole


def test_an_unknown_fault_is_an_error_of_the_test(tone: StandIn) -> None:
    with pytest.raises(grpc.RpcError, match="GREMLIN"):
        inject(tone.endpoint, ["GREMLIN"])


def test_what_was_spoken_is_counted_by_family(tone: StandIn) -> None:
    audio_of(tone, "Hello")
    audio_of(tone, "Grüezi", "de-DE-Chirp3-HD-Kore")
    with pytest.raises(exceptions.InvalidArgument):
        audio_of(tone, "Hello", "en-US-Nobody")
    assert status(tone.endpoint) == {
        "requests": 3,
        "spoken": 2,
        "refused": 1,
        "characters": 11,
        "byFamily": {
            "Neural2": {"spoken": 1, "characters": 5},
            "Chirp3-HD": {"spoken": 1, "characters": 6},
        },
        "faults": {},
    }


# Many at once, and processes that die


def test_a_delay_holds_up_no_other_request() -> None:
    with running("--workers", "2", "--delay-ms", "1000") as stand_in, ThreadPoolExecutor(100) as threads:
        client = v1(stand_in.endpoint)
        started = time.monotonic()
        answers = list(threads.map(lambda _: client.synthesize_speech(request("Hi.")), range(100)))
        took = time.monotonic() - started
    assert all(answer.audio_content for answer in answers)
    assert 1.0 <= took < 10.0


def test_the_tone_engine_makes_clips_of_its_formula_without_any_other_process(tone: StandIn) -> None:
    assert len(samples_of(tone)) == clip_samples(len(LINE), 1.0, 24000)
    assert len(tone.family()) == 1


def test_a_killed_worker_takes_only_its_own_request_with_it() -> None:
    with running("--workers", "1") as stand_in, ThreadPoolExecutor(4) as threads:
        _, worker = stand_in.family()
        held = threads.submit(audio_of, stand_in, "Some words here. " * 290)
        wait_until(lambda: bool(worker.children()), "the worker never began to speak")
        waiting = [threads.submit(audio_of, stand_in) for _ in range(3)]
        worker.kill()
        with pytest.raises(exceptions.ServiceUnavailable):
            held.result(SECONDS_TO_END)
        assert len({audio.result(SECONDS_TO_END) for audio in waiting}) == 1
        assert len(stand_in.family()) == 2
        assert worker not in stand_in.family()


def test_a_worker_killed_while_idle_fails_no_request() -> None:
    with running("--workers", "2") as stand_in:
        for _ in range(3):
            for worker in stand_in.family()[1:]:
                worker.kill()
            assert audio_of(stand_in, "Hi.")
        wait_until(lambda: len(stand_in.family()) == 3, "the workers were not replaced")


def test_two_stand_ins_share_a_port_range() -> None:
    with running("--engine", "tone") as probe:
        port = int(probe.endpoint.rpartition(":")[2])
        with running("--engine", "tone", "--port-range", f"{port}-{port + 50}") as other:
            assert port < int(other.endpoint.rpartition(":")[2]) <= port + 50
            assert audio_of(other)


@pytest.mark.parametrize("ending", ["SIGTERM", "stdin closes", "SIGKILL"])
def test_no_process_is_left_behind(ending: str) -> None:
    with running("--workers", "2") as stand_in, ThreadPoolExecutor(4) as threads:
        busy = [threads.submit(audio_of, stand_in, "Some words here. " * 60) for _ in range(4)]
        wait_until(lambda: bool(status(stand_in.endpoint)["requests"] == 4), "nobody asked")
        family = stand_in.family()
        assert len(family) >= 3
        if ending == "SIGTERM":
            stand_in.process.terminate()
        elif ending == "SIGKILL":
            stand_in.process.kill()
        else:
            assert stand_in.process.stdin
            stand_in.process.stdin.close()
        wait_until(lambda: stand_in.process.poll() is not None, "the front goes on")
        wait_until(lambda: not any(runs(process) for process in family), f"left: {family}")
        for answer in busy:
            assert answer.exception(SECONDS_TO_END) or answer.result()
        if ending != "SIGKILL":
            assert stand_in.process.returncode == 0
