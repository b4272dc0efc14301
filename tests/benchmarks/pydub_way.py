"""pydub's way, as a process: every clip opened, all added up, and the sum exported."""

import sys
from pathlib import Path

from pydub import AudioSegment

from dropcast.gateways.ffmpeg import ffmpeg_program


def main(clips: str, episode: str, bitrate: str, *parameters: str) -> None:
    AudioSegment.converter = ffmpeg_program()
    segments = [AudioSegment.from_wav(clip) for clip in sorted(Path(clips).glob("*.wav"))]
    sum(segments).export(episode, format="mp3", bitrate=bitrate, parameters=parameters).close()


if __name__ == "__main__":
    main(*sys.argv[1:])
