"""Every format of the contract, made by the real encoder, is read by others as the sound that was meant."""

import hashlib
import io
import re
import struct
import subprocess
import tracemalloc
import wave
from dataclasses import replace
from functools import cache
from operator import attrgetter

import numpy as np
import psutil
import pytest
from mutagen.flac import FLAC
from mutagen.mp3 import MP3, BitrateMode
from mutagen.oggopus import OggOpus

from dropcast.gateways.ffmpeg import EncoderFailed, FfmpegEncoder, ffmpeg_program
from dropcast.jobs.part import Coding
from dropcast.publishing.formats.opus import opus_pages
from dropcast.publishing.formats.webm import DURATION
from dropcast.scripts.batch.formats import FORMATS
from dropcast.sound.frames import BrokenEpisode, Frames
from dropcast.sound.wav import BrokenClip
from dropcast.stages import audio_files
from dropcast.stages.audio_files import audio_file, own_samples, packet_bytes, sound_bytes
from fakes import DigestEncoder
from joined import TAGS

RATE, HERTZ = 24_000, 1000
SAMPLES = 29_628  # 1.2345 s
UNMADE = {"amr-wb-16000hz"}
NAME = attrgetter("name")
MADE = [audio for name, audio in FORMATS.items() if name not in UNMADE]
EACH = pytest.mark.parametrize("audio", MADE, ids=NAME)
PCM, MULAW = FORMATS["riff-24khz-16bit-mono-pcm"], FORMATS["riff-8khz-8bit-mono-mulaw"]
MP3_16, MP3_48 = FORMATS["audio-16khz-32kbitrate-mono-mp3"], FORMATS["audio-48khz-192kbitrate-mono-mp3"]
OGG, WEBM = FORMATS["ogg-16khz-16bit-mono-opus"], FORMATS["webm-24khz-16bit-mono-opus"]
PACKETS, G722 = FORMATS["audio-24khz-16bit-48kbps-mono-opus"], FORMATS["g722-16khz-64kbps"]
FLAC_24, FLAC_48 = FORMATS["audio-24khz-16bit-mono-flac"], FORMATS["audio-48khz-16bit-mono-flac"]
ONE_OF_EACH_KIND = [PCM, MULAW, MP3_16, MP3_48, OGG, WEBM, PACKETS, G722, FLAC_48]
KINDS = pytest.mark.parametrize("audio", ONE_OF_EACH_KIND, ids=NAME)


def tone(samples, hertz=HERTZ):
    """A sine of -6 dBFS, which begins with one."""
    return np.rint(16_384 * np.sin(2 * np.pi * hertz * np.arange(samples) / RATE)).astype("<i2")


def in_pieces(data, size=10_001):
    return (data[at : at + size] for at in range(0, len(data), size))


def made(audio, pcm, samples=None, encoder=None):
    data = pcm.tobytes()
    chunks = audio_file(in_pieces(data), samples or len(pcm), RATE, audio, encoder or FfmpegEncoder())
    return b"".join(chunks)


@cache
def usual(audio):
    return made(audio, tone(SAMPLES))


def demuxer(audio):
    """What must be said of a file that says nothing of itself."""
    if audio.container != "raw":
        return []
    name = {"pcm": "s16le"}.get(audio.codec, audio.codec)
    return ["-f", name] if audio.codec == "g722" else ["-f", name, "-ar", str(audio.sample_rate_hertz)]


