"""SSML in Azure's dialect: each element of the contract's section 10, and what becomes of its text."""

from pathlib import Path

import pytest

from dropcast.scripts.batch.document import (
    Document,
    End,
    Item,
    Passage,
    Phoneme,
    Prosody,
    Rest,
    Run,
    SayAs,
    Silences,
)
from dropcast.scripts.batch.ssml.elements import CHANGES, LEFT_OUT, SAID_AS, SILENT, STRUCTURE
from dropcast.scripts.batch.ssml.reading import INSTANTS, read_ssml

SPEAK = '<speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="en-US">'
NAME = "en-US-JennyNeural"


def in_voice(markup: str) -> str:
    return f'{SPEAK}<voice name="{NAME}">{markup}</voice></speak>'


def read(markup: str) -> Document:
    return read_ssml(in_voice(markup))


def items(markup: str) -> tuple[Item, ...]:
    (passage,) = read(markup).passages
    return passage.items


def silences(markup: str) -> Silences:
    (passage,) = read(markup).passages
    return passage.silences


def note(markup: str) -> str:
    (note,) = read(markup).notes
    return note


def test_text_in_a_voice_is_one_run() -> None:
    assert read("The rainbow has seven colors.") == Document(
        (Passage(NAME, (Run("The rainbow has seven colors."),)),)
    )


def test_each_voice_is_a_passage() -> None:
    document = read_ssml(
        "<speak version='1.0' xml:lang='en-US'>\n  <voice xml:lang='en-US' xml:gender='Female' name='Ava'>\n"
        "Hi.</voice>\n\n<voice name=' de-DE-KatjaNeural '> Hallo. </voice>\n</speak>\n"
    )
    assert document == Document(
        (Passage("Ava", (Run("Hi."),)), Passage("de-DE-KatjaNeural", (Run("Hallo."),)))
    )


def test_a_voice_that_says_nothing_is_a_passage_all_the_same() -> None:
    assert read(" \n ").passages == (Passage(NAME, ()),)


def test_a_voice_inside_another_speaks_in_its_place() -> None:
    document = read("<mstts:silence type='Tailing' value='1s'/>One <voice name='b'>two</voice> three")
    tailing = Silences(tailing=1000)
    assert document.passages == (
        Passage(NAME, (Run("One"),), tailing),
        Passage("b", (Run("two"),)),
        Passage(NAME, (Run("three"),), tailing),
    )
    assert len(read("One <voice name='b'>two</voice> ").passages) == 2


def test_what_is_around_a_voice_holds_in_it() -> None:
    document = read_ssml("<speak><prosody rate='2'><p><voice name='a'>x</voice></p></prosody></speak>")
    assert document.passages == (Passage("a", (Run("x", Prosody(rate=2.0)),)),)


@pytest.mark.parametrize(
    ("written", "milliseconds"),
    [
        ("<break/>", 750),
        ("<break strength='x-weak'/>", 250),
        ("<break strength='weak'/>", 500),
        ("<break strength='Medium'/>", 750),
        ("<break strength='strong'/>", 1000),
        ("<break strength='x-strong'/>", 1250),
        ("<break strength='none'/>", 0),
        ("<break strength='enormous'/>", 750),
        ("<break time='500ms'/>", 500),
        ("<break time='0.5s'/>", 500),
        ("<break time=' 2 S ' strength='weak'/>", 2000),
        ("<break time='+.25s'></break>", 250),
        ("<break time='20001ms'/>", 20000),
        ("<break time='1000000000000s'/>", 20000),
        ("<break time='-3s'/>", 0),
        ("<break time='3'/>", 750),
        ("<break time='1m' strength='weak'/>", 500),
        ("<break time='٣s'/>", 750),
        (f"<break time='{'9' * 9000}s'/>", 750),
    ],
)
def test_a_break_is_a_rest(written: str, milliseconds: int) -> None:
    assert items(f"Now{written} then") == (Run("Now"), Rest(milliseconds), Run(" then"))


def test_a_break_may_come_first_and_last_and_twice() -> None:
    assert items(" <break/> <break time='1s'/> a <break/> ") == (Rest(750), Rest(1000), Run("a"), Rest(750))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("Leading", Silences(leading=200)),
        ("leading-Exact", Silences(leading_exact=200)),
        ("Tailing", Silences(tailing=200)),
        ("Tailing-exact", Silences(tailing_exact=200)),
        ("Sentenceboundary", Silences(sentence=200)),
        ("SentenceBoundary-exact", Silences(sentence_exact=200)),
        ("Comma-exact", Silences(comma_exact=200)),
        ("Semicolon-exact", Silences(semicolon_exact=200)),
        (" enumerationcomma-exact", Silences(enumeration_comma_exact=200)),
    ],
)
def test_a_silence_holds_for_the_whole_voice(kind: str, expected: Silences) -> None:
    assert read(f"a<mstts:silence type='{kind}' value='200ms'/>b").passages == (
        Passage(NAME, (Run("ab"),), expected),
    )


