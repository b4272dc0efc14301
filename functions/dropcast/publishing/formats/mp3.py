"""What stands before the frames of an MP3."""

from dropcast.publishing.id3 import id3_tag
from dropcast.publishing.tags import Tags
from dropcast.sound.mp3 import Mp3Layout


def mp3_header(tags: Tags, layout: Mp3Layout) -> bytes:
    """Return the tags and the Info frame; with the frames of the layout behind them it is the whole file."""
    return id3_tag(tags) + layout.info_frame()
