"""Audio files of a batch: from the PCM of the voices, of known length, to any format of the contract.

Each file lasts as long as its samples do, and says so itself where its format can say it: at another rate
floor(samples * rate / native) samples, whose whole milliseconds are those of the speech at every rate that
has whole samples in one. Everything is streamed. What is short of samples is a failure, never a file.

What formats cannot say:
- G.722 holds samples by twos, so it may be one longer; its filters let it be heard 1.4 ms late.
- Packets of Opus without a container (20 ms each; all of one size, which is bitrate / 400 bytes, so that a
  reader can tell them apart) begin 6.5 ms before the sound and end up to 20 ms behind it.
- WebM has its length, but no index; and what lasts less than 13.5 ms, a single packet, is played whole.
- FLAC longer than HELD has its length, but no checksum, which would have to be known before the first frame.
- Encoded silence of no length does not exist: it is one sample, but for PCM, A-law and µ-law.
"""

import hashlib
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import chain

from dropcast.ports import Encoder
from dropcast.publishing.formats.bare_flac import bare_flac_header
from dropcast.publishing.formats.flac import flac_frames
from dropcast.publishing.formats.riff import riff_end, riff_header, sample_bytes
from dropcast.publishing.formats.webm import with_duration
from dropcast.scripts.batch.formats import AudioFormat
from dropcast.sound.counted import exactly, first_of
from dropcast.sound.frames import BrokenEpisode
from dropcast.sound.mp3 import Mp3Layout
from dropcast.sound.opus import PACKET, PRE_SKIP, RATE
from dropcast.sound.wav import SAMPLE_BYTES, BrokenClip

HELD = 16 << 20  # bytes of PCM: of six minutes, whose FLAC is half as large, and waits for its checksum
BEHIND_MS = 100  # of silence behind what is resampled: more than any filter keeps back at the end


def audio_file(
    pcm: Iterable[bytes], samples: int, sample_rate_hertz: int, audio: AudioFormat, encoder: Encoder
) -> Iterator[bytes]:
    """Yield a complete file of `samples` samples of s16le mono PCM, in constant memory.

    Raises BrokenClip if the PCM is not so long, and BrokenEpisode if the encoder did not write what it must.
    """
    whole = exactly(pcm, samples * SAMPLE_BYTES, BrokenClip)
    own = own_samples(audio, samples, sample_rate_hertz)
    if audio.codec in ("pcm", "alaw", "mulaw"):
        bare = _samples(whole, own, sample_rate_hertz, audio, encoder)
        yield from _in_riff(bare, own, audio) if audio.container == "riff" else bare
        return
    with closing(_at_its_rate(whole, own, sample_rate_hertz, audio, encoder)) as fed:
        yield from _framed(fed, own or 1, audio, encoder)


def own_samples(audio: AudioFormat, samples: int, sample_rate_hertz: int) -> int:
    """Return how many samples at a format's own rate so many samples at another are.

    Never fewer than the whole milliseconds that summary.json tells, which 22,050 Hz does not divide into.
    """
    told = samples * 1000 // sample_rate_hertz
    least = -(-told * audio.sample_rate_hertz // 1000)
    return max(samples * audio.sample_rate_hertz // sample_rate_hertz, least)


def sound_bytes(audio: AudioFormat, samples: int, sample_rate_hertz: int, file_bytes: int) -> int:
    """Return a file's size as the contract counts it (section 7): samples without what is around them.

    Where samples have no size of their own, it is the file's.
    """
    size = sample_bytes(audio.codec)
    return own_samples(audio, samples, sample_rate_hertz) * size if size else file_bytes


def _in_riff(bare: Iterator[bytes], samples: int, audio: AudioFormat) -> Iterator[bytes]:
    yield riff_header(audio.codec, samples, audio.sample_rate_hertz)
    yield from bare
    if end := riff_end(audio.codec, samples):
        yield end


def _samples(
    pcm: Iterable[bytes], own: int, sample_rate_hertz: int, audio: AudioFormat, encoder: Encoder
) -> Iterator[bytes]:
    """Yield samples of a format in which each has its size."""
    if (audio.codec, audio.sample_rate_hertz) == ("pcm", sample_rate_hertz):
        yield from pcm
        return
    behind = bytes(SAMPLE_BYTES * (sample_rate_hertz * BEHIND_MS // 1000))
    made = encoder.transcode(chain(pcm, [behind]), sample_rate_hertz, audio)
    yield from first_of(made, own * (sample_bytes(audio.codec) or 0), BrokenEpisode)


def _at_its_rate(
    pcm: Iterable[bytes], own: int, sample_rate_hertz: int, audio: AudioFormat, encoder: Encoder
) -> Generator[bytes]:
    """Yield PCM at a format's own rate, exactly as long as it must be: a sample of it at least."""
    bare = replace(audio, codec="pcm", container="raw", bitrate_kbps=None)
    yield from _samples(pcm, own, sample_rate_hertz, bare, encoder)
    if not own:
        yield bytes(SAMPLE_BYTES)


def _encoded(pcm: Iterable[bytes], audio: AudioFormat, encoder: Encoder) -> Generator[bytes]:
    # A generator can be closed, and so end its process, whatever goes wrong around it.
    yield from encoder.transcode(pcm, audio.sample_rate_hertz, audio)


def _framed(pcm: Iterator[bytes], samples: int, audio: AudioFormat, encoder: Encoder) -> Iterator[bytes]:
    checksum = hashlib.md5(usedforsecurity=False)
    if audio.codec == "flac":
        pcm = _seen_by(checksum.update, pcm)
    rate, kbps = audio.sample_rate_hertz, audio.bitrate_kbps or 0
    with closing(_encoded(pcm, audio, encoder)) as stream:
        match audio.container:
            case "mp3":
                layout = Mp3Layout(rate, kbps, samples)
                yield layout.info_frame()
                yield from exactly(stream, layout.frames * layout.frame_bytes, BrokenEpisode)
            case "webm":
                yield from with_duration(stream, samples, rate)
            case "packets":
                yield from exactly(stream, packet_bytes(kbps) * _packets(samples, rate), BrokenEpisode)
            case "raw":  # G.722
                yield from exactly(stream, -(-samples // 2), BrokenEpisode)
            case "flac":
                yield from _flac(stream, samples, checksum.digest)
            case _:
                yield from stream


def packet_bytes(bitrate_kbps: int) -> int:
    """Return the size of each packet of Opus without a container."""
    return bitrate_kbps * 1000 // 8 * PACKET // RATE


def _packets(samples: int, rate: int) -> int:
    return -(-(samples * RATE // rate + PRE_SKIP) // PACKET)


def _flac(stream: Iterator[bytes], samples: int, checksum: Callable[[], bytes]) -> Iterator[bytes]:
    info, frames = flac_frames(stream)
    if samples * SAMPLE_BYTES <= HELD:
        held = b"".join(frames)  # with the last of which all is summed up
        yield bare_flac_header(info, samples, checksum())
        yield held
    else:
        yield bare_flac_header(info, samples)
        yield from frames


def _seen_by(look: Callable[[bytes], None], chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        look(chunk)
        yield chunk
