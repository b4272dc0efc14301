"""What the local stack needs that an installation may lack, told before anything is started."""

import tempfile
from importlib.util import find_spec
from pathlib import Path

from dropcast.gateways.ffmpeg import ffmpeg_program
from dropcast_local.failures import Failed
from dropcast_local.submission import CannotSubmit


def require_programs(engine: str) -> None:
    """Raise Failed, with what to do, where ffmpeg or espeak-ng is not to be found."""
    if engine == "espeak" and find_spec("espeakng_loader") is None:
        raise Failed("espeak-ng, which speaks on this machine, is not installed: pip install espeakng-loader")
    try:
        ffmpeg_program()
    except (ImportError, RuntimeError) as error:
        raise Failed(
            f"ffmpeg, which makes the MP3, is not installed: pip install imageio-ffmpeg ({error})"
        ) from error


def require_output(folder: Path) -> None:
    """Make the folder for episodes. Raises CannotSubmit where none can be, or nothing can be put into it."""
    for part in (folder, *folder.parents):
        if part.exists() and not part.is_dir():
            raise CannotSubmit(f"-o {folder}: {part} is a file, not a folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise CannotSubmit(f"-o {folder}: cannot be written to: {error.strerror}") from error
