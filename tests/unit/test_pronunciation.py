"""A lexicon: where its phrases are found, and what the service is sent for each family of voices."""

import hashlib
import json
import time
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from google.cloud.texttospeech import CustomPronunciationParams, SynthesisInput
from hypothesis import given
from hypothesis import strategies as st

from dropcast.gateways.texttospeech import synthesis_input
from dropcast.scripts.pronunciations import (
    Encoding,
    Pronunciation,
    as_ssml,
    lexicon_of,
    sounds_in,
    with_aliases,
)
from dropcast.scripts.ssml import ssml_flaw
from dropcast.voices.families import FAMILIES
from dropcast.voices.pronunciation import pronounced, relevant_to, with_precedence
from dropcast.voices.request import Kind, MalformedRequest, SpeechRequest, objections, speech_request

GIF = Pronunciation("GIF", "ipa", "dʒɪf")
SAMPA = Pronunciation("tomato", "x-sampa", 't@"mA:t@U')
KUBECTL = Pronunciation("kubectl", "alias", "cube control")


def alias(phrase: str, said: str, *, match_case: bool = True) -> Pronunciation:
    return Pronunciation(phrase, "alias", said, match_case)


def asked(content: str, family: str = "Chirp3-HD", kind: Kind = "text") -> SpeechRequest:
    voice = f"en-US-{family}-{'Kore' if family == 'Chirp3-HD' else 'X'}"
    return speech_request(kind=kind, content=content, voice=voice, language_code="en-US")


@pytest.mark.parametrize(
    ("text", "phrase", "spoken"),
    [
        ("GIF, GIFs, aGIF, a GIF-like GIF's “GIF”", "GIF", "@, GIFs, aGIF, a @-like @'s “@”"),
        ("GIF GIF_1 1GIF GIF2 é GIFé GIF\u0301", "GIF", "@ GIF_1 1GIF GIF2 é GIFé GIF\u0301"),
        ("gif Gif GIF", "GIF", "gif Gif @"),
        ("Kiev, Киев, Киевский", "Киев", "Kiev, @, Киевский"),
        ("東京都の東京タワー", "東京", "@都の@タワー"),
        ("GIFを見る。これはGIF", "GIF", "@を見る。これは@"),
        ("김치는 맛있다", "김치", "@는 맛있다"),
        ("ไปกรุงเทพวันนี้", "กรุงเทพ", "ไป@วันนี้"),
        ("हिन्दी और हिन्द", "हिन्द", "हिन्दी और @"),
        ("C++ and C++17, not C", "C++", "@ and @17, not C"),
        ("New York, New Yorker", "New York", "@, New Yorker"),
        (".NET is not NET", ".NET", "@ is not NET"),
        ("مرحبا مرحبًا", "مرحبا", "@ مرحبًا"),
    ],
)
def test_phrases_are_found_at_whole_words_of_any_script(text: str, phrase: str, spoken: str) -> None:
    assert with_aliases(text, [alias(phrase, "@")]) == spoken


def test_the_longest_phrase_goes_first_and_a_shorter_one_where_it_does_not_fit() -> None:
    lexicon = [alias("New", "N"), alias("New York", "NY"), alias("York", "Y"), alias("New York City", "NYC")]
    assert with_aliases("New York City, New York, New Yorker, York", lexicon) == "NYC, NY, N Yorker, Y"


def test_a_longer_phrase_by_sound_keeps_an_alias_out_of_it() -> None:
    lexicon = [alias("New", "N"), Pronunciation("New York", "ipa", "nuː ˈjɔːk")]
    assert with_aliases("New York is New", lexicon) == "New York is N"


def test_case_may_be_left_aside_and_an_entry_that_matches_it_goes_first() -> None:
    lexicon = [alias("gif", "jif", match_case=False), alias("GIF", "G")]
    assert with_aliases("gif Gif GIF gIF", lexicon) == "jif jif G jif"
    assert with_aliases("STRAẞE ſtop İ", [alias("stop", "@", match_case=False)]).startswith("STRAẞE")