def in_ogg(audio, packets, samples):
    """Packets as a reader takes them apart, in a container that says where they begin and end."""
    size = packet_bytes(audio.bitrate_kbps)
    frames = Frames(packets, (size,) * (len(packets) // size))
    coding = Coding("opus", audio.sample_rate_hertz, audio.bitrate_kbps)
    return b"".join(opus_pages(replace(TAGS, samples=samples), coding, [frames]))


def heard(audio, data, tmp_path, samples=SAMPLES):
    """What ffmpeg decodes, which must have nothing to complain of, and its rate."""
    path = tmp_path / "sound"
    path.write_bytes(in_ogg(audio, data, samples) if audio.container == "packets" else data)
    command = [ffmpeg_program(), "-nostdin", "-v", "error", *demuxer(audio), "-i", path, "-f", "s16le", "-"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    assert done.stderr == b"", done.stderr
    rate = 48_000 if audio.codec == "opus" else audio.sample_rate_hertz
    return np.frombuffer(done.stdout, "<i2"), rate


def described(audio, data, tmp_path):
    path = tmp_path / "sound"
    path.write_bytes(data)
    command = [ffmpeg_program(), "-hide_banner", "-nostdin", *demuxer(audio), "-i", path]
    return subprocess.run(command, capture_output=True, check=False, timeout=60).stderr.decode()


def expected(audio, samples):
    """How many samples a decoder must find."""
    own = own_samples(audio, samples, RATE)
    if audio.codec in ("pcm", "alaw", "mulaw"):
        return own
    own = max(own, 1)
    if audio.codec == "opus":
        return own * 48_000 // audio.sample_rate_hertz
    return own + own % 2 if audio.codec == "g722" else own


def level(sound, rate, hertz=HERTZ):
    """The level of a tone in dBFS, in the middle half of a sound."""
    middle = sound[len(sound) // 4 : -len(sound) // 4].astype(float) / 32_768
    turns = np.exp(-2j * np.pi * hertz * np.arange(len(middle)) / rate)
    return 20 * np.log10(2 * abs(np.mean(middle * turns)))


def loudest_hertz(sound, rate):
    return np.argmax(np.abs(np.fft.rfft(sound * np.hanning(len(sound))))) * rate / len(sound)


@EACH
def test_a_file_is_heard_as_the_tone_that_it_was_made_of_sample_by_sample(audio, tmp_path):
    sound, rate = heard(audio, usual(audio), tmp_path)
    assert len(sound) == expected(audio, SAMPLES)
    assert loudest_hertz(sound, rate) == pytest.approx(HERTZ, abs=1)
    assert level(sound, rate) == pytest.approx(-6.02, abs=0.3)


@EACH
def test_nothing_is_heard_later_or_earlier_than_it_was_said(audio, tmp_path):
    sound = tone(SAMPLES)
    sound[: SAMPLES // 2] = 0
    found, rate = heard(audio, made(audio, sound), tmp_path)
    begins = np.argmax(np.abs(found.astype(int)) > 6000) / rate
    late = 22 / 16_000 if audio.codec == "g722" else 0  # by its filters, as measured
    assert begins == pytest.approx(SAMPLES / 2 / RATE + late, abs=0.0005)


@pytest.mark.parametrize("audio", [each for each in MADE if each.container != "packets"], ids=NAME)
def test_a_file_says_its_rate_and_its_one_channel(audio, tmp_path):
    said = described(audio, usual(audio), tmp_path)
    rate = 48_000 if audio.codec == "opus" else audio.sample_rate_hertz
    assert re.search(rf"Audio: .*{rate} Hz, (mono|1 channels)", said), said


@pytest.mark.parametrize("audio", [each for each in MADE if each.container == "riff"], ids=NAME)
def test_the_header_of_a_riff_file_says_just_what_follows(audio):
    data = usual(audio)
    if audio.codec == "pcm":
        with wave.open(io.BytesIO(data)) as read:
            found = read.getparams()
        assert found[:4] == (1, 2, audio.sample_rate_hertz, own_samples(audio, SAMPLES, RATE))
        assert len(data) == 44 + 2 * found.nframes
    else:
        tag = {"alaw": 6, "mulaw": 7}[audio.codec]
        assert data[12:38] == struct.pack("<4sIHHIIHHH", b"fmt ", 18, tag, 1, 8000, 8000, 1, 8, 0)
        assert data[38:58] == struct.pack("<4sII4sI", b"fact", 4, 9876, b"data", 9876)
        assert len(data) == 58 + 9876
    assert struct.unpack_from("<I", data, 4) == (len(data) - 8,)


def test_an_odd_number_of_bytes_in_riff_is_followed_by_another():
    data = made(MULAW, tone(303))
    assert len(data) == 58 + 101 + 1
    assert struct.unpack_from("<I", data, 4) == (len(data) - 8,)
    assert struct.unpack_from("<I", data, 54) == (101,)


def test_the_usual_format_is_the_speech_itself_behind_44_bytes_and_needs_no_encoder():
    assert made(PCM, tone(SAMPLES), encoder=object())[44:] == tone(SAMPLES).tobytes()


@pytest.mark.parametrize("audio", [each for each in MADE if each.codec == "mp3"], ids=NAME)
def test_an_mp3_says_its_length_to_the_sample_and_its_bitrate(audio):
    found = MP3(io.BytesIO(usual(audio))).info
    assert found.length == pytest.approx(
        own_samples(audio, SAMPLES, RATE) / audio.sample_rate_hertz, abs=1e-9
    )
    assert (found.bitrate_mode, found.channels) == (BitrateMode.CBR, 1)
    assert found.bitrate == pytest.approx(audio.bitrate_kbps * 1000, rel=0.01)


@pytest.mark.parametrize("audio", [each for each in MADE if each.container == "ogg"], ids=NAME)
def test_ogg_says_its_length_to_the_sample_and_the_rate_it_was_made_of(audio):
    data = usual(audio)
    assert OggOpus(io.BytesIO(data)).info.length == expected(audio, SAMPLES) / 48_000
    assert struct.unpack_from("<I", data, data.index(b"OpusHead") + 12) == (audio.sample_rate_hertz,)


@pytest.mark.parametrize("audio", [each for each in MADE if each.container == "webm"], ids=NAME)
def test_webm_says_its_length(audio, tmp_path):
    data = usual(audio)
    (milliseconds,) = struct.unpack_from(">d", data, data.index(DURATION) + len(DURATION))
    assert milliseconds == own_samples(audio, SAMPLES, RATE) * 1000 / audio.sample_rate_hertz
    assert b"\xbf\x84" not in data[: data.index(DURATION)], "a CRC-32, of what stood there before"
    assert "Duration: 00:00:01.23," in described(audio, data, tmp_path)


@pytest.mark.parametrize("audio", [FLAC_24, FLAC_48], ids=NAME)
def test_flac_says_its_length_and_the_checksum_of_its_sound(audio, tmp_path):
    data = usual(audio)
    found = FLAC(io.BytesIO(data)).info
    assert (found.total_samples, found.sample_rate) == (
        own_samples(audio, SAMPLES, RATE),
        audio.sample_rate_hertz,
    )
    decoded, _ = heard(audio, data, tmp_path)
    checksum = hashlib.md5(decoded.tobytes(), usedforsecurity=False).digest()
    assert found.md5_signature == int.from_bytes(checksum, "big")


def test_flac_at_the_rate_of_the_speech_is_the_speech_itself(tmp_path):
    noise = np.random.default_rng(1).integers(-32_768, 32_768, 9001).astype("<i2")
    sound, _ = heard(FLAC_24, made(FLAC_24, noise), tmp_path)
    assert np.array_equal(sound, noise)


def test_flac_that_is_too_long_to_wait_for_its_checksum_is_the_same_without_one(monkeypatch):
    whole = usual(FLAC_24)
    monkeypatch.setattr(audio_files, "HELD", 2 * SAMPLES - 1)
    streamed = made(FLAC_24, tone(SAMPLES))
    # STREAMINFO: 8 bytes before it, the MD5 its last 16 of 34.
    assert streamed == whole[:26] + bytes(16) + whole[42:]
    assert FLAC(io.BytesIO(streamed)).info.total_samples == SAMPLES


@pytest.mark.parametrize("audio", [each for each in MADE if each.container == "packets"], ids=NAME)
def test_packets_without_a_container_can_be_told_apart_by_their_size(audio):
    data, size = usual(audio), packet_bytes(audio.bitrate_kbps)
    assert size == audio.bitrate_kbps * 20 // 8
    starts = [data[at : at + 2] for at in range(0, len(data), size)]
    # RFC 6716, 3.1: one channel; one frame, or (to pad it to this size) any number, which is one.
    assert all(start[0] & 0b111 == 0 or (start[0] & 0b111 == 3 and start[1] & 63 == 1) for start in starts)
    assert len(data) == size * 63  # 312 samples of delay and 59,256 at 48 kHz, 960 at a time


@KINDS
@pytest.mark.parametrize("samples", [10, 323, 1729])
def test_what_is_very_short_is_a_whole_file_of_just_that_length(audio, samples, tmp_path):
    sound, _ = heard(audio, made(audio, tone(samples)), tmp_path, samples)
    # Of a single packet ffmpeg drops what WebM says of its beginning, but not of its end: 312 of 960.
    least = 960 - 312 if audio.container == "webm" else 0
    assert len(sound) == max(expected(audio, samples), least)


@KINDS
def test_nothing_at_all_is_a_file_that_can_be_played(audio, tmp_path):
    sound, rate = heard(audio, made(audio, tone(0)), tmp_path, 0)
    assert len(sound) / rate < 0.0136
    assert (abs(sound) <= 1).all()


@pytest.mark.parametrize("audio", [MP3_16, OGG, FLAC_48], ids=NAME)
def test_three_minutes_are_three_minutes(audio, tmp_path):
    samples = 180 * RATE + 1
    sound, rate = heard(audio, made(audio, tone(samples)), tmp_path, samples)
    assert len(sound) == expected(audio, samples)
    assert level(sound, rate) == pytest.approx(-6.02, abs=0.15)


@KINDS
@pytest.mark.parametrize("there", [0, SAMPLES - 1, SAMPLES + 1])
def test_sound_that_is_not_as_long_as_it_was_said_to_be_is_never_a_file(audio, there):
    with pytest.raises(BrokenClip, match="bytes"):
        made(audio, tone(there), SAMPLES)


def test_half_a_sample_is_never_a_file():
    with pytest.raises(BrokenClip, match="3 of 4 bytes"):
        list(audio_file([b"abc"], 2, RATE, PCM, FfmpegEncoder()))


class CuttingShort(DigestEncoder):
    """Leaves out the last byte."""

    def transcode(self, pcm, sample_rate_hertz, audio):
        yield b"".join(super().transcode(pcm, sample_rate_hertz, audio))[:-1]


@pytest.mark.parametrize("audio", [MP3_16, PACKETS, G722], ids=NAME)
def test_what_the_encoder_did_not_write_whole_is_never_a_file(audio):
    with pytest.raises(BrokenEpisode, match="bytes"):
        made(audio, tone(SAMPLES), encoder=CuttingShort())


class WithoutBehind(DigestEncoder):
    """Makes of a second no more than half of one."""

    def transcode(self, pcm, sample_rate_hertz, audio):
        whole = b"".join(super().transcode(pcm, sample_rate_hertz, audio))
        yield whole[: len(whole) // 2]


@pytest.mark.parametrize("audio", [MULAW, MP3_16], ids=NAME)
def test_what_was_not_resampled_whole_is_never_a_file(audio):
    with pytest.raises(BrokenEpisode, match="bytes"):
        made(audio, tone(SAMPLES), encoder=WithoutBehind())


class ComplainingAtTheEnd(DigestEncoder):
    """Makes everything, and then is not content with it."""

    def transcode(self, pcm, sample_rate_hertz, audio):
        yield from super().transcode(pcm, sample_rate_hertz, audio)
        raise EncoderFailed("out of sorts")


@pytest.mark.parametrize("audio", [MULAW, MP3_16, PACKETS, OGG, WEBM, FLAC_24], ids=NAME)
def test_what_an_encoder_says_at_the_end_is_heard(audio):
    with pytest.raises(EncoderFailed, match="out of sorts"):
        made(audio, tone(SAMPLES), encoder=ComplainingAtTheEnd())


@KINDS
def test_the_fake_encoder_makes_files_of_the_same_length(audio):
    real, fake = usual(audio), made(audio, tone(SAMPLES), encoder=DigestEncoder())
    if audio.container in ("ogg", "webm", "flac"):
        assert fake
    else:
        assert len(fake) == len(real)


@KINDS
def test_the_same_sound_makes_the_same_bytes(audio):
    assert made(audio, tone(SAMPLES)) == usual(audio)


def test_sizes_count_samples_where_samples_have_a_size_and_else_the_whole_file():
    sizes = {name: sound_bytes(FORMATS[name], 60_000, RATE, 777) for name in FORMATS}
    assert sizes["riff-24khz-16bit-mono-pcm"] == sizes["raw-24khz-16bit-mono-pcm"] == 120_000
    assert sizes["riff-8khz-8bit-mono-alaw"] == sizes["raw-8khz-8bit-mono-mulaw"] == 20_000
    assert sizes["riff-44100hz-16bit-mono-pcm"] == 220_500
    assert {name for name, size in sizes.items() if size != 777} == {
        name for name, audio in FORMATS.items() if audio.codec in ("pcm", "alaw", "mulaw")
    }


@pytest.mark.parametrize("rate", ["8khz", "16khz", "24khz", "48khz"])
def test_whole_milliseconds_are_the_same_at_every_rate_that_has_whole_samples_in_one(rate):
    audio = FORMATS[f"raw-{rate}-16bit-mono-pcm"]
    for samples in range(200):
        own = own_samples(audio, samples, RATE)
        assert own * 1000 // audio.sample_rate_hertz == samples * 1000 // RATE


@pytest.mark.parametrize("audio", [MP3_48, FORMATS["riff-16khz-16bit-mono-pcm"]], ids=NAME)
def test_memory_does_not_grow_with_the_sound(audio):
    second = tone(RATE).tobytes()

    def peak(seconds):
        chunks = audio_file((second for _ in range(seconds)), seconds * RATE, RATE, audio, FfmpegEncoder())
        tracemalloc.start()
        try:
            assert sum(map(len, chunks)) > 1000 * seconds
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(120) < 1.5 * peak(20)


def ten_minutes_of_noise():
    noise = np.random.default_rng(1).integers(-9000, 9000, RATE, "<i2").tobytes()
    return (noise for _ in range(600))


@pytest.fixture
def own_children():
    """The processes that were started since, and still run or wait to be collected."""
    before = set(psutil.Process().children())
    return lambda: set(psutil.Process().children()) - before


@KINDS
def test_whoever_stops_reading_leaves_no_process(audio, own_children):
    stream = audio_file(ten_minutes_of_noise(), 600 * RATE, RATE, audio, FfmpegEncoder())
    assert next(stream)
    assert next(stream)
    stream.close()
    assert not own_children()


@KINDS
def test_what_goes_wrong_with_the_sound_escapes_and_leaves_no_process(audio, own_children):
    def pcm():
        yield bytes(2 * RATE)
        raise LookupError("a clip is missing")

    with pytest.raises(LookupError, match="a clip is missing"):
        list(audio_file(pcm(), 60 * RATE, RATE, audio, FfmpegEncoder()))
    assert not own_children()


class FailingLater(FfmpegEncoder):
    """Resamples, but encodes nothing."""

    def transcode(self, pcm, sample_rate_hertz, audio):
        if audio.codec == "pcm":
            yield from super().transcode(pcm, sample_rate_hertz, audio)
        else:
            yield next(pcm)
            raise EncoderFailed("out of sorts")


def test_an_encoder_that_fails_leaves_no_process_that_resamples(own_children):
    with pytest.raises(EncoderFailed, match="out of sorts") as failed:
        list(audio_file(ten_minutes_of_noise(), 600 * RATE, RATE, OGG, FailingLater()))
    assert not own_children(), failed  # which knows, as long as it is here, all that was going on


class Wasteful(FfmpegEncoder):
    """Encodes at more bits than it was told."""

    def transcode(self, pcm, sample_rate_hertz, audio):
        yield from super().transcode(pcm, sample_rate_hertz, replace(audio, bitrate_kbps=160))


def test_an_encoder_that_writes_too_much_is_ended(own_children):
    with pytest.raises(BrokenEpisode, match="more than") as failed:
        list(audio_file(ten_minutes_of_noise(), 600 * RATE, RATE, MP3_16, Wasteful()))
    assert not own_children(), failed
