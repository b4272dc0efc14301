"""What every benchmark prints: the figures compared, and their ratio within this one run."""

import pytest


@pytest.fixture
def compare(capsys):
    """Print two figures of one kind and return the first as a multiple of the second."""

    def told(what: str, first: tuple[str, float], second: tuple[str, float], unit: str) -> float:
        ratio = first[1] / second[1]
        with capsys.disabled():
            print(f"\n{what}\n  {first[0]:<44} {first[1]:10.2f} {unit}")
            print(f"  {second[0]:<44} {second[1]:10.2f} {unit}\n  ratio {ratio:.2f}")
        return ratio

    return told
