"""Rate, pitch and volume as Azure reads them: differences add up, what is too much is limited."""

from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.scripts.batch.document import NATURAL, Prosody
from dropcast.scripts.batch.prosody import guesses_pitch, resolved

RATES = [
    ("0.5", 0.5),
    ("1.25", 1.25),
    (" 2 ", 2.0),
    ("+30.00%", 1.3),
    ("30%", 1.3),
    ("-50%", 0.5),
    ("- 20 %", 0.8),
    ("0%", 1.0),
    ("+0%", 1.0),
    ("x-slow", 0.5),
    ("Slow", 0.64),
    ("medium", 1.0),
    ("fast", 1.55),
    ("X-Fast", 2.0),
    ("default", 1.0),
    (".75", 0.75),
    ("1.", 1.0),
    # limited
    ("3", 2.0),
    ("0", 0.5),
    ("-1", 0.5),
    ("+900%", 2.0),
    ("-100%", 0.5),
    # none at all
    ("", 1.0),
    ("quick", 1.0),
    ("+2st", 1.0),
    ("1,5", 1.0),
    ("1e1", 1.0),
    ("nan", 1.0),
    ("inf", 1.0),
    ("%", 1.0),
    ("٢", 1.0),
]
PITCHES = [
    ("+2st", 2.0),
    ("-1.5st", -1.5),
    ("3ST", 3.0),
    ("+100%", 12.0),
    ("50%", 12 * log2(1.5)),
    ("-20%", 12 * log2(0.8)),
    ("x-low", 12 * log2(0.55)),
    ("low", 12 * log2(0.8)),
    ("medium", 0.0),
    ("high", 12 * log2(1.2)),
    ("x-high", 12 * log2(1.45)),
    ("default", 0.0),
    ("+0Hz", 0.0),
    ("-0%", 0.0),
    ("148Hz", 0.0),
    ("+74 Hz", 12 * log2(1.5)),
    ("-74Hz", -12.0),
    # limited
    ("600Hz", 12.0),
    ("10Hz", -12.0),
    ("-500Hz", -12.0),
    ("+30st", 12.0),
    ("-99%", -12.0),
    ("-100%", -12.0),
    ("-300%", -12.0),
    # none at all
    ("0Hz", 0.0),
    ("1.2", 0.0),
    ("", 0.0),
    ("higher", 0.0),
]
VOLUMES = [
    ("100", 0.0),
    ("50", -6.0206),
    ("x-loud", 0.0),
    ("loud", -1.9382),
    ("medium", -4.437),
    ("soft", -7.9588),
    ("x-soft", -13.9794),
    ("default", 0.0),
    ("-50", -6.0206),
    ("-50%", -6.0206),
    ("-12.5%", -1.1598),
    ("+0%", 0.0),
    # limited
    ("150", 0.0),
    ("+20", 0.0),
    ("+20%", 0.0),
    ("0.0001", -96.0),
    # none at all
    ("", 0.0),
    ("+6dB", 0.0),
    ("noisy", 0.0),
]


@pytest.mark.parametrize(("written", "rate"), RATES)
def test_rate_is_a_factor(written: str, rate: float) -> None:
    assert resolved(NATURAL, written, None, None) == Prosody(rate=rate)


@pytest.mark.parametrize(("written", "semitones"), PITCHES)
def test_pitch_is_in_semitones(written: str, semitones: float) -> None:
    assert resolved(NATURAL, None, written, None) == Prosody(pitch_semitones=round(semitones, 4))


@pytest.mark.parametrize(("written", "decibels"), VOLUMES)
def test_volume_is_in_decibels_below_the_natural(written: str, decibels: float) -> None:
    assert resolved(NATURAL, None, None, written) == Prosody(volume_db=decibels)


@pytest.mark.parametrize("written", ["0", "silent", "-100", "-100%", "-200"])
def test_volume_zero_is_silence(written: str) -> None:
    assert resolved(NATURAL, None, None, written) == Prosody(silent=True)


def test_what_is_not_given_stays_as_it_was() -> None:
    base = Prosody(1.37, -2.5, -3.21, silent=False)
    assert resolved(base, None, None, None) == base
    assert resolved(base, "what", "so", "ever") == base
    assert resolved(Prosody(silent=True), "fast", None, None) == Prosody(rate=1.55, silent=True)


def test_nested_differences_add_up() -> None:
    outer = resolved(NATURAL, "-20%", "+10%", "80")
    inner = resolved(outer, "1.5", "+2st", "-30")
    assert inner == Prosody(1.2, round(round(12 * log2(1.1), 4) + 2, 4), -6.0206)


def test_nested_differences_are_limited_together() -> None:
    outer = resolved(NATURAL, "+80%", "+10st", None)
    assert resolved(outer, "+80%", "+10st", None) == Prosody(2.0, 12.0)


def test_names_and_absolute_values_replace_what_is_around_them() -> None:
    outer = resolved(NATURAL, "x-slow", "x-low", "20")
    assert resolved(outer, "fast", "high", "loud") == resolved(NATURAL, "fast", "high", "loud")
    assert resolved(outer, "default", "default", "default") == NATURAL
    assert resolved(outer, None, "148Hz", "100") == Prosody(rate=0.5)


def test_a_voice_can_be_raised_out_of_silence() -> None:
    assert resolved(Prosody(silent=True), None, None, "+50") == Prosody(volume_db=-6.0206)
    assert resolved(Prosody(silent=True), None, None, "+50%") == Prosody(silent=True)


def test_hertz_are_known_to_be_a_guess() -> None:
    assert guesses_pitch("600Hz")
    assert guesses_pitch("-20 hz")
    assert not any(map(guesses_pitch, ("+0Hz", "+2st", "50%", "high", "Hz", "", None)))


def test_a_number_without_end_is_none() -> None:
    assert resolved(NATURAL, "9" * 2_000_000, "9" * 60 + "st", "1" * 60) == NATURAL


WRITTEN = st.text(alphabet="+-.0123456789 %hHzZstxlowe", max_size=8) | st.text(max_size=5)


@given(WRITTEN, WRITTEN, WRITTEN)
def test_whatever_is_written_stays_in_range(rate: str, pitch: str, volume: str) -> None:
    once = resolved(NATURAL, rate, pitch, volume)
    for prosody in (once, resolved(once, rate, pitch, volume)):
        assert 0.5 <= prosody.rate <= 2
        assert -12 <= prosody.pitch_semitones <= 12
        assert -96 <= prosody.volume_db <= 0
