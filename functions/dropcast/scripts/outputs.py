"""The files that a script asks for."""

from collections.abc import Iterator

from dropcast.scripts.checking import Checker
from dropcast.scripts.conversation import Output
from dropcast.scripts.findings import Findings, child, quoted
from dropcast.scripts.keys import MAX_OUTPUTS, OutputKeys

OUTPUT = Checker(OutputKeys)
MP3, CAPTIONS = Output("mp3"), Output("vtt")
BY_NAME = {"mp3": MP3, "vtt": CAPTIONS}


def read_outputs(value: object, pointer: str, findings: Findings) -> tuple[Output, ...]:
    """Return the outputs: always one MP3 and its captions, whatever else is said about them."""
    mp3s = {output for output in _asked_for(value, pointer, findings) if output.format == "mp3"}
    if value is not None and not mp3s:
        findings.warn(pointer, "An MP3 is made whether it is asked for or not.")
    if len(mp3s) > 1:
        findings.error(pointer, "Two MP3 outputs differ, but an episode has one; keep one.", value)
    return (*(mp3s or {MP3}), CAPTIONS)


def _asked_for(value: object, pointer: str, findings: Findings) -> Iterator[Output]:
    if value is None:
        return
    if not isinstance(value, list):
        findings.error(pointer, '"outputs" must be a list such as ["mp3"].', value)
    elif len(value) > MAX_OUTPUTS:
        findings.error(pointer, f"There are {len(value):,} outputs; {MAX_OUTPUTS} are the most.")
    else:
        for index, entry in enumerate(value):
            yield from _output(entry, child(pointer, index), findings)


def _output(entry: object, place: str, findings: Findings) -> Iterator[Output]:
    if isinstance(entry, dict):
        if keys := OUTPUT.read(entry, place, findings):
            yield Output(keys.format, keys.bitrate_kbps, keys.sample_rate_hertz)
    elif isinstance(entry, str) and entry.lower() in BY_NAME:
        yield BY_NAME[entry.lower()]
    else:
        findings.error(
            place,
            f'Output {quoted(entry)} cannot be made: this release makes "mp3" and its captions, "vtt". '
            'An object such as {"format": "mp3", "bitrateKbps": 96} says more.',
            entry,
        )
