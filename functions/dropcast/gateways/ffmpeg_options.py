"""What ffmpeg is told for each coding."""

from collections.abc import Mapping
from types import MappingProxyType

from dropcast.jobs.part import Coding, CodingName
from dropcast.scripts.batch.formats import AudioFormat, Codec
from dropcast.sound.mp3 import is_quick

Options = Mapping[str, object]

QUICK, CAREFUL = 7, 5  # LAME's -q
# What libmp3lame 3.100 multiplies mono by: of 160 kbit/s or less (sound.md, section 4), and of 192.
MONO_SCALE, MONO_SCALE_192 = 0.95, 0.97
OPUS_COMPLEXITY = 10  # libopus' own default: 70 times real time, and PESQ 4.29 where 5 gives 4.16
FLAC_BLOCK = 4096  # samples: unless told, ffmpeg takes as many as come first, and refuses less than 16

# Encoders by the names that `ffmpeg -encoders` lists. One of AMR-WB exists, but not where we could try it.
ENCODERS: Mapping[Codec, str] = MappingProxyType(
    {
        "pcm": "pcm_s16le",
        "alaw": "pcm_alaw",
        "mulaw": "pcm_mulaw",
        "mp3": "libmp3lame",
        "opus": "libopus",
        "flac": "flac",
        "g722": "g722",
    }
)
# Measured with ffmpeg 9.0 from 24 kHz to 8, 16, 22.05, 44.1 and 48: flat within 0.02 dB up to 95 % of the
# smaller band, noise and aliases (from 102 % on) below -86 dB, no delay, at 1,100 times real time or more.
# ffmpeg's own choice lets aliases of -14 dB through.
RESAMPLING: Options = MappingProxyType(
    {
        "filter_size": 256,
        "cutoff": 0.97,
        "filter_type": "kaiser",
        "kaiser_beta": 10,
        "internal_sample_fmt": "fltp",
    }
)


def bare_stream(coding: Coding) -> Options:
    """Return the options for the frames of a coding with nothing around them that could not be cut."""
    shared = {"ar": coding.sample_rate_hertz, "audio_bitrate": f"{coding.bitrate_kbps}k"}
    match coding.name:
        case "mp3":
            return shared | {
                "format": "mp3",
                "acodec": "libmp3lame",
                "compression_level": QUICK if is_quick(coding) else CAREFUL,
                "reservoir": 0,  # frames that stand alone, so that parts can be joined by their bytes
                "write_xing": 0,  # the header with the length is ours: sound/mp3.py
                "id3v2_version": 0,
            }
        case "aac":
            return shared | {"format": "adts", "acodec": "aac", "aac_coder": "fast"}
        case "opus":
            return shared | {
                "format": "ogg",
                "acodec": "libopus",
                "application": "audio",  # "voip" makes seams that are heard: sound/opus.py
                "vbr": "on",
                "frame_duration": 20,
                "compression_level": OPUS_COMPLEXITY,
            }
        case "pcm":
            raise ValueError("PCM is not encoded")


def whole_stream(audio: AudioFormat) -> Options:
    """Return the options for a format of a batch, in its container if that is of ffmpeg's making."""
    match audio.codec:
        case "pcm" | "alaw" | "mulaw":
            bare = "s16le" if audio.codec == "pcm" else audio.codec
            return _stream(audio) | {"format": bare}
        case "mp3":
            return bare_stream(Coding("mp3", audio.sample_rate_hertz, audio.bitrate_kbps or 0))
        case "opus":
            ogg = bare_stream(Coding("opus", audio.sample_rate_hertz, audio.bitrate_kbps or 0))
            return {**ogg, **_around_opus(audio)}
        case "flac":
            return _stream(audio) | {"format": "flac", "frame_size": FLAC_BLOCK}
        case "g722":
            return _stream(audio) | {"format": "g722"}
        case "amr-wb":
            raise ValueError(f"nothing here encodes {audio.codec}")


def made_up_for(codec: Codec | CodingName, bitrate_kbps: int) -> float:
    """Return the gain, a magnitude, that undoes what an encoder does to the level."""
    if codec != "mp3":
        return 1.0
    return 1 / (MONO_SCALE if bitrate_kbps <= 160 else MONO_SCALE_192)


def _stream(audio: AudioFormat) -> dict[str, object]:
    return {"ar": audio.sample_rate_hertz, "acodec": ENCODERS[audio.codec]}


def _around_opus(audio: AudioFormat) -> Options:
    match audio.container:
        case "webm":
            # A length that is not known yet makes room for one: publishing/formats/webm.py.
            return {"format": "webm", "metadata": "DURATION=1"}
        case "packets":
            # Nothing but the packets, all of one size, or nobody could tell where one ends.
            return {"format": "data", "vbr": "off"}
        case _:
            return {"format": "ogg"}
