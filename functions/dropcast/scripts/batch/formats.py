"""The output formats of the contract (section 8), and the extension of their files (section 7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Literal

from dropcast.scripts.findings import readable

Codec = Literal["pcm", "alaw", "mulaw", "mp3", "opus", "flac", "amr-wb", "g722"]
Container = Literal["riff", "raw", "mp3", "ogg", "webm", "packets", "flac", "amr"]


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """A format by its name in requests. `bitrate_kbps` is None where the codec and the rate settle it."""

    name: str
    codec: Codec
    container: Container
    sample_rate_hertz: int
    bitrate_kbps: int | None
    extension: str


DEFAULT_FORMAT = "riff-24khz-16bit-mono-pcm"
NEVER_ENCODED = ("siren", "truesilk")  # codecs for which nobody offers an encoder

_ALL = (
    AudioFormat("riff-8khz-8bit-mono-alaw", "alaw", "riff", 8000, None, "wav"),
    AudioFormat("riff-8khz-8bit-mono-mulaw", "mulaw", "riff", 8000, None, "wav"),
    AudioFormat("riff-8khz-16bit-mono-pcm", "pcm", "riff", 8000, None, "wav"),
    AudioFormat("riff-16khz-16bit-mono-pcm", "pcm", "riff", 16_000, None, "wav"),
    AudioFormat("riff-22050hz-16bit-mono-pcm", "pcm", "riff", 22_050, None, "wav"),
    AudioFormat("riff-24khz-16bit-mono-pcm", "pcm", "riff", 24_000, None, "wav"),
    AudioFormat("riff-44100hz-16bit-mono-pcm", "pcm", "riff", 44_100, None, "wav"),
    AudioFormat("riff-48khz-16bit-mono-pcm", "pcm", "riff", 48_000, None, "wav"),
    AudioFormat("raw-8khz-8bit-mono-alaw", "alaw", "raw", 8000, None, "raw"),
    AudioFormat("raw-8khz-8bit-mono-mulaw", "mulaw", "raw", 8000, None, "raw"),
    AudioFormat("raw-8khz-16bit-mono-pcm", "pcm", "raw", 8000, None, "raw"),
    AudioFormat("raw-16khz-16bit-mono-pcm", "pcm", "raw", 16_000, None, "raw"),
    AudioFormat("raw-22050hz-16bit-mono-pcm", "pcm", "raw", 22_050, None, "raw"),
    AudioFormat("raw-24khz-16bit-mono-pcm", "pcm", "raw", 24_000, None, "raw"),
    AudioFormat("raw-44100hz-16bit-mono-pcm", "pcm", "raw", 44_100, None, "raw"),
    AudioFormat("raw-48khz-16bit-mono-pcm", "pcm", "raw", 48_000, None, "raw"),
    AudioFormat("audio-16khz-32kbitrate-mono-mp3", "mp3", "mp3", 16_000, 32, "mp3"),
    AudioFormat("audio-16khz-64kbitrate-mono-mp3", "mp3", "mp3", 16_000, 64, "mp3"),
    AudioFormat("audio-16khz-128kbitrate-mono-mp3", "mp3", "mp3", 16_000, 128, "mp3"),
    AudioFormat("audio-24khz-48kbitrate-mono-mp3", "mp3", "mp3", 24_000, 48, "mp3"),
    AudioFormat("audio-24khz-96kbitrate-mono-mp3", "mp3", "mp3", 24_000, 96, "mp3"),
    AudioFormat("audio-24khz-160kbitrate-mono-mp3", "mp3", "mp3", 24_000, 160, "mp3"),
    AudioFormat("audio-48khz-96kbitrate-mono-mp3", "mp3", "mp3", 48_000, 96, "mp3"),
    AudioFormat("audio-48khz-192kbitrate-mono-mp3", "mp3", "mp3", 48_000, 192, "mp3"),
    AudioFormat("audio-16khz-16bit-32kbps-mono-opus", "opus", "packets", 16_000, 32, "opus"),
    AudioFormat("audio-24khz-16bit-24kbps-mono-opus", "opus", "packets", 24_000, 24, "opus"),
    AudioFormat("audio-24khz-16bit-48kbps-mono-opus", "opus", "packets", 24_000, 48, "opus"),
    AudioFormat("ogg-16khz-16bit-mono-opus", "opus", "ogg", 16_000, 65, "ogg"),
    AudioFormat("ogg-24khz-16bit-mono-opus", "opus", "ogg", 24_000, 65, "ogg"),
    AudioFormat("ogg-48khz-16bit-mono-opus", "opus", "ogg", 48_000, 96, "ogg"),
    AudioFormat("webm-16khz-16bit-mono-opus", "opus", "webm", 16_000, 32, "webm"),
    AudioFormat("webm-24khz-16bit-mono-opus", "opus", "webm", 24_000, 48, "webm"),
    AudioFormat("webm-24khz-16bit-24kbps-mono-opus", "opus", "webm", 24_000, 24, "webm"),
    AudioFormat("amr-wb-16000hz", "amr-wb", "amr", 16_000, 24, "amr"),
    AudioFormat("g722-16khz-64kbps", "g722", "raw", 16_000, None, "g722"),
    AudioFormat("audio-24khz-16bit-mono-flac", "flac", "flac", 24_000, None, "flac"),
    AudioFormat("audio-48khz-16bit-mono-flac", "flac", "flac", 48_000, None, "flac"),
)
FORMATS: Mapping[str, AudioFormat] = MappingProxyType({audio.name: audio for audio in _ALL})


def format_named(name: str) -> AudioFormat | None:
    """Return the format of a name in any case; "" is the default one."""
    return FORMATS.get(name.strip().lower() or DEFAULT_FORMAT)


def unsupported(name: str) -> str:
    """Say that there is no format of a name, and which one may have been meant."""
    return f"Unsupported output format {readable(name)}. {_instead(name.lower()[:100])}"


def _instead(name: str) -> str:
    never = next((codec for codec in NEVER_ENCODED if codec in name), None)
    if never:
        return f'There is no encoder for {never}; leave outputFormat empty for "{DEFAULT_FORMAT}".'
    near = get_close_matches(name, FORMATS, 1)
    return f'Did you mean "{near[0]}"?' if near else f'Leave outputFormat empty for "{DEFAULT_FORMAT}".'
