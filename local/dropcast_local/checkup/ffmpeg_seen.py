"""What is known of ffmpeg: the program on this machine, or what a deployment was built of."""

import io
import subprocess
import zipfile
from collections.abc import Mapping

from dropcast.gateways.ffmpeg import ffmpeg_program
from dropcast_local.checkup import gcloud
from dropcast_local.checkup.asking import LONGEST, PATIENCE, asked
from dropcast_local.checkup.facts import Absent, Missing, NoAnswer, Unknown
from dropcast_local.reach import Services


def ffmpeg_here() -> str | Absent:
    """The version of the ffmpeg that a local stack uses."""
    try:
        command = [ffmpeg_program(), "-hide_banner", "-version"]
        said = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=True).stdout
    except (ImportError, RuntimeError):
        return Missing()
    except (subprocess.SubprocessError, OSError) as error:
        return NoAnswer(str(error))
    return said.partition("\n")[0].partition(" Copyright")[0]


def wheel_deployed(services: Services, described: Mapping[str, gcloud.Deployed] | Unknown) -> str | Absent:
    """The line of the deployed requirements that brings ffmpeg."""
    if isinstance(described, Unknown):
        return described
    finalize = described.get(services.deployment.function("finalize"))
    if finalize is None or finalize.archive is None:
        return Unknown("the function does not tell of what it was built")
    bucket, name = finalize.archive
    archive = asked(services.storage.bucket(bucket).blob(name).download_as_bytes, **PATIENCE)
    return wheel_in(archive) if isinstance(archive, bytes) else archive


def wheel_in(archive: bytes) -> str | Absent:
    """Find the line of an archive's requirements that brings ffmpeg."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as files:
            lines = files.read("requirements.txt").decode().splitlines()
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError) as error:
        return Unknown(f"what is deployed cannot be read: {error}")
    return next((line for line in lines if line.startswith("imageio-ffmpeg")), Missing())
