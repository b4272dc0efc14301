"""The bugs that `make planted` plants still have a place to be planted."""

from pathlib import Path

import pytest

from planted.plant import PLANTS

PACKAGE = Path(__file__).parents[2] / "functions" / "dropcast"


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
def test_the_text_of_every_plant_stands_in_the_code_once(plant):
    assert (PACKAGE / plant.file).read_text(encoding="utf-8").count(plant.old) == 1
