"""What the local stack needs that an installation may lack, told before anything is started."""

from importlib.util import find_spec

from dropcast.gateways.ffmpeg import ffmpeg_program
from dropcast_local.failures import Failed


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
