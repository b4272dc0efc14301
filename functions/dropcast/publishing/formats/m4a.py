"""The header of an M4A or M4B: all that stands before its frames, so that these need only be appended.

The index of the frames stands in front, so that a player may begin at once, and is computed from their sizes
alone, so that the frames can be joined inside storage and need not be read. No library writes such a header
without the media: libavformat and GPAC mux streams that they are given, mutagen and mp4v2 edit files that are
there, pymp4 and construct know boxes but not what belongs in them. The tags are mutagen's work.

An edit list leaves out the encoder's delay and ends with the episode; a roll group says that a frame is
decoded with the one before it, and that the edit list is to be believed.

Sources: ISO/IEC 14496-12 (boxes), 14496-14 and 14496-1, 7.2.6 (esds), 14496-3, 1.6.2.1 (AudioSpecificConfig);
"QuickTime File Format": "Audio priming: handling encoder delay in AAC".
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

import numpy as np
from mutagen.mp4 import AtomDataType, MP4Cover, MP4FreeForm, MP4Tags

from dropcast.jobs.part import Coding
from dropcast.publishing.cover import cover_type
from dropcast.publishing.formats.m4a_chapters import (
    chapter_texts,
    chapter_track,
    listed_chapters,
    nero_list,
)
from dropcast.publishing.formats.mp4_boxes import LONGEST, box, full_box, media_header, timed_box
from dropcast.publishing.formats.mp4_tracks import MATRIX, Samples, Track, track_box
from dropcast.publishing.tags import Tags, one_line, speaker_names
from dropcast.sound.aac import ENCODER_DELAY, FRAME, FREQUENCY_INDEX, frame_count, own_samples
from dropcast.sound.frames import BrokenEpisode

Brand = Literal["M4A ", "M4B "]

AUDIO, TEXT = 1, 2  # numbers of the tracks
PRESENTED = 1 | 2  # flags of a track: enabled, in the movie
FULL_VOLUME, ALTERNATE_GROUP = 0x100, 1
DECODER_BUFFER = 768  # bytes: 6,144 bits for a channel (ISO/IEC 14496-3, 4.5.3.1)
AUDIOBOOK = 2  # among iTunes' kinds of media


def m4a_header(tags: Tags, coding: Coding, sizes: Sequence[int], brand: Brand) -> bytes:
    """Return the whole file but its frames of AAC, whose sizes these are; the same input is the same bytes.

    Raises BrokenEpisode if there are not as many frames as the episode must have.
    """
    expected = frame_count(coding, tags.samples)
    if len(sizes) != expected:
        raise BrokenEpisode(f"there are {len(sizes)} frames of AAC, not {expected}")
    chapters = listed_chapters(tags, coding)
    movie = _Movie(
        _audio_track(tags, coding, sizes),
        chapter_track(chapters, TEXT, coding.sample_rate_hertz, tags.language) if chapters else None,
        _metadata(tags, coding, brand) + (nero_list(chapters, coding.sample_rate_hertz) if chapters else b""),
    )
    media = media_header(movie.media_bytes)
    # The index stands before the media and says where they lie: its own size must be known to write it.
    kind = _file_type(brand)
    wide = len(kind) + len(movie.index(0, wide=False)) + len(media) + movie.media_bytes > LONGEST
    start = len(kind) + len(movie.index(0, wide=wide)) + len(media)
    return b"".join([kind, movie.index(start, wide=wide), media, *chapter_texts(chapters)])


@dataclass(frozen=True, slots=True)
class _Movie:
    """The tracks of a file, whose media are texts and behind them frames, and what is said about it."""

    audio: Track
    text: Track | None
    about: bytes

    @property
    def media_bytes(self) -> int:
        return self.audio.samples.bytes + self._text_bytes

    def index(self, start: int, *, wide: bool) -> bytes:
        """Return the box before the media, which begin at byte `start`."""
        text = track_box(self.text, start, wide=wide) if self.text else b""
        audio = track_box(self.audio, start + self._text_bytes, wide=wide)
        return box(b"moov", self._header(), audio, text, box(b"udta", self.about))

    def _header(self) -> bytes:
        samples, _ = self.audio.edit
        fields = (0, 0, self.audio.rate, samples, 0x1_0000, FULL_VOLUME, MATRIX, TEXT + 1)
        return timed_box(b"mvhd", "ttItIH10x36s24xI", *fields, length=samples)

    @property
    def _text_bytes(self) -> int:
        return self.text.samples.bytes if self.text else 0


def _file_type(brand: Brand) -> bytes:
    others = b"" if brand == "M4A " else b"M4A "
    return box(b"ftyp", brand.encode(), bytes(4), brand.encode(), others, b"mp42", b"isom")


def _audio_track(tags: Tags, coding: Coding, sizes: Sequence[int]) -> Track:
    rate, samples = coding.sample_rate_hertz, own_samples(coding, tags.samples)
    # The last frame lasts no longer than the episode, by which libavformat knows what to drop of it.
    rest = ENCODER_DELAY + samples - (len(sizes) - 1) * FRAME
    # A second to a chunk, so that a player that seeks reads little in vain.
    frames = Samples(np.asarray(sizes, np.uint32), ((len(sizes) - 1, FRAME), (1, rest)), round(rate / FRAME))
    references = box(b"tref", box(b"chap", struct.pack(">I", TEXT)))
    return Track(
        number=AUDIO,
        fields=(PRESENTED, ALTERNATE_GROUP, FULL_VOLUME),
        kind=b"soun",
        header=full_box(b"smhd", bytes(4)),
        description=_audio_description(rate, frames),
        rate=rate,
        samples=frames,
        edit=(samples, ENCODER_DELAY),
        language=tags.language,
        references=references if listed_chapters(tags, coding) else b"",
        groups=_needs_the_one_before(len(sizes)),
    )


def _audio_description(rate: int, frames: Samples) -> bytes:
    channels, bits = 1, 16
    return box(b"mp4a", struct.pack(">6xH8xHH4xI", 1, channels, bits, rate << 16), _stream(rate, frames))


def _stream(rate: int, frames: Samples) -> bytes:
    audio, stream, up_to_a_second = 0x40, 0x15, 8 * rate / (frames.in_chunk * FRAME)
    most = round(int(frames.chunks.max()) * up_to_a_second)
    mean = frames.bytes * 8 * rate // frames.length
    config = _descriptor(5, _decoder_config(rate))
    decoder = struct.pack(">BBBHII", audio, stream, 0, DECODER_BUFFER, most, mean) + config
    return full_box(b"esds", _descriptor(3, bytes(3) + _descriptor(4, decoder) + _descriptor(6, b"\x02")))


def _decoder_config(rate: int) -> bytes:
    """Say AAC-LC in mono, and that no band above is coded apart, which a decoder at 24 kHz would look for."""
    low_complexity, mono = 2, 1
    return struct.pack(
        ">HHB", low_complexity << 11 | FREQUENCY_INDEX[rate] << 7 | mono << 3, 0x2B7 << 5 | 5, 0
    )


def _descriptor(kind: int, body: bytes) -> bytes:
    return bytes([kind, len(body)]) + body


def _needs_the_one_before(frames: int) -> bytes:
    description = full_box(b"sgpd", struct.pack(">4sIIh", b"roll", 2, 1, -1), version=1)
    return description + full_box(b"sbgp", struct.pack(">4sIII", b"roll", 1, frames, 1))


def _metadata(tags: Tags, coding: Coding, brand: Brand) -> bytes:
    """Return the tags as iTunes has them, with room behind them for an editor's."""
    fields = MP4Tags()
    fields["----:com.apple.iTunes:iTunSMPB"] = [MP4FreeForm(_gapless(tags, coding), AtomDataType.UTF8)]
    texts = {"nam": tags.title, "day": tags.date or "", "cmt": tags.note}
    for key, text in texts.items():
        if words := one_line(text):
            fields[f"\xa9{key}"] = [words]
    if speakers := speaker_names(tags):
        fields["\xa9ART"] = speakers
    if brand == "M4B ":
        fields["stik"] = [AUDIOBOOK]
    if tags.cover:
        png = cover_type(tags.cover) == "image/png"
        fields["covr"] = [MP4Cover(tags.cover, MP4Cover.FORMAT_PNG if png else MP4Cover.FORMAT_JPEG)]
    empty = box(b"moov", box(b"udta"))
    written = BytesIO(empty)
    fields.save(written)
    return written.getvalue()[len(empty) :]


def _gapless(tags: Tags, coding: Coding) -> bytes:
    """Say for players that know no edit lists what to drop at both ends, and how much that leaves."""
    samples = own_samples(coding, tags.samples)
    padding = frame_count(coding, tags.samples) * FRAME - ENCODER_DELAY - samples
    return f" {0:08X} {ENCODER_DELAY:08X} {padding:08X} {samples:016X}{8 * ' 00000000'}".encode()
