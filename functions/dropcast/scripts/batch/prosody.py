"""How a rate, a pitch and a volume as SSML writes them change how something is said (contract, section 10).

Azure reads them in its own way, and so does this: a percentage is a difference, with or without its "+"
("50%" is half as fast again, where W3C and Google mean half as fast), and volume counts from 0 to 100.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import log2, log10

from dropcast.scripts.batch.document import Prosody

RATES = {"x-slow": 0.5, "slow": 0.64, "medium": 1.0, "fast": 1.55, "x-fast": 2.0, "default": 1.0}
PITCHES = {"x-low": -0.45, "low": -0.2, "medium": 0.0, "high": 0.2, "x-high": 0.45, "default": 0.0}
VOLUMES = {
    "silent": 0.0,
    "x-soft": 0.2,
    "soft": 0.4,
    "medium": 0.6,
    "loud": 0.8,
    "x-loud": 1.0,
    "default": 1.0,
}

SLOWEST, FASTEST = 0.5, 2.0
OCTAVE = 12.0  # semitones: pitch goes from half to twice the voice's own
SOFTEST_DB = -96.0  # what Google's volume_gain_db goes down to
LOUDEST_DB = 0.0  # volume 100, the most there is, is how a voice speaks by itself

# Between a man's voice (about 110 Hz) and a woman's (about 200 Hz), since nothing here tells which it is.
TYPICAL_HERTZ = 148.0

LONGEST = 50  # characters of a value; nobody writes a number with more
AMOUNT = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+))(%|hz|st|)", re.ASCII)


def resolved(base: Prosody, rate: str | None, pitch: str | None, volume: str | None) -> Prosody:
    """Return what `base` becomes inside a prosody: differences add up, and names and absolutes replace it.

    What is no value at all changes nothing, and what is out of range is limited.
    """
    changed = replace(
        base,
        rate=_rate(base.rate, _value(rate, RATES)),
        pitch_semitones=_pitch(base.pitch_semitones, _value(pitch, PITCHES)),
    )
    return _at_volume(changed, _value(volume, VOLUMES))


def guesses_pitch(pitch: str | None) -> bool:
    """Say whether a pitch is in hertz, which only counts against a voice's own: that is guessed."""
    amount = _value(pitch, PITCHES)
    return isinstance(amount, _Amount) and amount.unit == "hz" and amount.number != 0


@dataclass(frozen=True, slots=True)
class _Amount:
    """A number as written: its unit is "%", "hz", "st" or nothing."""

    number: float
    unit: str
    signed: bool

    @property
    def factor(self) -> float:
        return 1 + self.number / 100


def _value(written: str | None, names: Mapping[str, float]) -> float | _Amount | None:
    """Return what a name stands for, or the amount that is written, or None if it is neither."""
    if written is None or len(written) > LONGEST:
        return None
    written = "".join(written.split()).lower()
    if written in names:
        return names[written]
    found = AMOUNT.fullmatch(written)
    return _Amount(float(found[1]), found[2], written[0] in "+-") if found else None


def _rate(base: float, value: float | _Amount | None) -> float:
    match value:
        case float():
            return value
        case _Amount(unit="%"):
            return _limited(base * value.factor, SLOWEST, FASTEST)
        case _Amount(unit=""):
            return _limited(base * value.number, SLOWEST, FASTEST)
        case _:
            return base


def _pitch(base: float, value: float | _Amount | None) -> float:
    match value:
        case float():
            return _semitones(1 + value)
        case _Amount(unit="%"):
            return _semitones(2 ** (base / OCTAVE) * value.factor)
        case _Amount(unit="st"):
            return _limited(base + value.number, -OCTAVE, OCTAVE)
        case _Amount(unit="hz", signed=True):
            return _semitones(2 ** (base / OCTAVE) + value.number / TYPICAL_HERTZ)
        case _Amount(unit="hz") if value.number > 0:
            return _semitones(value.number / TYPICAL_HERTZ)
        case _:
            return base


def _semitones(factor: float) -> float:
    return _limited(OCTAVE * log2(factor), -OCTAVE, OCTAVE) if factor > 0 else -OCTAVE


def _at_volume(base: Prosody, value: float | _Amount | None) -> Prosody:
    now = 0.0 if base.silent else 10 ** (base.volume_db / 20)
    match value:
        case float():
            return _at_factor(base, value)
        case _Amount(unit="%"):
            return _at_factor(base, now * value.factor)
        case _Amount(unit="", signed=True):
            return _at_factor(base, now + value.number / 100)
        case _Amount(unit=""):
            return _at_factor(base, value.number / 100)
        case _:
            return base


def _at_factor(base: Prosody, factor: float) -> Prosody:
    if factor <= 0:
        return replace(base, volume_db=0.0, silent=True)
    return replace(base, volume_db=_limited(20 * log10(factor), SOFTEST_DB, LOUDEST_DB), silent=False)


def _limited(number: float, least: float, most: float) -> float:
    # Rounded far below what anybody hears, so that the same is the same on every processor.
    return round(min(max(number, least), most), 4)
