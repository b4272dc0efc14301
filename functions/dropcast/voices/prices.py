"""What speech costs: one dated table.

Honestly: Google's price page was not to be read when this was written. The figures come from one third-party
document; others give WaveNet $16. Compare with https://cloud.google.com/text-to-speech/pricing before you
decide anything on them.
"""

from collections.abc import Mapping

from dropcast.voices.families import FAMILIES

PRICES_DATE = "2026-11"
PRICES_SOURCE = "a third-party document; not checked against Google's price page"

USD_PER_MILLION_CHARACTERS: Mapping[str, float] = {
    "chirp3-hd": 30.0,
    "studio": 160.0,
    "neural2": 16.0,
    "wavenet": 4.0,
    "standard": 4.0,
}

FREE_CHARACTERS_PER_MONTH: Mapping[str, int] = {
    "chirp3-hd": 1_000_000,
    "studio": 1_000_000,
    "neural2": 1_000_000,
    "wavenet": 4_000_000,
    "standard": 4_000_000,
}


def cost_usd(characters_by_family: Mapping[str, int]) -> float:
    """Return the price of so many billable characters of each family, as if nothing were free.

    What is left of a month's free allowance is not ours to know: other users of the project draw on it.
    """
    return sum(
        characters * USD_PER_MILLION_CHARACTERS[FAMILIES[family].price_class] / 1_000_000
        for family, characters in characters_by_family.items()
    )
