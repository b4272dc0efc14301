"""The cover of an episode, as files hold it."""

from typing import Literal

from mutagen.flac import Picture
from mutagen.id3 import PictureType

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"  # Portable Network Graphics (W3C), 5.2


def cover_type(cover: bytes) -> Literal["image/png", "image/jpeg"]:
    """Say which of the two a cover is."""
    return "image/png" if cover.startswith(PNG_SIGNATURE) else "image/jpeg"


def picture_block(cover: bytes) -> bytes:
    """Return a cover as FLAC holds it, and Opus in Base64 (METADATA_BLOCK_PICTURE); RFC 9639, 8.8.

    Width, height and depth are 0, not known: those who show a picture open it.
    """
    picture = Picture()
    picture.type = PictureType.COVER_FRONT
    picture.mime = cover_type(cover)
    picture.data = cover
    return bytes(picture.write())
