"""What somebody uploads is opened with care: good recordings as they are, anything else with a reason."""

import signal
import stat
import struct
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import psutil
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dropcast.gateways import media, media_child
from dropcast.gateways.containers import container_of
from dropcast.gateways.ffmpeg import ffmpeg_program
from dropcast.gateways.media import FfmpegMedia
from dropcast.ports import MediaRefused, TryLater
from dropcast.sound.wav import Clip, encode_wav

RATE, SECONDS = 24_000, 3
FORMATS = {  # a name, and what ffmpeg is told to write it
    "wav": (),
    "24-bit.wav": ("-c:a", "pcm_s24le"),
    "float.wav": ("-c:a", "pcm_f32le"),
    "telephone.wav": ("-c:a", "pcm_alaw", "-ar", "8000"),
    "rf64.wav": ("-rf64", "always"),
    "aiff": (),
    "mp3": (),
    "variable.mp3": ("-q:a", "4"),
    "mpeg2.mp3": ("-ar", "24000"),
    "mpeg25.mp3": ("-ar", "8000"),
    "without-tags.mp3": ("-write_xing", "0", "-id3v2_version", "0"),
    "m4a": (),
    "fast-start.m4a": ("-movflags", "+faststart"),
    "fragmented.m4a": ("-movflags", "+frag_keyframe+empty_moov"),
    "lossless.m4a": ("-c:a", "alac"),
    "aac": (),
    "flac": (),
    "opus": (),
    "ogg": ("-c:a", "libvorbis"),
}
UNTOLD = {"without-tags.mp3", "aac"}  # nothing in them says how much there should be


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("recordings")


@pytest.fixture(scope="module")
def made(folder):
    """A function that has ffmpeg write a recording, once, and returns its bytes."""

    def make(name, *options, source=None):
        path = folder / name
        if not path.exists():
            source = source or ("-f", "s16le", "-ar", "48000", "-ac", "1", "-i", "pipe:0")
            command = [ffmpeg_program(), "-v", "error", *source, *options, str(path)]
            subprocess.run(command, input=TONE, check=True, timeout=60)
        return path.read_bytes()

    return make


@pytest.fixture(scope="module")
def recording(made):
    return lambda name: made(f"recording.{name}", *FORMATS[name])


@pytest.fixture
def own_children():
    """The processes that were started since, and still run or wait to be collected."""
    before = set(psutil.Process().children())
    return lambda: set(psutil.Process().children()) - before


@pytest.fixture
def decoder_that(tmp_path, monkeypatch):
    """A function that puts a shell script in ffmpeg's place."""

    def does(*lines):
        program = tmp_path / "ffmpeg"
        program.write_text("\n".join(["#!/bin/sh", *lines, ""]))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setattr(media, "ffmpeg_program", lambda: str(program))

    return does


def sine(seconds=SECONDS, rate=48_000, level=8000):
    return np.round(level * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate)) / rate)).astype("<i2")


TONE = sine().tobytes()
WAV = encode_wav(Clip(sine(0.5, RATE).tobytes(), RATE))


def wav(data, channels=1, rate=RATE, said=None):
    """A WAV file of 16 bits that says what it is told to say."""
    frame = 2 * channels
    layout = struct.pack("<HHIIHH", 1, channels, rate, rate * frame % 2**32, frame % 2**16, 16)
    said = len(data) if said is None else said
    return b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0" + layout + b"data" + struct.pack("<I", said) + data


def decoded(recording, rate=RATE):
    return np.frombuffer(FfmpegMedia().decode(recording, rate), "<i2")


def refusal(recording):
    with pytest.raises(MediaRefused) as refused:
        decoded(recording)
    return str(refused.value)


