"""The files that a script asks for."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from dropcast.scripts.checking import Checker
from dropcast.scripts.conversation import Format, Output
from dropcast.scripts.findings import Findings, child, quoted
from dropcast.scripts.keys.base import MAX_OUTPUTS
from dropcast.scripts.keys.output import (
    AUDIBLE,
    BITRATES_KBPS,
    FORMATS,
    MADE,
    OTHER_NAMES,
    SAMPLE_RATES_HERTZ,
    OutputKeys,
    listed,
)

OUTPUT = Checker(OutputKeys)
MP3, CAPTIONS = Output("mp3"), Output("vtt")
BY_NAME: Mapping[str, Output] = MappingProxyType(
    {name: Output(name) for name in FORMATS} | {other: Output(name) for other, name in OTHER_NAMES.items()}
)


def read_outputs(value: object, pointer: str, findings: Findings) -> tuple[Output, ...]:
    """Return the outputs in the order asked for: each format once, captions and a file to hear among them."""
    outputs: dict[Format, Output] = {}
    for output in _asked_for(value, pointer, findings):
        if outputs.setdefault(output.format, output) != output:
            message = f'Two outputs of the format "{output.format}" differ, but an episode has one; keep one.'
            findings.error(pointer, message, value)
    heard = () if outputs.keys() & AUDIBLE else (MP3,)
    if heard and value is not None:
        findings.warn(pointer, "None of these outputs can be heard, so an MP3 is made, too.")
    return tuple(dict.fromkeys((*heard, *outputs.values(), outputs.get("vtt", CAPTIONS))))


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
            yield _described(keys, entry, place, findings)
    elif isinstance(entry, str) and (output := BY_NAME.get(entry.lower())):
        yield output
    else:
        findings.error(
            place,
            f"Output {quoted(entry)} cannot be made: this release makes {MADE}. "
            'An object such as {"format": "mp3", "bitrateKbps": 96} says more.',
            entry,
        )


def _described(keys: OutputKeys, entry: dict[str, object], place: str, findings: Findings) -> Output:
    """Return an output without the settings that its format does not have; each of them is an error."""

    def setting(name: str, value: int | None, choices: Mapping[Format, tuple[int, ...]]) -> int | None:
        flaw = None if value is None else _flaw(value, choices.get(keys.format, ()))
        if flaw is None:
            return value
        findings.error(OUTPUT.pointer_to(entry, name, place), f'"{name}" {flaw} for "{keys.format}".', value)
        return None

    return Output(
        keys.format,
        setting("bitrateKbps", keys.bitrate_kbps, BITRATES_KBPS),
        setting("sampleRateHertz", keys.sample_rate_hertz, SAMPLE_RATES_HERTZ),
    )


def _flaw(value: int, choices: tuple[int, ...]) -> str | None:
    if value in choices:
        return None
    return f"is {value}, but must be one of {listed(choices, 'or')}" if choices else "must be left out"
