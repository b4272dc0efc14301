"""Voice names, families, languages."""

import re

import pytest

from dropcast.voices.catalog import (
    UnknownLanguage,
    languages,
    older_voices,
    resolve_language,
    voice_named,
    voices,
)
from dropcast.voices.families import FAMILIES, UnknownVoice, family_of, locale_of, persona_of


@pytest.mark.parametrize(
    ("voice", "locale", "family"),
    [
        ("en-US-Chirp3-HD-Kore", "en-US", "Chirp3-HD"),
        ("cmn-CN-Chirp3-HD-Zubenelgenubi", "cmn-CN", "Chirp3-HD"),
        ("en-US-Chirp-HD-F", "en-US", "Chirp-HD"),
        ("en-US-Journey-D", "en-US", "Journey"),
        ("en-US-Journey-F", "en-US", "Journey"),
        ("en-US-Journey-O", "en-US", "Journey"),
        ("fr-FR-Neural2-G", "fr-FR", "Neural2"),
        ("fil-PH-Wavenet-A", "fil-PH", "Wavenet"),
        ("pt-PT-Standard-E", "pt-PT", "Standard"),
        ("en-GB-Studio-B", "en-GB", "Studio"),
        ("es-ES-Polyglot-1", "es-ES", "Polyglot"),
        ("en-GB-News-G", "en-GB", "News"),
        ("en-US-Casual-K", "en-US", "Casual"),
    ],
)
def test_a_voice_name_says_its_locale_and_its_family(voice: str, locale: str, family: str) -> None:
    assert (locale_of(voice), family_of(voice).name) == (locale, family)


@pytest.mark.parametrize(
    ("voice", "said"),
    [
        ("Kore", "Gemini voices, which need a model and are not offered"),
        ("alloy", "such as en-US-Chirp3-HD-Kore"),
        ("", "such as en-US-Chirp3-HD-Kore"),
        ("en-US", "such as en-US-Chirp3-HD-Kore"),
        ("en-US-", "such as en-US-Chirp3-HD-Kore"),
        ("en-US-JennyNeural", "the families are Chirp3-HD, "),
        ("en-us-Journey-D", "such as en-US-Chirp3-HD-Kore"),
        ("en-US-wavenet-A", "did you mean en-US-Wavenet-A?"),
        ("en-US-Neural-A", "did you mean en-US-Neural2-A?"),
        ("en-US-Chirp3HD-Kore", "did you mean en-US-Chirp3-HD-Kore?"),
        ("de-DE-Chirp-3-HD-Kore", "did you mean de-DE-Chirp3-HD-Kore?"),
        ("en-US-Jurney-D", "did you mean en-US-Journey-D?"),
        ("en-US-Journey-", "the families are Chirp3-HD, "),
        ("en-US-Journey-D\n", "voices are named"),
        ("en-US-Studio-MultiSpeaker", "name one voice for each speaker"),
    ],
)
def test_a_name_that_is_none_is_refused_with_what_would_be_right(voice: str, said: str) -> None:
    with pytest.raises(UnknownVoice, match=re.escape(said)) as refusal:
        family_of(voice)
    assert str(refusal.value).startswith(voice or "(empty)")


def test_every_family_is_found_under_its_own_name() -> None:
    assert {name: family_of(f"en-US-{name}-X").name for name in FAMILIES} == {name: name for name in FAMILIES}


def test_every_language_but_russian_has_fourteen_women_and_sixteen_men_with_different_names() -> None:
    for language in set(languages()) - {"ru-RU"}:
        pool = voices(language)
        genders = [voice.gender for voice in pool]
        assert (genders.count("female"), genders.count("male")) == (14, 16)
        assert len({voice.name for voice in pool}) == 30
        assert {family_of(voice.name).name for voice in pool} == {"Chirp3-HD"}
        assert {locale_of(voice.name) for voice in pool} == {language} == {v.language_code for v in pool}


