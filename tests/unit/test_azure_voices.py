"""Azure's names speak with Google's voices: the right language and gender, and the same voice for ever."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dropcast.voices.azure import LONGEST_NAME, google_voice, note_of
from dropcast.voices.azure_names import NEAREST, Character, characters, stand_in_locales, stand_ins
from dropcast.voices.catalog import languages, voice_named
from dropcast.voices.families import UnknownVoice
from dropcast_local.speech.catalogue import voices as voices_that_exist

# Frozen: who hears Jenny today hears the same Jenny tomorrow. Never change a line; add.
SETTLED = {
    "en-US-JennyNeural": "en-US-Neural2-F",
    "en-US-AriaNeural": "en-US-Neural2-C",
    "en-US-AvaNeural": "en-US-Neural2-H",
    "en-US-EmmaNeural": "en-US-Neural2-E",
    "en-US-MichelleNeural": "en-US-Neural2-G",
    "en-US-SaraNeural": "en-US-Wavenet-F",
    "en-US-AnaNeural": "en-US-Wavenet-E",
    "en-US-MonicaNeural": "en-US-Chirp3-HD-Callirrhoe",
    "en-US-GuyNeural": "en-US-Neural2-D",
    "en-US-AndrewNeural": "en-US-Neural2-J",
    "en-US-BrianNeural": "en-US-Neural2-A",
    "en-US-DavisNeural": "en-US-Neural2-I",
    "en-US-ChristopherNeural": "en-US-Wavenet-D",
    "en-US-TonyNeural": "en-US-Wavenet-A",
    "en-US-AIGenerate1Neural": "en-US-Chirp3-HD-Zubenelgenubi",
    "en-GB-SoniaNeural": "en-GB-Neural2-A",
    "en-GB-LibbyNeural": "en-GB-Neural2-C",
    "en-GB-RyanNeural": "en-GB-Neural2-B",
    "en-GB-ThomasNeural": "en-GB-Neural2-D",
    "en-AU-NatashaNeural": "en-AU-Neural2-A",
    "en-IN-NeerjaNeural": "en-IN-Neural2-A",
    "de-DE-KatjaNeural": "de-DE-Neural2-G",
    "de-DE-AmalaNeural": "de-DE-Chirp3-HD-Achernar",
    "de-DE-ConradNeural": "de-DE-Neural2-H",
    "fr-FR-DeniseNeural": "fr-FR-Neural2-F",
    "fr-FR-HenriNeural": "fr-FR-Neural2-G",
    "fr-CA-SylvieNeural": "fr-CA-Neural2-A",
    "es-ES-ElviraNeural": "es-ES-Neural2-A",
    "es-ES-AlvaroNeural": "es-ES-Neural2-F",
    "es-MX-DaliaNeural": "es-US-Neural2-A",
    "es-MX-JorgeNeural": "es-US-Neural2-B",
    "it-IT-ElsaNeural": "it-IT-Neural2-A",
    "it-IT-DiegoNeural": "it-IT-Neural2-F",
    "pt-BR-FranciscaNeural": "pt-BR-Neural2-A",
    "pt-BR-AntonioNeural": "pt-BR-Neural2-B",
    "pt-PT-RaquelNeural": "pt-PT-Wavenet-E",
    "ja-JP-NanamiNeural": "ja-JP-Neural2-B",
    "ja-JP-KeitaNeural": "ja-JP-Neural2-C",
    "ko-KR-SunHiNeural": "ko-KR-Neural2-A",
    "ko-KR-InJoonNeural": "ko-KR-Neural2-C",
    "zh-CN-XiaoxiaoNeural": "cmn-CN-Wavenet-A",
    "zh-CN-YunxiNeural": "cmn-CN-Wavenet-B",
    "zh-CN-YunyangNeural": "cmn-CN-Chirp3-HD-Achird",
    "zh-HK-HiuMaanNeural": "yue-HK-Standard-A",
    "zh-TW-HsiaoChenNeural": "cmn-TW-Wavenet-A",
    "ar-EG-SalmaNeural": "ar-XA-Wavenet-A",
    "hi-IN-MadhurNeural": "hi-IN-Neural2-B",
    "cs-CZ-VlastaNeural": "cs-CZ-Wavenet-B",
    "cs-CZ-AntoninNeural": "cs-CZ-Chirp3-HD-Achird",
    "hr-HR-GabrijelaNeural": "hr-HR-Chirp3-HD-Achernar",
    "no-NO-SomebodyNeural": "nb-NO-Wavenet-G",
    "en-US-SomebodyNeural": "en-US-Neural2-E",
    "fr-FR-SomebodyNeural": "fr-FR-Wavenet-G",
}
EVERYBODY = Path(__file__).parent.parent / "data" / "azure_voices.txt"  # the same of the whole table


def everybody() -> Iterator[tuple[str, str, Character]]:
    """Every Azure voice of the table, with its locale and what is known of it."""
    for locale, known in characters().items():
        for name, character in known.items():
            yield f"{locale}-{name}Neural", locale, character


@pytest.mark.parametrize(("azure", "google"), SETTLED.items())
def test_who_speaks_for_whom_is_settled(azure: str, google: str) -> None:
    assert google_voice(azure, {}).name == google


def test_who_speaks_for_everybody_is_settled() -> None:
    settled = dict(line.split() for line in EVERYBODY.read_text().splitlines())
    assert settled == {name: google_voice(name, {}).name for name, _, _ in everybody()}


def test_whoever_speaks_exists_and_is_of_the_gender_that_is_told() -> None:
    told = [google_voice(name, {}) for name, _, _ in everybody()]
    told += [
        replace(voice_named(name), gender=gender)
        for of in stand_in_locales()
        for name, gender in stand_ins(of)
    ]
    for voice in told:
        assert voices_that_exist()[voice.name].gender.value.lower() == voice.gender
        assert voice_named(voice.name) in (voice, replace(voice, gender=None))


def test_the_gender_is_that_of_the_azure_voice_where_google_has_one() -> None:
    lacking = {"af-ZA", "ca-ES", "eu-ES", "gl-ES", "is-IS"}  # where Google has but one voice
    for name, locale, character in everybody():
        assert google_voice(name, {}).gender == character.gender or locale in lacking


@pytest.mark.parametrize(
    "locale", ["en-US", "en-GB", "de-DE", "fr-FR", "es-ES", "it-IT", "ja-JP", "zh-CN", "pt-BR"]
)
def test_two_characters_of_one_locale_sound_different_while_there_are_voices(locale: str) -> None:
    taken = Counter(google_voice(f"{locale}-{name}Neural", {}).name for name in characters()[locale])
    assert max(taken.values()) == 1 or (locale, sum(taken.values()) - len(taken)) == ("en-US", 3)


@pytest.mark.parametrize(
    "name",
    [
        "en-us-AVANEURAL",
        "EN-US-avaneural",
        " en-US-AvaNeural\n",
        "en-US-AvaMultilingualNeural",
        "en-US-AvaMultilingualNeuralHD",
        "en-US-AvaMultilingualV2Neural",
        "en-US-AvaTurboMultilingualNeural",
        "en-US-Ava:DragonHDLatestNeural",
        "en-US-Ava3:DragonHDLatestNeural",
        "en-US-Ava:DragonHDOmniLatestNeural",
        "en-US-Ava:DragonHDv2.1Neural",
        "en-US-Ava:MAI-Voice-1",
        "Microsoft Server Speech Text to Speech Voice (en-US, AvaNeural)",
        "microsoft server speech text to speech voice (en-US,Ava:DragonHDLatestNeural)",
    ],
)
def test_a_character_has_one_voice_however_its_name_is_written(name: str) -> None:
    assert google_voice(name, {}) == google_voice("en-US-AvaNeural", {})


@pytest.mark.parametrize(
    ("name", "locale"),
    [
        ("zh-CN-liaoning-XiaobeiNeural", "cmn-CN"),
        ("zh-CN-XiaoxiaoDialectsNeural", "cmn-CN"),
        ("Microsoft Server Speech Text to Speech Voice (zh-CN-shaanxi, XiaoniNeural)", "cmn-CN"),
        ("wuu-CN-XiaotongNeural", "cmn-CN"),
        ("yue-CN-XiaoMinNeural", "yue-HK"),
        ("sr-Latn-RS-NicholasNeural", "sr-RS"),
        ("en-IN-AartiIndicNeural", "en-IN"),
        ("fil-PH-BlessicaNeural", "fil-PH"),
        ("es-419-SomebodyNeural", "es-US"),
        ("es-GQ-TeresaNeural", "es-ES"),
        ("en-NZ-MollyNeural", "en-AU"),
        ("en-IE-EmilyNeural", "en-GB"),
        ("en-CA-ClaraNeural", "en-US"),
        ("fr-CH-ArianeNeural", "fr-FR"),
        ("de-AT-IngridNeural", "de-DE"),
        ("bn-BD-NabanitaNeural", "bn-IN"),
        ("sw-TZ-DaudiNeural", "sw-KE"),
        ("pt-AO-SomebodyNeural", "pt-PT"),
        ("en-XX-SomebodyNeural", "en-US"),
        ("en-us-MultiTalker-Ava-Andrew:DragonHDLatestNeural", "en-US"),
    ],
)
def test_a_locale_that_google_writes_otherwise_or_lacks_is_that_of_the_nearest(
    name: str, locale: str
) -> None:
    assert google_voice(name, {}).language_code == locale


def test_every_nearest_locale_is_one_of_googles() -> None:
    assert set(NEAREST.values()) <= {*languages(), *stand_in_locales()}


@pytest.mark.parametrize("locale", ["en-US", "de-DE", "pt-PT", "cs-CZ", "hr-HR", "is-IS"])
def test_a_character_that_nobody_knows_gets_a_voice_that_says_when_it_passed_a_mark(locale: str) -> None:
    voice = google_voice(f"{locale}-SomebodyNeural", {})
    assert voice.family.marks or not stand_ins(locale)
    assert voice == google_voice(f"{locale.lower()}-SOMEBODYMultilingualNeural", {})


@pytest.mark.parametrize(("name", "gender"), [("de-DE-JennyNeural", "female"), ("fr-FR-GuyNeural", "male")])
def test_a_character_of_another_locale_keeps_its_gender(name: str, gender: str) -> None:
    assert google_voice(name, {}).gender == gender


def test_unknown_characters_differ() -> None:
    names = [f"en-US-{letter * 5}Neural" for letter in "abcdefghijklmnop"]
    assert len({google_voice(name, {}).name for name in names}) > 6


@pytest.mark.parametrize(
    "name", ["en-US-Chirp3-HD-Kore", "de-DE-Wavenet-H", "en-GB-Studio-C", "pt-PT-Wavenet-E"]
)
def test_googles_own_names_pass_through(name: str) -> None:
    assert google_voice(name, {}) == voice_named(name)
    assert note_of(name, voice_named(name)) is None


def test_a_custom_voice_goes_first() -> None:
    custom = {
        "en-US-JennyNeural": "en-US-Studio-O",
        "narrator": "fr-FR-Chirp3-HD-Puck",
        "other": "en-US-GuyNeural",
    }
    assert google_voice("en-US-JennyNeural", custom) == voice_named("en-US-Studio-O")
    assert google_voice("narrator", custom) == voice_named("fr-FR-Chirp3-HD-Puck")
    assert google_voice("other", custom) == google_voice("en-US-GuyNeural", {})


def test_a_custom_voice_that_does_not_exist_is_refused_by_its_name() -> None:
    with pytest.raises(UnknownVoice, match=r'custom voice "narrator" is not deployed: "d4e5" is no voice'):
        google_voice("narrator", {"narrator": "d4e5"})


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "Bob",
            "\"Bob\" is no voice: they are named as Azure's are, such as en-US-JennyNeural, or as Google's",
        ),
        ("", '"" is no voice'),
        ("   ", "is no voice"),
        ("en-US", "is no voice"),
        ("en-US-", "is no voice"),
        ("en-US-Neural", "such as en-US-JennyNeural"),
        ("en-US-Jenny", 'did you mean "en-US-JennyNeural"?'),
        ("JennyNeural", "is no voice"),
        ("en-US-Jenny Neural", "is no voice"),
        ("en-US-JennyNeural\0", "is no voice"),
        ("en-US-Jennſ-Wavenet-A", "is no voice"),
        ("en-US-Wavenet-\ud800", "is no voice"),
        ("en-US-Chirp3-HD-Korre", "did you mean en-US-Chirp3-HD-Kore?"),
        ("fa-IR-DilaraNeural", "fa-IR: Google has no voices that speak fa; they speak af, am, ar, "),
        ("xx-XX-SomebodyNeural", "xx-XX: Google has no voices that speak xx"),
        ("x" * 5_000_000, "is no voice"),
        ("en-US-" + "x" * LONGEST_NAME + "Neural", "is no voice"),
        ("en-US-Wavenet-" + "x" * LONGEST_NAME, "is no voice"),
    ],
)
def test_an_impossible_name_is_refused_with_what_would_be_right(name: str, said: str) -> None:
    with pytest.raises(UnknownVoice) as refused:
        google_voice(name, {})
    message = str(refused.value)
    assert said in message
    assert len(message.encode()) < 600


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("en-US-JennyNeural", None),
        ("zh-CN-XiaoxiaoNeural", None),
        ("zh-TW-HsiaoChenNeural", None),
        ("es-MX-DaliaNeural", "es-MX-DaliaNeural: Google has no voices of es-MX; es-US-Neural2-A speaks"),
        (
            "ca-ES-EnricNeural",
            "ca-ES-EnricNeural: Google has no male voices of ca-ES; ca-ES-Standard-B speaks",
        ),
    ],
)
def test_a_note_says_what_nobody_would_expect(name: str, note: str | None) -> None:
    assert note_of(name, google_voice(name, {})) == note


@pytest.mark.parametrize("name", ["es-MX-DaliaNeural", "fa-IR-DilaraNeural", "narrator", "x" * 5_000_000])
def test_there_is_nothing_to_note_of_a_custom_voice(name: str) -> None:
    assert note_of(name, voice_named("en-US-Studio-O")) is None