@pytest.mark.parametrize("name", FORMATS)
def test_a_good_recording_is_heard_from_beginning_to_end(recording, name):
    samples = decoded(recording(name))
    assert SECONDS * RATE <= len(samples) <= (SECONDS + 0.1) * RATE
    middle = samples[RATE // 2 : -RATE // 2].astype(float)
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(8000 / np.sqrt(2), rel=0.06)  # libmp3lame: 0.95
    crossings = np.count_nonzero(np.diff(np.signbit(middle)))
    assert crossings / 2 / (len(middle) / RATE) == pytest.approx(440, abs=2)


def test_pcm_at_the_rate_asked_for_comes_out_as_it_went_in():
    assert np.array_equal(decoded(WAV), sine(0.5, RATE))


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000])
def test_any_sample_rate_can_be_asked_for(rate):
    assert len(decoded(WAV, rate)) == rate // 2


def test_stereo_becomes_the_mean_of_both_channels():
    left, right = sine(0.5, RATE, 12_000), sine(0.5, RATE, 4000)
    both = np.stack([left, right], axis=1).tobytes()
    assert np.abs(decoded(wav(both, channels=2)) - sine(0.5, RATE, 8000)).max() <= 1


@pytest.mark.parametrize("size", [0, 2**32 - 1])
def test_a_wav_file_that_was_written_to_a_pipe_goes_on_to_its_end(size):
    assert len(decoded(wav(TONE, rate=48_000, said=size))) == SECONDS * RATE


def test_the_name_of_a_format_is_nothing_its_first_bytes_are_all(made):
    mp3_called_wav = made("mislabelled.wav", "-f", "mp3")
    assert len(decoded(mp3_called_wav)) == SECONDS * RATE


@pytest.mark.parametrize("tail", [b"TAG".ljust(128, b"x"), b""])
def test_tags_around_an_mp3_do_no_harm(recording, tail):
    tagged = b"ID3\4\0\0\0\0\2\0" + bytes(256 + 50) + recording("without-tags.mp3") + tail
    assert len(decoded(tagged)) >= SECONDS * RATE


def test_an_mp3_whose_header_does_not_tell_the_encoder_s_delay_is_as_good(recording):
    whole = bytearray(recording("mp3"))
    at = whole.index(b"Info") + 141
    whole[at : at + 3] = bytes(3)
    assert len(decoded(bytes(whole))) >= SECONDS * RATE


def test_the_sound_of_a_film_is_taken_and_its_pictures_are_not_looked_at(made):
    film = made("film.mp4", *("-i", "pipe:0"), "-shortest", source=(*PICTURES, *RAW))
    assert abs(len(decoded(film)) - 2 * RATE) < 0.1 * RATE


PICTURES = ("-f", "lavfi", "-i", "testsrc=duration=2:size=64x48:rate=5")
RAW = ("-f", "s16le", "-ar", "48000", "-ac", "1")


def test_a_film_without_sound_is_refused(made):
    assert refusal(made("silent-film.mp4", source=PICTURES)) == "there is no sound in it"


# What is cut short.


@pytest.mark.parametrize("name", sorted(FORMATS.keys() - UNTOLD))
@pytest.mark.parametrize("left", [0.9, 0.5, 0.1])
def test_half_a_recording_is_none(recording, name, left):
    whole = recording(name)
    reason = refusal(whole[: int(left * len(whole))])
    assert "cut short" in reason or "no recording" in reason


def test_a_wav_file_that_lies_about_its_size_is_cut_short():
    assert refusal(wav(TONE, said=len(TONE) + 2)) == "it is cut short: 288,000 of 288,002 bytes of sound"
    assert "cut short" in refusal(wav(TONE, said=0x7FFF_FFFF))


def test_a_flac_file_cut_between_two_frames_is_cut_short(recording):
    whole = recording("flac")
    frames = [at for at in range(8192, len(whole)) if whole[at : at + 2] == b"\xff\xf8"]
    assert "cut short" in refusal(whole[: frames[-1]])