def test_of_two_silences_the_later_counts_and_the_exact_one_wins() -> None:
    assert silences(
        "<mstts:silence type='Leading-exact' value='30s'/><mstts:silence type='Leading' value='1s'/>"
        "<mstts:silence type='Tailing' value='1s'/><mstts:silence type='Tailing' value='-2s'/>"
    ) == Silences(leading_exact=20000, tailing=0)


@pytest.mark.parametrize(
    "written", ["type='Middle' value='1s'", "type='Leading' value='long'", "value='1s'", ""]
)
def test_a_silence_that_is_none_is_noted(written: str) -> None:
    assert silences(f"<mstts:silence {written}/>") == Silences()
    assert "<mstts:silence" in note(f"<mstts:silence {written}/>")


def test_a_break_outside_of_a_voice_is_noted() -> None:
    document = read_ssml("<speak><break/><mstts:silence/><voice name='a'>x</voice></speak>")
    assert document.passages == (Passage("a", (Run("x"),)),)
    assert len(document.notes) == 2


def test_sentences_and_paragraphs_end() -> None:
    assert items(" <p>\n <s>One.</s>\n<s> Two. </s> </p> <p>Three</p>") == (
        Run("One."),
        End("sentence"),
        Run("Two."),
        End("paragraph"),
        Run("Three"),
        End("paragraph"),
    )


def test_what_stands_before_a_paragraph_or_sentence_is_none_of_it() -> None:
    assert items("One<s>two</s>three<p>four</p>") == (
        Run("One"),
        End("sentence"),
        Run("two"),
        End("sentence"),
        Run("three"),
        End("paragraph"),
        Run("four"),
        End("paragraph"),
    )


def test_a_paragraph_ends_its_last_sentence_over_a_break() -> None:
    assert items("<p><s>a</s><break/></p><s/><p/>b") == (Run("a"), End("paragraph"), Rest(750), Run("b"))


def test_prosody_nests_and_is_resolved() -> None:
    assert items(
        "<prosody rate='-50%' volume='50'>a <prosody rate='+50%' pitch='+2st'>b</prosody></prosody> c"
    ) == (
        Run("a", Prosody(0.5, 0, -6.0206)),
        Run(" b", Prosody(0.75, 2.0, -6.0206)),
        Run(" c"),
    )


def test_prosody_that_changes_nothing_parts_nothing() -> None:
    assert items("a<prosody rate='0%' pitch='+0Hz' volume='default'>b</prosody>c") == (Run("abc"),)
    assert items("<prosody rate='2'>a</prosody><prosody rate='2'>b</prosody>") == (Run("ab", Prosody(2.0)),)


def test_prosody_that_is_none_is_ignored() -> None:
    assert read("<prosody rate='soon' pitch='' volume='x'>a</prosody>") == read("a")


@pytest.mark.parametrize("written", ["contour='(0%,+20Hz)'", "range='50%'", "pitch='600Hz'"])
def test_prosody_that_no_voice_follows_exactly_is_noted(written: str) -> None:
    assert "<prosody>" in note(f"<prosody {written}>a</prosody><prosody {written}>b</prosody>")


@pytest.mark.parametrize(
    ("written", "emphasis"),
    [
        ("level='reduced'", "reduced"),
        ("level=' Strong'", "strong"),
        ("", "moderate"),
        ("level='9'", "moderate"),
    ],
)
def test_emphasis_has_a_level(written: str, emphasis: str) -> None:
    (run,) = items(f"<emphasis {written}>a</emphasis>")
    assert run == Run("a", emphasis=emphasis)  # type: ignore[arg-type]  # one of the three


def test_no_emphasis_takes_it_away() -> None:
    assert items("<emphasis>a<emphasis level='none'>b</emphasis></emphasis>") == (
        Run("a", emphasis="moderate"),
        Run("b"),
    )


@pytest.mark.parametrize(
    ("written", "language"),
    [("de-DE", "de-DE"), (" fr_ca ", "fr-CA"), ("zh-hans-CN", "zh-Hans-CN"), ("EN", "en")],
)
def test_a_language_is_kept(written: str, language: str) -> None:
    assert items(f"<lang xml:lang='{written}'>a</lang>") == (Run("a", language=language),)


