"""Clips are read chunk by chunk, whoever wrote them, and anything else is a broken clip."""

import io
import struct
import wave

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dropcast.sound.wav import HEADER_BYTES, BrokenClip, Clip, encode_wav, join_clips, parse_wav

CLIP = Clip(struct.pack("<4h", 0, 32_767, -32_768, 1), 24_000)
clips = st.builds(
    Clip,
    st.lists(st.integers(-32_768, 32_767), max_size=50).map(lambda s: struct.pack(f"<{len(s)}h", *s)),
    st.integers(1, 192_000),
)


def chunk(kind, body, length=None):
    return kind + struct.pack("<I", len(body) if length is None else length) + body + b"\0" * (len(body) % 2)


def fmt(coding=1, channels=1, rate=24_000, bits=16, more=b""):
    align = channels * bits // 8
    return chunk(b"fmt ", struct.pack("<HHIIHH", coding, channels, rate, rate * align, align, bits) + more)


def riff(*chunks):
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


DATA = chunk(b"data", CLIP.pcm)


@given(clips)
def test_a_clip_is_read_back_as_it_was_written(clip):
    assert parse_wav(encode_wav(clip)) == clip


@given(clips)
def test_others_read_what_we_write(clip):
    with wave.open(io.BytesIO(encode_wav(clip))) as reader:
        found = (reader.getnchannels(), reader.getsampwidth(), reader.getframerate(), reader.getnframes())
        assert found == (1, 2, clip.sample_rate_hertz, clip.samples)
        assert reader.readframes(clip.samples) == clip.pcm


@given(clips)
def test_a_clip_has_a_header_of_exactly_so_many_bytes(clip):
    assert encode_wav(clip)[HEADER_BYTES:] == clip.pcm


@pytest.mark.parametrize(
    "data",
    [
        riff(chunk(b"LIST", b"INFOsoftware"), fmt(), chunk(b"fact", b"1234"), DATA),
        riff(chunk(b"odd ", b"123"), fmt(), DATA),
        riff(fmt(), DATA, chunk(b"LIST", b"behind")),
        riff(fmt(more=b"\0\0"), DATA),
        riff(fmt(0xFFFE, more=struct.pack("<HHIH14s", 22, 16, 4, 1, bytes(14))), DATA),
        riff(fmt(), chunk(b"data", CLIP.pcm, length=0xFFFFFFFF)),
        riff(fmt(), chunk(b"data", CLIP.pcm, length=0)),
    ],
    ids=["chunks before", "odd chunk", "chunk behind", "long format", "extensible", "piped", "piped, 0"],
)
def test_a_wav_file_of_any_writer_is_read(data):
    assert parse_wav(data) == CLIP


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "begin"),
        (b"ID3\4 an MP3 instead of a WAV file", "begin"),
        (riff(fmt()), "no data chunk"),
        (riff(DATA), "no data chunk"),
        (riff(DATA, fmt()), "no data chunk"),
        (riff(chunk(b"fmt ", b"12345678"), DATA), "cut short"),
        (riff(fmt(coding=3, bits=32), DATA), "not 16-bit mono PCM"),
        (riff(fmt(coding=7, bits=8), DATA), "not 16-bit mono PCM"),
        (riff(fmt(channels=2), DATA), "not 16-bit mono PCM"),
        (riff(fmt(bits=24), DATA), "not 16-bit mono PCM"),
        (riff(fmt(rate=0), DATA), "not 16-bit mono PCM"),
        (riff(fmt(), chunk(b"data", b"123", length=3)), "middle of a sample"),
        (riff(fmt(), chunk(b"data", CLIP.pcm, length=10)), "cut short: 8 of 10"),
    ],
)
def test_what_is_no_clip_is_refused_with_its_reason(data, why):
    with pytest.raises(BrokenClip, match=why):
        parse_wav(data)


@given(clips.filter(lambda clip: clip.samples), st.data())
def test_a_file_cut_off_anywhere_is_never_taken_for_a_shorter_clip(clip, data):
    whole = encode_wav(clip)
    with pytest.raises(BrokenClip):
        parse_wav(whole[: data.draw(st.integers(0, len(whole) - 1))])


@given(
    st.binary() | st.binary().map(lambda tail: riff(fmt(), tail)) | st.binary().map(lambda f: riff(f, DATA))
)
@example(b"RIFF\0\0\0\0WAVE" + b"fmt \xff\xff\xff\xff")
def test_any_bytes_are_a_clip_or_broken(data):
    try:
        clip = parse_wav(data)
    except BrokenClip:
        return
    assert clip.sample_rate_hertz > 0
    assert len(clip.pcm) % 2 == 0
    assert clip.pcm in data


@given(st.lists(clips.map(lambda clip: Clip(clip.pcm, 24_000)), min_size=1))
def test_joined_pieces_touch(pieces):
    assert join_clips(pieces) == Clip(b"".join(piece.pcm for piece in pieces), 24_000)


def test_pieces_of_different_rates_are_not_joined():
    with pytest.raises(BrokenClip, match=r"\[16000, 24000\]"):
        join_clips([CLIP, Clip(CLIP.pcm, 16_000)])