@pytest.mark.parametrize("name", ["ogg", "opus"])
def test_an_ogg_file_cut_between_two_pages_is_cut_short(recording, name):
    whole = recording(name)
    assert "the page that would end it is missing" in refusal(whole[: whole.rindex(b"OggS")])


def test_an_mp3_cut_between_two_frames_is_cut_short(recording):
    whole = recording("mp3")
    assert "cut short: 2.5" in refusal(whole[: -192 * 18])


def test_a_recording_with_a_byte_changed_in_the_middle_is_broken(recording):
    whole = bytearray(recording("flac"))
    whole[len(whole) // 2] ^= 0x55
    assert "it is broken" in refusal(bytes(whole))


# What is no recording.


@pytest.mark.parametrize(
    "nothing",
    [
        b"This is a text called recording.wav.",
        b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile '/etc/passwd'\n",
        b"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
        b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>',
        b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(100),
        b"PK\x03\x04" + bytes(100),
        b"\x1f\x8b\x08" + bytes(100),
        b"\x1a\x45\xdf\xa3" + bytes(100),
        b"RIFF\x24\0\0\0AVI LIST",
        b"ID3",
        bytes(1000),
    ],
    ids=lambda data: repr(data[:12]),
)
def test_what_is_no_recording_is_never_shown_to_ffmpeg(decoder_that, nothing):
    decoder_that("echo shown >&2", "exit 1")
    assert refusal(nothing).startswith("it is no recording of a kind that is taken, which are WAV, MP3")


def test_an_empty_file_is_refused_as_empty():
    assert refusal(b"") == "it is empty"


@pytest.mark.parametrize(
    "playlist", [b"#EXTM3U\nfile:///etc/passwd\n", b"ffconcat version 1.0\nfile /etc/passwd\n"]
)
@pytest.mark.parametrize(
    "start", [b"", b"RIFF\0\0\0\0WAVEfmt ", b"ID3\4\0\0\0\0\0\0\xff\xfb\x90\x44", b"fLaC"]
)
def test_a_playlist_in_disguise_opens_nothing(start, playlist):
    assert "root:" not in refusal(start + playlist)


def test_ffmpeg_is_confined_to_one_file_one_demuxer_and_known_decoders(decoder_that, tmp_path):
    decoder_that(f'echo "$*" >{tmp_path}/said', "exit 1")
    refusal(WAV)
    before, _, behind = (tmp_path / "said").read_text().partition(" -i file:")
    options = before.split()
    said = dict(pairwise(options))
    assert (said["-f"], said["-protocol_whitelist"], said["-format_whitelist"]) == ("wav", "file", "wav")
    assert not {"h264", "png", "adpcm_ms"} & set(said["-codec_whitelist"].split(","))
    assert {"-vn", "-sn", "-dn"} <= set(options)
    assert "-map 0:a:0" in behind


def test_sound_that_an_mp4_keeps_in_another_file_is_not_fetched():
    said = subprocess.run([ffmpeg_program(), "-h", "demuxer=mov"], capture_output=True, text=True, check=True)
    (line,) = [line for line in said.stdout.splitlines() if "-enable_drefs" in line]
    assert "default false" in line


def test_a_coding_that_is_not_on_the_list_is_named(made):
    assert (
        refusal(made("adpcm.wav", "-c:a", "adpcm_ms")) == "its sound is coded as adpcm_ms, which is not taken"
    )


# What is too much.


def test_ten_hours_of_silence_in_a_small_flac_file_are_too_long(made):
    hours = made("hours.flac", *SMALLEST, source=(*SILENCE[:-1], "anullsrc=r=1000:cl=mono:d=36000"))
    assert len(hours) < 100_000
    assert refusal(hours) == "it is longer than 10 minutes"


@pytest.mark.parametrize("kind", ["mp3", "aac"])
def test_ten_hours_of_silence_in_the_same_frames_again_and_again_are_too_long(made, kind):
    minute = made(f"minute.{kind}", "-b:a", "8k", "-write_xing", "0", "-id3v2_version", "0", source=SILENCE)
    assert refusal(minute * 600) == "it is longer than 10 minutes"


SILENCE = ("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono:d=60")
SMALLEST = ("-frame_size", "65535", "-compression_level", "0")


def test_a_recording_of_nothing_has_no_sound_in_it():
    assert refusal(wav(b"", said=0)) == "there is no sound in it"


@pytest.mark.parametrize("channels", [0, 9, 200, 65_535])
def test_a_strange_number_of_channels_is_refused(channels):
    assert "it is broken" in refusal(wav(bytes(range(200)) * 2000, channels=channels))


@pytest.mark.parametrize("rate", [0, 2**32 - 1])
def test_an_impossible_sample_rate_is_refused(rate):
    assert "it is broken" in refusal(wav(TONE, rate=rate))


def test_a_very_low_sample_rate_is_not_much_sound_but_very_long():
    assert refusal(wav(TONE, rate=1)) == "it is longer than 10 minutes"


def test_a_very_high_sample_rate_is_very_little_sound():
    assert len(decoded(wav(TONE * 10, rate=10_000_000))) == pytest.approx(
        SECONDS * 48_000 * 10 * RATE / 1e7, abs=500
    )


def test_an_index_of_a_hundred_million_sounds_is_refused(recording):
    whole = bytearray(recording("fast-start.m4a"))
    at = whole.index(b"stsz")
    struct.pack_into(">I", whole, at + 12, 100_000_000)
    assert refusal(bytes(whole))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the address space")
def test_what_takes_too_much_memory_is_ended(decoder_that, monkeypatch):
    monkeypatch.setattr(media, "MEMORY_BYTES", 50 << 20)
    decoder_that("head -c 100000000 /dev/zero | tail -c 99999999")
    assert "memory exhausted" in refusal(WAV)


def test_what_ffmpeg_says_when_memory_runs_out_is_understood(decoder_that):
    decoder_that("echo 'Error opening input: Cannot allocate memory' >&2", "exit 1")
    assert refusal(WAV) == "it takes more than 512 MB of memory to decode"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lays every limit")
def test_limits_hold_from_the_start_and_nothing_of_ours_is_known(decoder_that, monkeypatch):
    monkeypatch.setenv("SECRET", "of ours")
    decoder_that(
        "(ulimit -t; ulimit -v; ulimit -n; ulimit -c; echo ${SECRET:-none}) | tr '\\n' ' ' >&2", "exit 3"
    )
    assert f"30 {512 << 10} 32 0 none" in refusal(WAV)


def test_what_takes_too_long_is_refused(decoder_that, monkeypatch):
    monkeypatch.setattr(media, "CPU_SECONDS", 1)
    decoder_that("while :; do :; done")
    assert refusal(WAV) == "it takes more than 1 s to decode"


def test_a_decoder_that_waits_for_ever_is_ended_and_says_nothing_of_the_recording(decoder_that, monkeypatch):
    monkeypatch.setattr(media, "PATIENCE", 0.3)
    decoder_that("exec sleep 60")
    with pytest.raises(TryLater, match="-9"):
        decoded(WAV)


def test_what_writes_without_end_is_stopped(decoder_that, monkeypatch):
    monkeypatch.setattr(media, "MOST_SECONDS", 1)
    decoder_that("exec cat /dev/zero")
    assert refusal(WAV)


def test_complaints_without_end_are_stopped(decoder_that, monkeypatch):
    monkeypatch.setattr(media, "MOST_SECONDS", 1)
    decoder_that("exec yes 'out of sorts' >&2")
    assert "out of sorts" in refusal(WAV)


def test_a_decoder_that_falls_over_a_recording_refuses_it(decoder_that):
    decoder_that("kill -SEGV $$")
    assert refusal(WAV) == "the decoder broke down over it (SIGSEGV)"


@pytest.mark.parametrize("name", ["KILL", "TERM", "INT"])
def test_a_decoder_that_somebody_ends_is_tried_again(decoder_that, name):
    if signal.getsignal(signal.Signals[f"SIG{name}"]) == signal.SIG_IGN:
        pytest.skip(f"whoever runs the tests ignores SIG{name}, and so does every shell below")
    decoder_that(f"kill -{name} $$")
    with pytest.raises(TryLater):
        decoded(WAV)


def test_a_missing_decoder_is_no_fault_of_the_recording(monkeypatch):
    monkeypatch.setattr(media, "ffmpeg_program", lambda: "/nowhere/ffmpeg")
    with pytest.raises(TryLater, match="No such file"):
        decoded(WAV)


def test_a_limit_that_is_lower_already_is_kept():
    lower = f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20)); {RUN_CHILD}"
    done = subprocess.run(
        [sys.executable, "-c", lower], capture_output=True, text=True, check=True, timeout=20
    )
    assert done.stdout.strip() == "20"