def test_what_an_alias_puts_in_is_not_replaced_again() -> None:
    assert with_aliases("AI", [alias("AI", "A I"), alias("A", "ay"), alias("I", "eye")]) == "A I"
    assert with_aliases("a b", [alias("a", "b"), alias("b", "a")]) == "b a"


def test_an_alias_is_taken_literally() -> None:
    assert with_aliases("cost x.y", [alias("x.y", r"\1 \g<0> $&")]) == r"cost \1 \g<0> $&"
    assert with_aliases("cost xzy", [alias("x.y", "@")]) == "cost xzy"


def test_of_two_entries_for_one_phrase_the_first_counts() -> None:
    lexicon = lexicon_of([alias("a", "one")], [alias("a", "two"), alias("b", "three")], [alias("b", "three")])
    assert lexicon == (alias("a", "one"), alias("a", "two"), alias("b", "three"))
    assert with_aliases("a b", lexicon) == "one three"


def test_sounds_are_told_once_each_as_the_text_writes_them() -> None:
    lexicon = [SAMPA, Pronunciation("gif", "ipa", "dʒɪf", match_case=False), KUBECTL]
    assert sounds_in("Gif, GIF, Gif, kubectl, gifs", lexicon) == (
        Pronunciation("GIF", "ipa", "dʒɪf"),
        Pronunciation("Gif", "ipa", "dʒɪf"),
    )


def test_ssml_escapes_what_is_not_its_own() -> None:
    lexicon = [SAMPA, Pronunciation("R&D", "ipa", 'a"<b>&')]
    assert as_ssml("R&D < a \"tomato\" & 'b'", lexicon) == (
        '<speak><phoneme alphabet="ipa" ph="a&quot;&lt;b&gt;&amp;">R&amp;D</phoneme> &lt; a &quot;'
        '<phoneme alphabet="x-sampa" ph="t@&quot;mA:t@U">tomato</phoneme>&quot; &amp; \'b\'</speak>'
    )


PHRASES = st.text("aAbéБ語ก김+. '", min_size=1, max_size=4)
ENCODINGS: st.SearchStrategy[Encoding] = st.sampled_from(["ipa", "x-sampa", "alias"])
ENTRIES = st.builds(
    Pronunciation, PHRASES, ENCODINGS, st.text("xʒ<&\" '", min_size=1, max_size=4), st.booleans()
)
TEXTS = st.text("aAbéБ語ก김+. '<&\n", max_size=40)


@given(TEXTS, st.lists(ENTRIES, max_size=6))
def test_ssml_is_well_formed_and_says_every_word_of_the_text(text: str, lexicon: list[Pronunciation]) -> None:
    ssml = as_ssml(text, lexicon)
    assert ssml_flaw(ssml) is None
    assert "".join(ElementTree.fromstring(ssml).itertext()) == text  # noqa: S314  # our own


@given(TEXTS, st.lists(ENTRIES, max_size=6))
def test_a_request_is_pronounced_the_same_whatever_the_order_of_unlike_entries(
    text: str, lexicon: list[Pronunciation]
) -> None:
    unlike = list({entry.phrase.lower(): entry for entry in lexicon}.values())
    assert pronounced(asked(text), unlike) == pronounced(asked(text), unlike[::-1])


CASES = "aAiIıİsSſkK\u212aßẞ語+"  # what Python takes for one letter with case left aside, and others


@pytest.mark.parametrize("phrase", CASES)
@pytest.mark.parametrize("rest", ["", "i"])
def test_nothing_that_matters_to_a_text_is_missed(phrase: str, rest: str) -> None:
    lexicon = [alias(phrase + rest, "@", match_case=False), Pronunciation(phrase, "ipa", "a")]
    for text in (letter + more for letter in CASES for more in ["", "i", "İ", "ı"]):
        said = with_aliases(text, lexicon)
        for few in (lexicon, relevant_to(text, lexicon)):
            request = pronounced(asked(text), few)
            assert (request.content, request.pronunciations) == (said, sounds_in(said, lexicon))


