"""Casting: which voice each speaker gets. The same speakers always get the same voices.

The rules, in order:

1. A voice that the script names is used as it is.
2. The others are cast from the pool of their language, in the order of their keys, so that the order of
   the lines never matters.
3. A gender that the script gives is kept. The rest are divided evenly, women and men, as far as there are
   voices; an odd one out is of the gender that the named and given ones have less of. Each speaker prefers a
   gender by its key: A, C, E… and 1, 3, 5… (alone, or as the last word or number of a name) female, B, D, F…
   and 2, 4, 6… male, any other key by a bit of its hash. In the order of keys, each gets what it prefers
   while there is any left.
4. Each speaker has an order of preference of its own over the pool (rendezvous hashing: SHA-256 of its key
   with the voice's name without locale, so that a speaker sounds like the same person in every language).
   It gets the first that nobody has; when all are taken, the first of those least taken.

So one more speaker moves another one only by coming before it in the order of keys and preferring the same
voice, or by tipping the balance of genders, which moves one speaker.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from dropcast.voices.catalog import Gender, Voice, voice_named, voices
from dropcast.voices.families import persona_of


@dataclass(frozen=True, slots=True)
class Part:
    """A speaker to be cast, by a key that is unique in its script, with what the script says of its voice."""

    key: str
    voice: str | None = None
    language_code: str | None = None
    gender: Gender | None = None


def cast(speakers: Sequence[Part], language_code: str) -> dict[str, Voice]:
    """Return a voice for every speaker. Raises UnknownVoice, UnknownLanguage."""
    named = {part.key: voice_named(part.voice) for part in speakers if part.voice}
    uncast = sorted((part for part in speakers if not part.voice), key=lambda part: part.key)
    pools = {part.key: voices(part.language_code or language_code) for part in uncast}
    genders = _genders(uncast, pools, list(named.values()))

    chosen = dict(named)
    taken = Counter(persona_of(voice.name) for voice in named.values())
    for part in uncast:
        suited = (voice for voice in pools[part.key] if voice.gender == genders[part.key])
        preferred = sorted(suited, key=lambda voice: _preference(part.key, voice))
        chosen[part.key] = min(preferred, key=lambda voice: taken[persona_of(voice.name)])
        taken[persona_of(chosen[part.key].name)] += 1
    return {part.key: chosen[part.key] for part in speakers}


def _genders(
    uncast: Sequence[Part], pools: Mapping[str, Sequence[Voice]], named: Sequence[Voice]
) -> dict[str, Gender]:
    genders: dict[str, Gender] = {part.key: part.gender for part in uncast if part.gender}
    free = [part.key for part in uncast if not part.gender]
    told = Counter(genders.values()) + Counter(voice.gender for voice in named if voice.gender)
    room = _room(pools.values(), named) - Counter(genders.values())

    women = _within(len(free) - room["male"], room["female"], _women_among(free, told))
    left: dict[Gender, int] = {"female": women, "male": len(free) - women}
    for key in free:
        preferred = _preferred_gender(key)
        genders[key] = preferred if left[preferred] else _other(preferred)
        left[genders[key]] -= 1
    return genders


def _women_among(keys: Sequence[str], told: Counter[Gender]) -> int:
    """Return half of the keys' number; an odd one evens out what was told, or else has what most prefer."""
    half, odd = divmod(len(keys), 2)
    preferred = Counter(_preferred_gender(key) for key in keys)
    lack_of_women = told["male"] - told["female"] or preferred["female"] - preferred["male"]
    return half + 1 if odd and lack_of_women > 0 else half


def _room(pools: Iterable[Sequence[Voice]], named: Sequence[Voice]) -> Counter[Gender]:
    """Count the voices that nobody has yet, by gender; the same one in two languages is one."""
    taken = {persona_of(voice.name) for voice in named}
    everyone = {persona_of(voice.name): voice.gender for pool in pools for voice in pool}
    return Counter(gender for persona, gender in everyone.items() if gender and persona not in taken)


def _within(one_end: int, other_end: int, number: int) -> int:
    """Return the number, moved into the range between two ends.

    So that no voice is taken twice while another, of either gender, is free.
    """
    return min(max(number, min(one_end, other_end)), max(one_end, other_end))


def _preferred_gender(key: str) -> Gender:
    ordinal = _ordinal(key)
    return "male" if (_hash(key)[0] if ordinal is None else ordinal) % 2 else "female"


def _ordinal(key: str) -> int | None:
    """Return 0 for 'A', 'Speaker A' and 'Person1', 1 for 'B' and '2', None for a key that counts nothing."""
    letter = re.search(r"(?:^|[^A-Za-z])([A-Za-z])$", key)
    if letter:
        return ord(letter[1].upper()) - ord("A")
    number = re.search(r"[0-9]+$", key)
    return int(number[0][-9:]) - 1 if number else None


def _other(gender: Gender) -> Gender:
    return "male" if gender == "female" else "female"


def _preference(key: str, voice: Voice) -> bytes:
    return _hash(f"{key}\n{persona_of(voice.name)}")


def _hash(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()