@pytest.mark.parametrize("written", ["xml:lang=''", "", "xml:lang='&quot;/>'", f"xml:lang='{'a' * 9000}'"])
def test_a_language_that_is_none_is_noted(written: str) -> None:
    assert items(f"<lang {written}>a</lang>") == (Run("a"),)
    assert "<lang>" in note(f"<lang {written}>a</lang>")


def test_the_language_of_the_document_is_not_that_of_its_text() -> None:
    assert read_ssml("<speak xml:lang='en-US'><voice name='de' xml:lang='x!'>a</voice></speak>").passages == (
        Passage("de", (Run("a"),)),
    )


def test_a_substitution_is_said_as_one() -> None:
    assert items("The <sub alias=' World  Wide\n Web'>W<bookmark mark='a'/>WW</sub>.") == (
        Run("The "),
        Run("WWW", alias="World Wide Web"),
        Run("."),
    )


def test_two_units_that_look_alike_are_said_twice() -> None:
    assert items("<sub alias='x'>a</sub><sub alias='x'>a</sub>") == (Run("a", alias="x"), Run("a", alias="x"))


def test_white_space_at_the_edge_of_a_unit_is_not_said() -> None:
    spelt = SayAs("characters")
    assert items(
        "<say-as interpret-as='characters'> AB </say-as> <say-as interpret-as='characters'>C</say-as> d"
    ) == (
        Run("AB", say_as=spelt),
        Run(" "),
        Run("C", say_as=spelt),
        Run(" d"),
    )
    assert items("<emphasis>a <sub alias='x'>b </sub></emphasis>c") == (
        Run("a ", emphasis="moderate"),
        Run("b", alias="x", emphasis="moderate"),
        Run(" c"),
    )


def test_elements_inside_a_unit_change_nothing() -> None:
    markup = (
        "<sub alias='x'>a<break/><say-as interpret-as='date'>b</say-as> <p>c</p><bookmark mark='m'/></sub>"
    )
    assert items(markup) == (Run("ab c", alias="x"),)
    assert [sentence.split()[0] for sentence in read(markup).notes] == ["<break>", "<say-as>", "<p>"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("interpret-as='Spell-Out'", SayAs("spell-out")),
        ("interpret-as='number_digit'", SayAs("number_digit")),
        ("interpret-as='date' format='DMY'", SayAs("date", "dmy")),
        ("interpret-as='time' format='hms12'", SayAs("time", "hms12")),
        ("interpret-as='telephone' format='1' detail='2'", SayAs("telephone", "1", "2")),
    ],
)
def test_text_is_said_as_what_it_is(written: str, expected: SayAs) -> None:
    assert read(f"<say-as {written}>1</say-as>") == Document((Passage(NAME, (Run("1", say_as=expected),)),))


def test_a_format_of_something_else_is_noted() -> None:
    markup = "<say-as interpret-as='date' format='hms12'>1</say-as>"
    assert items(markup) == (Run("1", say_as=SayAs("date")),)
    assert "hms12" in note(markup)


@pytest.mark.parametrize("alphabet", ["ipa", "x-sampa", "IPA"])
def test_a_phoneme_is_kept(alphabet: str) -> None:
    (run,) = items(f"<phoneme alphabet='{alphabet}' ph='t&#x259;'>a</phoneme>")
    assert run == Run("a", phoneme=Phoneme(alphabet.lower(), "tə"))  # type: ignore[arg-type]  # one of the two


def test_a_phoneme_is_in_ipa_unless_it_says_otherwise() -> None:
    assert items("<phoneme ph='tə'>a</phoneme>") == (Run("a", phoneme=Phoneme("ipa", "tə")),)


@pytest.mark.parametrize(
    "element",
    [
        "<sub>a</sub>",
        "<sub alias=' '>a</sub>",
        "<say-as>a</say-as>",
        "<say-as interpret-as='poem'>a</say-as>",
        "<phoneme alphabet='sapi' ph='iy eh'>a</phoneme>",
        "<phoneme alphabet='ups' ph='JH AU'>a</phoneme>",
        "<phoneme alphabet='ipa'>a</phoneme>",
        "a<lexicon uri='https://example.com/lexicon.xml'/>",
        "<audio src='https://example.com/a.mp3'>a</audio>",
        "a<audio src='https://example.com/a.mp3'/>",
        "a<mstts:audioduration value='20s'/>",
        "<mstts:express-as style='sad' styledegree='2' role='Girl'>a</mstts:express-as>",
        "<mstts:ttsembedding speakerProfileId='x'>a</mstts:ttsembedding>",
        "<mstts:dialog>a</mstts:dialog>",
        "<math xmlns='http://www.w3.org/1998/Math/MathML'>a</math>",
        "<mstts:prompt domain='Math'>a</mstts:prompt>",
        "a<mstts:mathspeechverbosity level='verbose'/>",
        "a<mstts:voiceconversion url='https://example.com/a.wav'/>",
        "<speak>a</speak>",
        "<blink>a</blink>",
    ],
)
def test_what_cannot_be_done_is_noted_and_its_text_spoken(element: str) -> None:
    assert items(element) == (Run("a"),)
    assert "left out" in note(element + " ")


