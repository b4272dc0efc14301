"""What an uploaded recording claims to be, read from its first bytes: never from its name.

Only what is recognised here is ever shown to ffmpeg, and only to the one demuxer meant for it. Formats that
make a player open something else (playlists, concat scripts, SDP) are none of them.
"""

import struct
from dataclasses import dataclass

from dropcast.ports import MediaRefused

TAKEN = "WAV, MP3, M4A, AAC, FLAC, Ogg (Vorbis or Opus) and AIFF"
UNTOLD = (0, 0xFFFF_FFFF)  # the lengths that writers to a pipe leave behind: the sound goes on to the end
ID3_HEADER, ID3_FOOTER_FLAG = 10, 0x10  # id3.org, "ID3 tag version 2.4.0", section 3.1
OGG_PAGE, OGG_END = 27, 0x04  # bytes of a page's header; the flag of a last page: RFC 3533, section 6
MP3_RATES = (44_100, 48_000, 32_000)  # of MPEG-1, halved for MPEG-2 and again for 2.5


@dataclass(frozen=True, slots=True)
class Container:
    """A format that is taken: ffmpeg's demuxer for it.

    `seconds` is how long the recording says it lasts, at least; 0 where it does not say. `strict` says that
    whatever ffmpeg objects to is a fault of the recording.
    """

    demuxer: str
    seconds: float = 0
    strict: bool = True


def container_of(recording: bytes) -> Container:
    """Recognise a recording by its bytes. Raises MediaRefused: none that is taken, or cut short."""
    sound = recording
    if recording.startswith(b"ID3"):
        sound = recording[_id3_bytes(recording) :].lstrip(b"\0")  # some taggers pad behind the tag
    start = sound[:12]
    if start[:4] in (b"RIFF", b"RF64", b"BW64") and start[8:] == b"WAVE":
        return _wav(sound)
    if start[:4] == b"FORM" and start[8:] in (b"AIFF", b"AIFC"):
        return _aiff(sound)
    if start.startswith(b"fLaC"):
        return _flac(sound)
    if start.startswith(b"OggS"):
        return _ogg(sound)
    if start[4:8] == b"ftyp":
        return Container("mov")
    if _is_adts(start):
        return Container("aac")
    if _is_mpeg_audio(start):
        return _mp3(sound)
    if not recording:
        raise MediaRefused("it is empty")
    raise MediaRefused(f"it is no recording of a kind that is taken, which are {TAKEN}")


def _id3_bytes(recording: bytes) -> int:
    """How long the ID3 tag at the beginning is: most MP3 have one, some AAC and FLAC as well."""
    if len(recording) < ID3_HEADER:
        return 0
    size = 0
    for byte in recording[6:10]:
        size = size << 7 | byte & 0x7F
    return size + ID3_HEADER * (2 if recording[5] & ID3_FOOTER_FLAG else 1)


def _wav(sound: bytes) -> Container:
    chunk = _chunk(sound, b"data", "<")
    if chunk is None:
        raise MediaRefused("it is a WAV file without a data chunk")
    start, size = chunk
    if size in UNTOLD and sound.startswith(b"RIFF"):
        return Container(
            "wav", strict=False
        )  # ffmpeg objects to the last of the sound, and gives it all the same
    if sound.startswith(b"RIFF"):
        _expect(size, len(sound) - start)
    return Container("wav")


def _aiff(sound: bytes) -> Container:
    chunk = _chunk(sound, b"SSND", ">")
    if chunk is None:
        raise MediaRefused("it is an AIFF file without a sound chunk")
    start, size = chunk
    _expect(size, len(sound) - start)
    return Container("aiff")


def _chunk(sound: bytes, kind: bytes, order: str) -> tuple[int, int] | None:
    """Where the content of a chunk of RIFF or IFF begins, and how long it says it is."""
    at = 12
    while at + 8 <= len(sound):
        name, size = struct.unpack_from(f"{order}4sI", sound, at)
        if name == kind:
            return at + 8, size
        at += 8 + size + size % 2
    return None


def _flac(sound: bytes) -> Container:
    # STREAMINFO (RFC 9639, section 8.2): sample rate in 20 bits, samples in 36, from byte 18 of the file on.
    packed = int.from_bytes(sound[18:26].ljust(8, b"\0"), "big")
    rate, samples = packed >> 44, packed & (1 << 36) - 1
    return Container("flac", samples / rate if rate else 0)


def _ogg(sound: bytes) -> Container:
    """An Ogg stream that ends as it should: with a whole page that says that it is the last."""
    last = sound.rfind(b"OggS")
    page = sound[last:]
    if len(page) < OGG_PAGE or not page[5] & OGG_END:
        raise MediaRefused("it is cut short: the page that would end it is missing")
    segments = page[26]
    _expect(OGG_PAGE + segments + sum(page[OGG_PAGE : OGG_PAGE + segments]), len(page))
    return Container("ogg")


def _is_adts(start: bytes) -> bool:
    return start[:1] == b"\xff" and len(start) > 1 and start[1] & 0xF6 == 0xF0  # 12 bits of sync, layer 0


def _is_mpeg_audio(start: bytes) -> bool:
    return (
        start[:1] == b"\xff"
        and len(start) >= 4
        and start[1] & 0xE0 == 0xE0
        and start[1] >> 3 & 3 != 1  # a version that is reserved
        and start[1] >> 1 & 3 != 0
        and start[2] >> 4 != 15
        and start[2] >> 2 & 3 != 3
    )


def _mp3(sound: bytes) -> Container:
    """An MP3 file, whose length is known where its first frame, Info or Xing, counts the others."""
    version, mono = sound[1] >> 3 & 3, sound[3] >> 6 == 3
    side = {True: 17 if mono else 32, False: 9 if mono else 17}[version == 3]
    tag = sound[4 + side : 4 + side + 12]
    if len(tag) < 12 or tag[:4] not in (b"Info", b"Xing") or not tag[7] & 1:
        return Container("mp3")
    (frames,) = struct.unpack_from(">I", tag, 8)
    frame_samples = 1152 if version == 3 else 576
    rate = MP3_RATES[sound[2] >> 2 & 3] >> {3: 0, 2: 1, 0: 2}[version]
    delay = sound[4 + side + 141 : 4 + side + 144]  # of the encoder, and its padding: 12 bits each
    unheard = int.from_bytes(delay, "big")
    most = (unheard >> 12) + (unheard & 0xFFF) + 2 * frame_samples  # decoders drop up to two frames besides
    return Container("mp3", max(0, frames * frame_samples - most) / rate)


def _expect(said: int, there: int) -> None:
    if said > there:
        raise MediaRefused(f"it is cut short: {there:,} of {said:,} bytes of sound")
