"""The promises of casting, over any speakers that Hypothesis can think of."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropcast.voices.casting import Part, cast
from dropcast.voices.catalog import Gender, UnknownLanguage, Voice, languages, voices
from dropcast.voices.families import UnknownVoice, persona_of

NAMES = (
    "Ana Ben Chloé Dmitri Eve Farid Greta Hugo Ines Jack Kim Liam Maya Nils Olga Pavel Quinn Rosa Sven Tara "
    "Uma Vera Will Xena Yann Zoe Host Guest Narrator Expert Moderator Caller"
)

keys = st.text(min_size=1, max_size=12)
genders: st.SearchStrategy[Gender | None] = st.sampled_from([None, "female", "male"])
named_voices = st.sampled_from([None, None, "en-US-Journey-D", "af-ZA-Standard-A", "en-US-Chirp3-HD-Kore"])
parts = st.builds(Part, keys, named_voices, st.sampled_from([None, "fr-FR"]), genders)
scripts = st.lists(parts, max_size=40, unique_by=lambda part: part.key)
unhinted = st.lists(keys, max_size=60, unique=True).map(lambda names: [Part(name) for name in names])


def counted(voices_cast: list[Voice]) -> tuple[int, int]:
    counts = Counter(voice.gender for voice in voices_cast)
    return counts["female"], counts["male"]


@given(scripts, st.randoms(use_true_random=False))
def test_the_order_of_speakers_does_not_matter(script: list[Part], dice: random.Random) -> None:
    shuffled = list(script)
    dice.shuffle(shuffled)
    assert cast(script, "en-US") == cast(shuffled, "en-US")


@given(scripts)
def test_speakers_come_out_in_the_order_of_the_script(script: list[Part]) -> None:
    assert list(cast(script, "en-US")) == [part.key for part in script]


@given(scripts)
def test_a_named_voice_is_used_as_it_is_and_a_given_gender_and_language_are_kept(script: list[Part]) -> None:
    result = cast(script, "en-US")
    for part in script:
        voice = result[part.key]
        if part.voice:
            assert voice.name == part.voice
        else:
            assert voice.gender == (part.gender or voice.gender)
            assert voice in voices(part.language_code or "en-US")


@given(scripts)
def test_no_voice_is_used_twice_while_another_of_its_gender_is_free(script: list[Part]) -> None:
    result = cast(script, "en-US")
    uses = Counter(persona_of(result[part.key].name) for part in script if not part.voice)
    named = {part.voice and persona_of(part.voice) for part in script}
    for gender in ("female", "male"):
        pool = {persona_of(voice.name) for voice in voices("en-US") if voice.gender == gender}
        if any(uses[who] > 1 or (uses[who] and who in named) for who in pool):
            assert pool <= set(uses) | named


@given(unhinted)
def test_all_voices_differ_as_long_as_the_language_has_voices(script: list[Part]) -> None:
    names = Counter(voice.name for voice in cast(script, "en-US").values())
    assert len(names) == min(len(script), 30)
    assert max(names.values(), default=0) <= 1 + len(script) // 28


def test_all_voices_differ_where_hints_and_names_have_taken_most_of_a_gender() -> None:
    women = [voice.name for voice in voices("en-US") if voice.gender == "female"]
    hinted = [Part(f"woman {number}", gender="female") for number in range(6)]
    named = [Part(f"named {number}", name) for number, name in enumerate(women[:6])]
    free = [Part(f"anybody {number}") for number in range(18)]
    assert len({voice.name for voice in cast([*hinted, *named, *free], "en-US").values()}) == 30


@given(st.lists(keys, max_size=28, unique=True))
def test_women_and_men_are_balanced_where_nothing_says_otherwise(speakers: list[str]) -> None:
    women, men = counted(list(cast([Part(key) for key in speakers], "en-US").values()))
    assert abs(women - men) <= 1


@given(keys, keys, st.sampled_from(["female", "male"]))
def test_a_single_free_speaker_contrasts_with_the_one_who_is_not(
    host: str, guest: str, gender: Gender
) -> None:
    result = cast([Part("Host " + host, gender=gender), Part(guest)], "en-US")
    assert result[guest].gender != gender


def test_a_single_free_speaker_contrasts_with_a_named_voice() -> None:
    assert cast([Part("A", "en-US-Journey-O"), Part("B")], "en-US")["B"].gender == "male"
    assert cast([Part("A", "en-US-Journey-D"), Part("B")], "en-US")["B"].gender == "female"


def test_a_and_b_always_are_this_pair() -> None:
    # Pinned: another pair would give every show its voices anew, and synthesize it all again.
    result = cast([Part("B"), Part("A")], "en-US")
    assert result["A"].name == "en-US-Chirp3-HD-Kore"
    assert result["B"].name == "en-US-Chirp3-HD-Sadaltager"


def test_a_speaker_is_the_same_person_in_every_language() -> None:
    speakers = [Part("Ana"), Part("Ben"), Part("Chloé")]
    spoken = set(languages()) - {"ru-RU"}  # which only eight of the thirty speak
    assert len({tuple(persona_of(v.name) for v in cast(speakers, lang).values()) for lang in spoken}) == 1


def test_two_speakers_of_two_languages_are_two_people() -> None:
    # Both would choose Kore, who would otherwise talk to herself.
    result = cast([Part("A", "fr-FR-Chirp3-HD-Kore"), Part("A again", gender="female"), Part("C")], "en-US")
    assert len({persona_of(voice.name) for voice in result.values()}) == 3
    assert persona_of(cast([Part("A")], "en-US")["A"].name) == "Chirp3-HD-Kore"
    alone = cast([Part("A"), Part("Z", "fr-FR-Chirp3-HD-Kore")], "en-US")
    assert persona_of(alone["A"].name) != "Chirp3-HD-Kore"


@pytest.mark.parametrize("pattern", ["{letter}", "Speaker {letter}", "Person{number}", "speaker_{number}"])
def test_one_more_in_a_numbered_row_of_speakers_leaves_the_others_alone(pattern: str) -> None:
    row = [pattern.format(letter="ABCDEFGHI"[index], number=index + 1) for index in range(9)]
    for length in range(1, 9):
        before = cast([Part(key) for key in row[:length]], "en-US")
        after = cast([Part(key) for key in row[: length + 1]], "en-US")
        assert before.items() <= after.items()


def test_one_more_speaker_of_any_name_leaves_nearly_all_of_the_others_alone() -> None:
    # Measured on these 700 additions to casts of 2 to 8: 9.0 % of the speakers got another voice, at most
    # 3 of a cast (as a share, at most 2 of 3), and in 58 % of the additions nobody did. Voices and genders
    # dealt out in turn over the sorted names move 51 %.
    dice = random.Random(20261120)
    moved = []
    for size in range(2, 9):
        for _ in range(100):
            *cast_before, newcomer = dice.sample(NAMES.split(), size + 1)
            before = cast([Part(key) for key in cast_before], "en-US")
            after = cast([Part(key) for key in (*cast_before, newcomer)], "en-US")
            moved.append((sum(before[key] != after[key] for key in cast_before), size))
    share = sum(count for count, _ in moved) / sum(size for _, size in moved)
    assert share <= 0.1
    assert max(count for count, _ in moved) <= 3


def test_what_nobody_can_speak_is_refused() -> None:
    with pytest.raises(UnknownVoice):
        cast([Part("A", "Kore")], "en-US")
    with pytest.raises(UnknownLanguage):
        cast([Part("A")], "tlh")


def test_a_language_without_a_pool_will_do_where_every_voice_is_named() -> None:
    assert cast([Part("A", "pt-PT-Wavenet-E")], "pt-PT")["A"].language_code == "pt-PT"
