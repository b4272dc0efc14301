"""Samples as the bytes of the encoding that was asked for; MP3 and Opus by ffmpeg."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE

import imageio_ffmpeg

from dropcast_local.speech.engine import EngineFailed
from dropcast_local.speech.request import Encoding
from dropcast_local.speech.sound import ALAW_FORMAT, MULAW_FORMAT, Samples, alaw, mulaw, wav

FFMPEG_OPTIONS = {
    Encoding.MP3: ("-c:a", "libmp3lame", "-b:a", "32k", "-f", "mp3"),
    Encoding.MP3_64_KBPS: ("-c:a", "libmp3lame", "-b:a", "64k", "-f", "mp3"),
    Encoding.OGG_OPUS: ("-c:a", "libopus", "-b:a", "32k", "-f", "ogg"),
}
FFMPEG_SECONDS = 60


async def encoded(samples: Samples, rate: int, encoding: Encoding) -> bytes:
    """The whole file; raises EngineFailed if ffmpeg does not make it."""
    if encoding is Encoding.LINEAR16:
        return wav(samples.tobytes(), rate)
    if encoding is Encoding.PCM:
        return samples.tobytes()
    if encoding is Encoding.MULAW:
        return wav(mulaw(samples), rate, MULAW_FORMAT)
    if encoding is Encoding.ALAW:
        return wav(alaw(samples), rate, ALAW_FORMAT)
    return await _by_ffmpeg(samples.tobytes(), rate, FFMPEG_OPTIONS[encoding])


async def _by_ffmpeg(pcm: bytes, rate: int, options: tuple[str, ...]) -> bytes:
    # Bit-exact and without metadata, so that equal sound makes equal bytes.
    ffmpeg = await asyncio.create_subprocess_exec(
        imageio_ffmpeg.get_ffmpeg_exe(),
        *("-nostdin", "-loglevel", "error", "-f", "s16le", "-ar", str(rate), "-ac", "1", "-i", "pipe:0"),
        *("-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"),
        *options,
        "pipe:1",
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
    )
    try:
        out, _ = await asyncio.wait_for(ffmpeg.communicate(pcm), FFMPEG_SECONDS)
    finally:
        if ffmpeg.returncode is None:
            ffmpeg.kill()
    if ffmpeg.returncode:
        raise EngineFailed("ffmpeg does not encode this")
    return out