RUN_CHILD = (
    f"import sys; sys.path.insert(0, {str(Path(media_child.__file__).parent)!r}); import media_child; "
    "media_child.main(['RLIMIT_NOFILE=32', '--', '/bin/sh', '-c', 'ulimit -n'])"
)


def test_nothing_is_left_behind(own_children, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    decoded(WAV)
    refusal(b"fLaC" + bytes(100))
    assert not own_children()
    assert not list(tmp_path.iterdir())


def test_every_recording_gives_its_place_to_the_next(monkeypatch):
    monkeypatch.setattr(media, "PATIENCE", 5)
    gateway = FfmpegMedia()
    for _ in range(media.AT_ONCE):
        with pytest.raises(MediaRefused):
            gateway.decode(b"fLaC" + bytes(100), RATE)
    assert gateway.decode(WAV, RATE)


def test_a_full_disk_is_no_fault_of_the_recording(monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")
    with pytest.raises(TryLater, match="no room"):
        decoded(WAV)


STARTS = st.sampled_from(
    [
        b"",
        b"RIFF\0\0\0\0WAVE",
        b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\xc0\x5d\0\0\x80\xbb\0\0\2\0\x10\0data",
        b"FORM\0\0\0\0AIFFCOMM",
        b"fLaC",
        b"fLaC\x80\0\0\x22",
        b"OggS\0\2",
        b"OggS\0\4",
        b"\0\0\0\x18ftypM4A ",
        b"ID3\4\0\0",
        b"\xff\xf1\x50",
        b"\xff\xfb\x90\x44",
    ]
)


@given(STARTS, st.binary(max_size=400))
@settings(max_examples=300)
@example(b"ID3\4\0\0\0\0\0\0\xff\xfb\x90\x44", b"\0" * 32 + b"Info")
@example(b"\xff\xf3\x84\xc4", b"\0" * 9 + b"Xing\0\0\0\1\xff\xff\xff\xff")
def test_any_bytes_are_recognised_or_refused(start, rest):
    try:
        assert container_of(start + rest).seconds >= 0
    except MediaRefused:
        return


@given(STARTS, st.binary(max_size=400))
@settings(max_examples=25)
def test_any_bytes_are_decoded_or_refused(start, rest):
    try:
        assert len(decoded(start + rest))
    except MediaRefused:
        return


@given(st.data())
@settings(max_examples=25)
def test_recordings_with_bytes_changed_are_decoded_or_refused(recording, data):
    whole = bytearray(recording(data.draw(st.sampled_from(sorted(FORMATS)))))
    early = st.integers(0, 600) | st.integers(0, len(whole) - 1)  # headers more often than sound
    for at in data.draw(st.lists(early, min_size=1, max_size=8)):
        whole[at] = data.draw(st.integers(0, 255))
    try:
        assert len(decoded(bytes(whole)))
    except MediaRefused:
        return