def test_the_languages_are_those_of_googles_page_and_cantonese() -> None:
    assert len(set(languages())) == len(languages()) == 53
    assert {"en-US", "fr-FR", "cmn-CN", "pa-IN", "yue-HK"} <= set(languages())


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("en-US", "en-US"),
        ("EN_us", "en-US"),
        (" fr-ca ", "fr-CA"),
        ("en", "en-US"),
        ("fr", "fr-FR"),
        ("es", "es-ES"),
        ("pt", "pt-BR"),
        ("de", "de-DE"),
        ("cmn", "cmn-CN"),
        ("zh", "cmn-CN"),
        ("zh-CN", "cmn-CN"),
        ("zh_Hans_CN", "cmn-CN"),
        ("zh-HK", "yue-HK"),
        ("no-NO", "nb-NO"),
        ("iw", "he-IL"),
    ],
)
def test_a_language_may_be_written_in_several_ways(written: str, meant: str) -> None:
    assert resolve_language(written) == meant
    assert voices(written) == voices(meant)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("fr-BE", "fr-CA or fr-FR"),
        ("en-UK", "en-AU or en-GB or en-IN or en-US"),
        ("pt-PT", "pt-BR"),  # another accent is never put in silently
        ("zh-TW", "name a voice for each speaker"),
        ("tlh", "name a voice for each speaker"),
        ("", "(empty): "),
        ("français", "name a voice for each speaker"),
    ],
)
def test_a_language_without_voices_is_refused_with_the_nearest(written: str, said: str) -> None:
    with pytest.raises(UnknownLanguage, match=re.escape(said)):
        voices(written)


def test_the_seeds_voices_are_known() -> None:
    journey = {voice.name: voice.gender for voice in older_voices("en") if voice.family.name == "Journey"}
    assert journey == {"en-US-Journey-D": "male", "en-US-Journey-F": "female", "en-US-Journey-O": "female"}


def test_older_voices_are_in_the_language_asked_for_and_named_right() -> None:
    for language in languages():
        for voice in older_voices(language):
            assert locale_of(voice.name) == voice.language_code == language
            assert family_of(voice.name) == voice.family != FAMILIES["Chirp3-HD"]
    assert len(older_voices("en-US")) == 42


def test_a_named_voice_is_known_with_its_gender() -> None:
    assert voice_named("ja-JP-Chirp3-HD-Puck") in voices("ja-JP")
    assert voice_named("en-GB-Neural2-D") in older_voices("en-GB")


def test_an_older_voice_that_no_table_knows_is_taken_at_its_word() -> None:
    voice = voice_named("af-ZA-Standard-A")
    assert (voice.name, voice.language_code, voice.gender) == ("af-ZA-Standard-A", "af-ZA", None)
    assert voice.family is FAMILIES["Standard"]


def test_a_misspelt_chirp_voice_is_refused_before_the_service_refuses_a_whole_episode() -> None:
    with pytest.raises(UnknownVoice, match=re.escape("did you mean en-US-Chirp3-HD-Kore?")):
        voice_named("en-US-Chirp3-HD-Kora")
    with pytest.raises(UnknownVoice, match="try Achernar, Aoede"):
        voice_named("en-US-Chirp3-HD-Xxxxxx")


def test_who_speaks_is_the_same_in_every_language() -> None:
    assert persona_of("fr-FR-Chirp3-HD-Kore") == persona_of("en-US-Chirp3-HD-Kore") == "Chirp3-HD-Kore"


def test_russian_is_spoken_by_eight_chirp3_voices_only():
    spoken = [persona_of(voice.name).removeprefix("Chirp3-HD-") for voice in voices("ru-RU")]
    assert " ".join(sorted(spoken)) == "Aoede Charon Fenrir Kore Leda Orus Puck Zephyr"
    with pytest.raises(UnknownVoice, match="Sulafat"):
        voice_named("ru-RU-Chirp3-HD-Sulafat")