def test_what_is_relevant_to_a_text_is_what_its_words_and_its_aliases_hold() -> None:
    lexicon = [alias("AI", "a GIF"), GIF, KUBECTL, alias("gif", "jif", match_case=False), SAMPA]
    assert relevant_to("On AI.", lexicon) == [lexicon[0], GIF, lexicon[3]]
    assert relevant_to("On gifs.", lexicon) == [lexicon[3]]


def test_what_goes_before_counts_for_its_words_in_the_case_that_it_says() -> None:
    any_case, exact = alias("gif", "FIRST", match_case=False), alias("GIF", "FIRST")
    others = [alias("GIF", "SECOND"), alias("gif", "SECOND", match_case=False), alias("PNG", "SECOND")]
    assert with_aliases("GIF gif Gif PNG", with_precedence([any_case], others)) == "FIRST FIRST FIRST SECOND"
    assert with_aliases("GIF gif Gif PNG", with_precedence([exact], others)) == "FIRST SECOND SECOND SECOND"
    assert with_precedence([], others) == tuple(others)


def test_a_large_lexicon_is_quick_on_a_long_script() -> None:
    lexicon = tuple(
        alias(f"{letter}hrase{number} of mine", "@", match_case=number % 2 == 0)
        for number in range(100)
        for letter in "PQRabcdéЖ語"
    )
    start = time.process_time()
    for number in range(300):
        with_aliases(f"Phrase{number} of mine, and of " + "quite a few words that go on. " * 8, lexicon)
    assert time.process_time() - start < 5


def test_a_request_without_a_phrase_of_the_lexicon_stays_the_same() -> None:
    request = asked("Hello.")
    assert pronounced(request, [GIF, KUBECTL, SAMPA]) == request
    assert pronounced(asked("A GIF."), []) == asked("A GIF.")


def test_aliases_are_in_the_text_and_sounds_beside_it() -> None:
    request = pronounced(asked("Use kubectl on the GIF."), [SAMPA, KUBECTL, GIF])
    assert (request.kind, request.content) == ("text", "Use cube control on the GIF.")
    assert request.pronunciations == (GIF,)


def test_pauses_of_markup_are_no_words() -> None:
    request = pronounced(
        asked("Pause [pause] a long GIF [pause long] long", kind="markup"),
        [alias("long", "@"), alias("pause", "@"), GIF],
    )
    assert request.content == "Pause [pause] a @ GIF [pause long] @"
    assert request.pronunciations == (GIF,)


def test_ssml_is_its_authors() -> None:
    request = asked("<speak>A GIF</speak>", "Neural2", "ssml")
    assert pronounced(request, [GIF]) is request


def test_a_request_loses_the_sounds_that_it_no_longer_holds() -> None:
    whole = pronounced(asked("A GIF, a tomato."), [GIF, SAMPA])
    assert pronounced(replace(whole, content="A GIF"), whole.pronunciations).pronunciations == (GIF,)
    assert pronounced(replace(whole, content="A pear"), whole.pronunciations).pronunciations == ()


def test_sounds_are_part_of_the_digest() -> None:
    base = asked("A GIF.")
    other = pronounced(base, [Pronunciation("GIF", "ipa", "ɡɪf")])
    digests = {base.digest(), pronounced(base, [GIF]).digest(), other.digest()}
    assert len(digests) == 3
    canonical = (
        '{"content":"A GIF.","kind":"text","languageCode":"en-US","normaliser":1,'
        '"pronunciations":[{"encoding":"ipa","phrase":"GIF","pronunciation":"d\\u0292\\u026af"}],"provider":"google-texttospeech/v1",'
        '"sampleRateHertz":24000,"voice":"en-US-Chirp3-HD-Kore"}'
    )
    assert pronounced(base, [GIF]).digest() == hashlib.sha256(canonical.encode()).hexdigest()


