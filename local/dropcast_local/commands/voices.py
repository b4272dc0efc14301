"""`dropcast voices`: who can speak, and what each family of voices can do. No network."""

from itertools import groupby

from rich.console import Console
from rich.table import Table

from dropcast.voices.catalog import UnknownLanguage, Voice, languages, older_voices, resolve_language, voices
from dropcast.voices.families import FAMILIES, Family
from dropcast_local.problems import complain


def show_voices(language: str | None) -> int:
    """Print the voices of a language; or, without one, the families and the languages."""
    if language is None:
        _print(_families())
        print(f"Languages to cast in: {', '.join(languages())}")
        print("The voices of one: dropcast voices --language en-US")
        return 0
    try:
        found = (*voices(language), *older_voices(language))
    except UnknownLanguage as unknown:
        complain(str(unknown))
        return 2
    _print(_voices(resolve_language(language), found))
    return 0


def _voices(locale: str, found: tuple[Voice, ...]) -> Table:
    table = Table("name", "gender", "family", "can do", title=f"Voices of {locale}", title_justify="left")
    for _, family in groupby(found, key=lambda voice: voice.family.name):
        for voice in family:
            table.add_row(voice.name, voice.gender or "unknown", voice.family.name, _abilities(voice.family))
        table.add_section()
    return table


def _families() -> Table:
    table = Table("family", "can do", "bytes in a request", "requests a minute", title="Families of voices")
    for family in FAMILIES.values():
        table.add_row(
            family.name, _abilities(family), f"{family.max_bytes:,}", f"{family.requests_per_minute:,}"
        )
    return table


def _abilities(family: Family) -> str:
    abilities = {
        "SSML": family.ssml,
        "marks": family.marks,
        "markup": family.markup,
        "rate": family.speaking_rate,
        "pitch": family.pitch,
        "volume": family.volume_gain,
        "device profile": family.effects_profile,
        "phonetic spelling": family.sounds,
    }
    return ", ".join(name for name, able in abilities.items() if able)


def _print(table: Table) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=160)  # a pipe has no width; a table folded at eighty is hard to search
    console.print(table, markup=False)
