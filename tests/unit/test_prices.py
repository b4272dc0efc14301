"""What an episode costs."""

import pytest

from dropcast.voices.families import FAMILIES
from dropcast.voices.prices import FREE_CHARACTERS_PER_MONTH, USD_PER_MILLION_CHARACTERS, cost_usd


@pytest.mark.parametrize(
    ("family", "dollars"),
    [("Standard", 4), ("Wavenet", 4), ("Neural2", 16), ("Chirp3-HD", 30), ("Studio", 160)],
)
def test_a_million_characters_cost_what_the_reference_says(family: str, dollars: float) -> None:
    assert cost_usd({family: 1_000_000}) == pytest.approx(dollars)


def test_every_family_has_a_price_and_a_free_allowance() -> None:
    classes = {family.price_class for family in FAMILIES.values()}
    assert classes == set(USD_PER_MILLION_CHARACTERS) == set(FREE_CHARACTERS_PER_MONTH)


def test_families_add_up() -> None:
    # 100 lines of 80 characters of Chirp 3: HD are the $0.24 of reference/google-cloud.md, section 9.
    assert cost_usd({"Chirp3-HD": 8_000}) == pytest.approx(0.24)
    assert cost_usd({"Chirp3-HD": 8_000, "Studio": 8_000}) == pytest.approx(0.24 + 1.28)


def test_nothing_costs_nothing() -> None:
    assert cost_usd({}) == 0