def test_music_behind_the_voices_is_noted() -> None:
    document = read_ssml(
        "<speak><mstts:backgroundaudio src='x'/><voice name='a' effect='eq_car'>x</voice></speak>"
    )
    assert document.passages == (Passage("a", (Run("x"),)),)
    assert [("backgroundaudio" in sentence, "effect" in sentence) for sentence in document.notes] == [
        (True, False),
        (False, True),
    ]


@pytest.mark.parametrize("element", ["<bookmark mark='x'/>", "<mstts:viseme type='redlips_front'/>"])
def test_what_leaves_no_trace_parts_no_word(element: str) -> None:
    assert read(f"ex{element}ample") == read("example")


def test_turns_of_a_dialogue_end() -> None:
    assert items(
        "<mstts:dialog><mstts:turn speaker='a'>Yes</mstts:turn><mstts:turn>No</mstts:turn></mstts:dialog>"
    ) == (
        Run("Yes"),
        End("sentence"),
        Run("No"),
        End("sentence"),
    )


def test_the_signs_of_a_formula_stand_apart() -> None:
    formula = "<math><mfrac><mn>1</mn><mi>x</mi></mfrac><mo>=</mo><p/></math>"
    assert items(f"So{formula}holds") == (Run("So"), Run(" 1 x ="), Run(" holds"))
    assert "<math>" in note(formula)


def test_white_space_is_one_space_and_none_at_the_edges() -> None:
    assert items("\r\n\t a \n\n <emphasis> b</emphasis>\u2028<s>c </s> ") == (
        Run("a"),
        Run(" b", emphasis="moderate"),
        End("sentence"),
        Run("c"),
        End("sentence"),
    )
    assert items("a\u00a0b\u0085c") == (Run("a\u00a0b c"),)


def test_comments_and_instructions_and_sections_part_no_word() -> None:
    assert items("ex<!-- <voice> & -->am<?php echo ?><![CDATA[ple & <so>]]> &lt;&#65;&amp;&#x42;") == (
        Run("example & <so> <A&B"),
    )


def test_characters_that_no_voice_takes_are_left_out() -> None:
    assert items("a\x7fb\ufeffc\ud83dd&#x80;e \x7f f") == (Run("abcde f"),)


@pytest.mark.parametrize(
    "before", ["\ufeff", " \n", "<?xml version='1.0' encoding='utf-16'?>", "\n\ufeff <?xml version='1.0'?>\n"]
)
def test_what_may_stand_before_the_document_is_skipped(before: str) -> None:
    assert read_ssml(before + in_voice("ü")) == read("ü")


def test_names_are_read_in_any_case_and_with_any_prefix() -> None:
    document = read_ssml(
        "<ssml:Speak><Voice xmlns:name='x' NAME='a' mstts:name='b'><BREAK Time='1s'/>"
        "<ms:Silence Type='Leading' VALUE='1s'/><synthesis:P>x</synthesis:P></Voice></ssml:Speak>"
    )
    passage = Passage("a", (Rest(1000), Run("x"), End("paragraph")), Silences(leading=1000))
    assert document == Document((passage,))


def test_notes_are_few_and_short() -> None:
    notes = read("".join(f"<{'x' * 500}{number}/>" for number in range(200)) + "<audio/>" * 9).notes
    assert len(notes) == 2
    notes = read("".join(f"<x{number}/>" for number in range(200))).notes
    assert len(notes) == 50
    assert max(map(len, notes)) < 300


PAGE = Path(__file__).parents[2] / "docs" / "batch-ssml.md"


def test_the_page_names_every_element_that_is_known() -> None:
    page = PAGE.read_text().replace("`mstts:", "`")
    known = {*CHANGES, *LEFT_OUT, *SILENT, *STRUCTURE, *INSTANTS, "voice"}
    assert not [name for name in known if f"`{name}`" not in page]
    assert not [kind for kind in SAID_AS if kind not in page]