def test_a_request_without_sounds_has_the_json_that_it_always_had() -> None:
    assert "pronunciations" not in pronounced(asked("Use kubectl."), [KUBECTL]).to_json()


def test_sounds_survive_their_json() -> None:
    request = pronounced(asked("A GIF, a tomato."), [SAMPA, GIF])
    assert len(request.pronunciations) == 2
    assert SpeechRequest.from_json(json.loads(json.dumps(request.to_json()))) == request


@pytest.mark.parametrize(
    "damage",
    [
        "GIF",
        ["GIF"],
        [{"phrase": "GIF", "encoding": "ipa"}],
        [{"phrase": "", "encoding": "ipa", "pronunciation": "a"}],
        [{"phrase": "GIF", "encoding": "alias", "pronunciation": "a"}],
    ],
)
def test_json_that_is_no_pronunciation_is_refused(damage: object) -> None:
    with pytest.raises(MalformedRequest):
        SpeechRequest.from_json(asked("GIF").to_json() | {"pronunciations": damage})


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_that_can_carry_no_sounds_objects(family: str) -> None:
    found = objections(pronounced(asked("A GIF.", family), [GIF]))
    if family in {"Journey", "Chirp-HD"}:  # neither SSML nor custom pronunciations
        [objection] = found
        assert objection.startswith(f"pronunciations of GIF: {family} voices take no sounds")
        assert "as an alias or choose a Chirp3-HD or Neural2 voice" in objection
    else:
        assert found == ()


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_speaks_aliases(family: str) -> None:
    assert objections(pronounced(asked("Use kubectl.", family), [KUBECTL])) == ()


def test_chirp_is_sent_text_with_custom_pronunciations() -> None:
    sent = synthesis_input(pronounced(asked("A GIF, a tomato & kubectl."), [GIF, SAMPA, KUBECTL]))
    assert (sent.text, sent.ssml) == ("A GIF, a tomato & cube control.", "")
    codes = CustomPronunciationParams.PhoneticEncoding
    assert [
        (entry.phrase, entry.phonetic_encoding, entry.pronunciation)
        for entry in sent.custom_pronunciations.pronunciations
    ] == [
        ("GIF", codes.PHONETIC_ENCODING_IPA, "dʒɪf"),
        ("tomato", codes.PHONETIC_ENCODING_X_SAMPA, 't@"mA:t@U'),
    ]


def test_markup_of_chirp_keeps_its_kind() -> None:
    sent = synthesis_input(pronounced(asked("A [pause] GIF", kind="markup"), [GIF]))
    assert sent.markup == "A [pause] GIF"
    assert len(sent.custom_pronunciations.pronunciations) == 1


def test_families_that_read_ssml_are_sent_ssml_and_nothing_beside_it() -> None:
    sent = synthesis_input(pronounced(asked("A GIF & kubectl.", "Neural2"), [GIF, KUBECTL]))
    assert sent == SynthesisInput(
        ssml='<speak>A <phoneme alphabet="ipa" ph="dʒɪf">GIF</phoneme> &amp; cube control.</speak>'
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_without_sounds_the_input_is_what_it_was(family: str) -> None:
    assert synthesis_input(pronounced(asked("A & b kubectl.", family), [KUBECTL])) == SynthesisInput(
        text="A & b cube control."
    )


def test_tags_that_carry_sounds_are_billed() -> None:
    assert pronounced(asked("A GIF."), [GIF]).characters() == 6
    ssml = '<speak>A <phoneme alphabet="ipa" ph="dʒɪf">GIF</phoneme>.</speak>'
    assert pronounced(asked("A GIF.", "Neural2"), [GIF]).characters() == len(ssml)
