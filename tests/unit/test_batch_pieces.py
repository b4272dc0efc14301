"""From a document to what the voices are asked."""

import time

import pytest

from dropcast.jobs.batch.pieces import Compiled, pieces_of
from dropcast.jobs.batch.plan import Piece, Token
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
from dropcast.scripts.pronunciations import Pronunciation
from dropcast.scripts.ssml import ssml_flaw
from dropcast.voices.catalog import voice_named

NAMES = {
    "neural": "en-US-Neural2-F",
    "chirp": "en-US-Chirp3-HD-Kore",
    "journey": "en-US-Journey-F",
    "studio": "en-US-Studio-O",
}
VOICES = {name: voice_named(voice) for name, voice in NAMES.items()}
FAST = Prosody(rate=1.5, pitch_semitones=2, volume_db=-3)


def compiled(voice: str, *items: Item, silences: Silences = Silences(), timed: bool = False) -> Compiled:
    return pieces_of(Document((Passage(voice, items, silences),)), VOICES, timed=timed)


def contents(compiled: Compiled) -> list[str]:
    return [piece.request.content for piece in compiled.pieces]


def only(compiled: Compiled) -> Piece:
    (piece,) = compiled.pieces
    return piece


def rests(compiled: Compiled) -> list[int]:
    return [*(piece.rest_before_ms for piece in compiled.pieces), compiled.rest_after_ms]


def trims(compiled: Compiled) -> list[tuple[bool, bool]]:
    return [(piece.trim_start, piece.trim_end) for piece in compiled.pieces]


class TestPlainText:
    @pytest.mark.parametrize("voice", NAMES)
    def test_is_one_request_of_plain_text(self, voice: str) -> None:
        request = only(compiled(voice, Run("The rainbow has seven colors."))).request
        assert (request.kind, request.content) == ("text", "The rainbow has seven colors.")
        assert (request.voice, request.language_code) == (NAMES[voice], "en-US")
        assert (request.speaking_rate, request.pitch, request.volume_gain_db) == (None, None, None)
        assert not request.marks

    def test_has_its_prosody_in_the_options_of_the_request(self) -> None:
        request = only(compiled("neural", Run("Hello there.", FAST))).request
        assert (request.kind, request.content) == ("text", "Hello there.")
        assert (request.speaking_rate, request.pitch, request.volume_gain_db) == (1.5, 2.0, -3.0)

    @pytest.mark.parametrize("voice", ["neural", "chirp"])
    def test_what_nobody_hears_between_runs_parts_nothing(self, voice: str) -> None:
        loud = Prosody(volume_db=6)
        request = only(
            compiled(voice, Run(" "), Run("Hello", loud), Run(", "), Run("you", loud), Run("!"))
        ).request
        assert (request.kind, request.content, request.volume_gain_db) == ("text", "Hello, you!", 6.0)

    def test_is_cut_behind_a_paragraph_where_one_request_is_full(self) -> None:
        paragraph = "All work and no play makes Jack a dull boy. " * 60
        found = contents(compiled("chirp", Run(f"{paragraph}\n{paragraph}")))
        assert found == [paragraph.strip(), paragraph.strip()]

    def test_is_cut_behind_a_sentence_where_a_paragraph_is_too_long(self) -> None:
        sentence = "All work and no play makes Jack a dull boy."
        result = compiled("chirp", Run(" ".join([sentence] * 200)))
        assert len(result.pieces) == 2
        assert all(content.endswith("boy.") and content.startswith("All") for content in contents(result))
        assert rests(result) == [0, 0, 0]
        assert trims(result) == [(False, False)] * 2  # the silence of the clips is the pause

    def test_is_cut_at_a_comma_with_the_pause_of_one_where_a_sentence_is_too_long(self) -> None:
        result = compiled("chirp", Run("and so it goes, " * 400))
        assert rests(result) == [0, 150, 0]
        assert trims(result) == [(False, True), (True, False)]
        assert contents(result)[0].endswith("goes,")

    def test_ends_a_heading_with_a_stop_but_not_the_last_words(self) -> None:
        end = End("paragraph")
        items = Run("A heading"), end, Run("Text."), End("sentence"), Run("標題"), end, Run("The end"), end
        assert contents(compiled("chirp", *items)) == ["A heading.\nText. 標題。\nThe end"]

    def test_has_no_character_that_cannot_be_sent(self) -> None:
        assert contents(compiled("chirp", Run("a\x00b\ud800c\x1fd\uffff"))) == ["abc d"]


class TestVoicesThatReadSsml:
    def test_a_document_with_everything(self) -> None:
        result = compiled(
            "neural",
            Run("It is & so <on>. "),
            Run("Really fast", FAST),
            Run(" talk. "),
            Rest(300),
            Run("W3C", alias="World Wide Web Consortium"),
            Run(" on "),
            Run("12/03/2024", say_as=SayAs("date", "mdy")),
            Run(", "),
            Run("tomato", phoneme=Phoneme("x-sampa", 't@"meIt"oU')),
            Run(" "),
            Run("bonjour", language="fr-FR", emphasis="strong"),
            Run(" now."),
        )
        assert only(result).request.content == (
            "<speak>It is &amp; so &lt;on&gt;. "
            '<prosody rate="150%" pitch="+2st" volume="-3dB">Really fast</prosody> talk. '
            '<break time="300ms"/>'
            'World Wide Web Consortium on <say-as interpret-as="date" format="mdy">12/03/2024</say-as>, '
            '<phoneme alphabet="x-sampa" ph="t@&quot;meIt&quot;oU">tomato</phoneme> '
            '<lang xml:lang="fr-FR"><emphasis level="strong">bonjour</emphasis></lang> now.</speak>'
        )
        assert result.notes == ()

    @pytest.mark.parametrize(
        ("azure", "form", "google"),
        [
            ("spell-out", None, 'say-as interpret-as="characters"'),
            ("number_digit", None, 'say-as interpret-as="characters"'),
            ("Number", None, 'say-as interpret-as="cardinal"'),
            ("ordinal", None, 'say-as interpret-as="ordinal"'),
            ("fraction", None, 'say-as interpret-as="fraction"'),
            ("currency", None, 'say-as interpret-as="currency"'),
            ("date", "dmy", 'say-as interpret-as="date" format="dmy"'),
            ("date", '"&', 'say-as interpret-as="date"'),
            ("time", "hms24", 'say-as interpret-as="time" format="hms24"'),
            ("telephone", "1", 'say-as interpret-as="telephone" format="1"'),
        ],
    )
    def test_say_as_has_googles_names(self, azure: str, form: str | None, google: str) -> None:
        found = only(compiled("neural", Run("12", say_as=SayAs(azure, form)))).request.content
        assert found == f"<speak><{google}>12</say-as></speak>"

    def test_what_google_cannot_say_is_read_as_text_and_noted(self) -> None:
        result = compiled("neural", Run("12 Main St", say_as=SayAs("address")))
        assert contents(result) == ["12 Main St"]
        assert result.notes == (
            '<say-as interpret-as="address"> was left out: Neural2 voices read it as they read any text.',
        )

    def test_long_breaks_lie_between_pieces_and_are_exact(self) -> None:
        result = compiled(
            "neural", Rest(400), Run("One."), Rest(999), Run("Two."), Rest(1000), Run("Three."), Rest(7)
        )
        assert contents(result) == ['<speak>One.<break time="999ms"/>Two.</speak>', "Three."]
        assert rests(result) == [400, 1000, 7]
        assert trims(result) == [(True, True), (True, True)]

    def test_a_break_where_a_request_is_full_is_exact(self) -> None:
        items = [item for _ in range(300) for item in (Run("A sentence of some length. "), Rest(300))]
        result = compiled("neural", *items)
        assert len(result.pieces) > 1
        assert rests(result)[1:] == [300] * len(result.pieces)
        inside = sum(content.count('<break time="300ms"/>') for content in contents(result))
        assert inside + len(result.pieces) == 300

    def test_ends_that_no_mark_shows_are_said(self) -> None:
        items = Run("Title", FAST), End("sentence"), Run("Text. More"), End("paragraph"), Run("Last")
        assert only(compiled("neural", *items)).request.content == (
            '<speak><p><s><prosody rate="150%" pitch="+2st" volume="-3dB">Title</prosody></s>Text. More</p>'
            "<p>Last</p></speak>"
        )

    def test_a_long_sentence_is_several_to_the_service(self) -> None:
        items = Run("and so it goes on and on, " * 60), Run("x", FAST)
        content = only(compiled("neural", *items)).request.content
        assert content.count("<s>") == 3
        assert all(len(part.encode()) < 600 for part in content.split("</s>"))

    def test_prosody_that_a_cut_parts_is_said_in_each_piece(self) -> None:
        result = compiled("neural", Run("Slowly now. ", Prosody(0.5)), Run("Fast sentence. " * 600, FAST))
        assert len(result.pieces) > 1
        assert result.pieces[0].request.content.count("<prosody") == 2
        last = result.pieces[-1].request
        assert (last.kind, last.speaking_rate) == ("text", 1.5)

    def test_studio_has_no_pitch_and_no_emphasis(self) -> None:
        result = compiled("studio", Run("Up ", Prosody(pitch_semitones=3)), Run("loud", emphasis="strong"))
        assert contents(result) == ["Up loud"]
        assert only(result).request.pitch is None
        assert len(result.notes) == 2

    def test_pauses_of_a_given_length_stand_behind_marks(self) -> None:
        silences = Silences(comma_exact=200, semicolon_exact=300, enumeration_comma_exact=1500)
        result = compiled("neural", Run("One, 1,000; two、三"), silences=silences)
        assert contents(result) == [
            '<speak>One,<break time="200ms"/> 1,000;<break time="300ms"/> two、</speak>',
            "三",
        ]
        assert rests(result) == [0, 1500, 0]


class TestVoicesThatReadTextOnly:
    def test_a_break_parts_pieces_and_is_exact(self) -> None:
        result = compiled("chirp", Run("One"), Rest(20), Run("two."), Rest(3000))
        assert contents(result) == ["One", "two."]
        assert rests(result) == [0, 20, 3000]
        assert trims(result) == [(False, True), (True, True)]

    def test_another_rate_is_another_piece(self) -> None:
        result = compiled(
            "chirp", Run("This is "), Run("fast", FAST), Run(", but not this. "), Run("Nor this.")
        )
        assert contents(result) == ["This is", "fast", ", but not this. Nor this."]
        assert [piece.request.speaking_rate for piece in result.pieces] == [None, 1.5, None]
        assert [piece.request.volume_gain_db for piece in result.pieces] == [None, -3.0, None]
        assert rests(result) == [0, 40, 150, 0]
        assert result.notes == ("The pitch was left out: Chirp3-HD voices have their own.",)

    def test_between_sentences_another_rate_leaves_the_pause_of_the_clips(self) -> None:
        result = compiled("chirp", Run("One. "), Run("Two.", FAST))
        assert (rests(result), trims(result)) == ([0, 0, 0], [(False, False)] * 2)

    def test_what_a_family_cannot_do_parts_nothing(self) -> None:
        result = compiled("journey", Run("One ", Prosody(rate=2)), Run("two ", emphasis="strong"), Run("3."))
        assert contents(result) == ["One two 3."]
        assert result.notes == (
            "The rate was left out: Journey voices have their own.",
            "Emphasis was left out: Journey voices speak in their own way.",
        )

    def test_an_alias_is_said_and_sounds_go_beside_the_text(self) -> None:
        result = compiled(
            "chirp",
            Run("W3C", alias="the consortium"),
            Run(" eats "),
            Run("tomato", phoneme=Phoneme("ipa", "təˈmɑː")),
        )
        assert contents(result) == ["the consortium eats tomato"]
        assert only(result).request.pronunciations == (Pronunciation("tomato", "ipa", "təˈmɑː"),)

    def test_what_is_spelt_is_set_apart(self) -> None:
        spelt = (
            Run("ABC", say_as=SayAs("characters")),
            Run(" "),
            Run("+49 (170) 12", say_as=SayAs("telephone")),
        )
        assert contents(compiled("chirp", *spelt)) == ["A B C +4 9, 1 7 0, 1 2"]

    def test_the_rate_is_kept_in_range(self) -> None:
        request = only(compiled("chirp", Run("Hello.", Prosody(rate=9, volume_db=70)))).request
        assert (request.speaking_rate, request.volume_gain_db) == (2.0, 16.0)


class TestSilence:
    def test_of_a_voice_comes_on_top_or_instead(self) -> None:
        on_top = compiled("chirp", Run("One."), silences=Silences(leading=300, tailing=500))
        assert (rests(on_top), trims(on_top)) == ([300, 500], [(False, False)])
        instead = compiled("chirp", Run("One."), silences=Silences(leading_exact=0, tailing_exact=500))
        assert (rests(instead), trims(instead)) == ([0, 500], [(True, True)])

    def test_between_sentences_cuts_at_each(self) -> None:
        text = Run("One. Two! Three?")
        on_top = compiled("neural", text, silences=Silences(sentence=400))
        assert contents(on_top) == ["One.", "Two!", "Three?"]
        assert (rests(on_top), trims(on_top)) == ([0, 400, 400, 0], [(False, False)] * 3)
        instead = compiled("chirp", text, silences=Silences(sentence_exact=0))
        assert rests(instead) == [0, 0, 0, 0]
        assert trims(instead) == [(False, True), (True, True), (True, False)]

    def test_of_volume_zero_is_a_pause_about_as_long(self) -> None:
        result = compiled(
            "neural", Run("One "), Run("x" * 30, Prosody(silent=True)), Run(" two."), timed=True
        )
        assert rests(result) == [0, 2000, 0]
        assert [token.text for piece in result.pieces for token in piece.tokens] == [
            "One",
            "x" * 30,
            "two",
            ".",
        ]
        assert [token.is_word for piece in result.pieces for token in piece.tokens] == [
            True,
            False,
            True,
            False,
        ]

    def test_alone_gives_no_piece(self) -> None:
        result = compiled("neural", Rest(200), Run("…"), Rest(5000), Run(" "))
        assert (result.pieces, result.rest_after_ms) == ((), 5200)

    def test_between_marks_that_nobody_speaks_is_kept(self) -> None:
        items = (
            Run("…"),
            Rest(300),
            Run("…"),
            Rest(1000),
            Run("One."),
            Rest(1000),
            Run("—"),
            Rest(20),
            Run("—"),
        )
        assert rests(compiled("neural", *items)) == [1300, 1020]

    def test_at_another_voice_is_that_of_a_conversation(self) -> None:
        document = Document((Passage("neural", (Run("Hello."),)), Passage("chirp", (Run("Hi."),))))
        result = pieces_of(document, VOICES, timed=False)
        assert [piece.request.voice for piece in result.pieces] == [NAMES["neural"], NAMES["chirp"]]
        assert (rests(result), trims(result)) == ([0, 300, 0], [(False, True), (True, False)])

    def test_that_was_asked_for_at_another_voice_is_exact(self) -> None:
        document = Document((Passage("neural", (Run("Hello."), Rest(2000))), Passage("chirp", (Run("Hi."),))))
        assert rests(pieces_of(document, VOICES, timed=False)) == [0, 2000, 0]


class TestTimes:
    def test_a_mark_stands_before_each_word(self) -> None:
        piece = only(compiled("neural", Run("It's 3.5 <m>, so. Yes"), timed=True))
        assert piece.request.marks
        assert piece.request.content == (
            '<speak><mark name="0"/>It\'s <mark name="1"/>3.5 &lt;<mark name="3"/>m&gt;, '
            '<mark name="6"/>so. <mark name="8"/>Yes</speak>'
        )
        assert piece.sentences == ("It's 3.5 <m>, so.", "Yes")
        assert piece.tokens[6:] == (
            Token("so", 0, is_word=True),
            Token(".", 0, is_word=False),
            Token("Yes", 1, is_word=True),
        )

    def test_prosody_of_the_whole_stays_in_the_options(self) -> None:
        request = only(compiled("neural", Run("Hi.", FAST), timed=True)).request
        assert request.content == '<speak><mark name="0"/>Hi.</speak>'
        assert request.speaking_rate == 1.5

    def test_what_is_said_otherwise_has_one_mark_and_its_own_tokens(self) -> None:
        items = Run("I "), Run("(am) it", alias="was"), Run(" "), Run("1 2", say_as=SayAs("characters"))
        piece = only(compiled("neural", *items, timed=True))
        assert piece.request.content == (
            '<speak><mark name="0"/>I <mark name="2"/>was <mark name="5"/>'
            '<say-as interpret-as="characters">1 2</say-as></speak>'
        )
        assert [token.text for token in piece.tokens] == ["I", "(", "am", ")", "it", "1", "2"]

    def test_a_mark_with_an_alias_is_a_word(self) -> None:
        piece = only(compiled("neural", Run("I "), Run("♥", alias="love"), Run(" it"), timed=True))
        assert [token.is_word for token in piece.tokens] == [True, True, True]
        assert '<mark name="1"/>love' in piece.request.content

    def test_no_mark_parts_characters_of_one_word(self) -> None:
        piece = only(compiled("neural", Run("日本語。東京"), timed=True))
        assert piece.request.content == '<speak><mark name="0"/>日本語。<mark name="4"/>東京</speak>'

    def test_voices_without_marks_are_asked_for_none(self) -> None:
        for voice in ("chirp", "journey", "studio"):
            piece = only(compiled(voice, Run("Hi. "), Run("You."), timed=True))
            assert (piece.request.kind, piece.request.marks) == ("text", False)
            assert piece.sentences == ("Hi.", "You.")

    def test_tokens_are_left_out_unless_they_are_wanted(self) -> None:
        piece = only(compiled("neural", Run("Hi.")))
        assert (piece.tokens, piece.sentences) == ((), ())

    def test_marks_alone_belong_to_what_was_said_before(self) -> None:
        first, second = compiled(
            "chirp", Run("« "), Rest(9), Run("Hi "), Rest(10), Run("… »"), Rest(5), Run("you"), timed=True
        ).pieces
        assert [token.text for token in first.tokens] == ["«", "Hi", "…", "»"]
        assert first.sentences == ("« Hi … »",)
        assert (first.request.content, second.request.content) == ("Hi", "you")
        assert (first.rest_before_ms, second.rest_before_ms) == (9, 15)

    def test_sentences_as_written_keep_apart_what_the_document_does(self) -> None:
        items = Run("One"), End("sentence"), Run("—"), End("sentence"), Run("hush", Prosody(silent=True))
        assert only(compiled("neural", *items, timed=True)).sentences == ("One — hush",)

    def test_a_sentence_goes_on_behind_an_alias_with_a_point(self) -> None:
        items = Run("Here is "), Run("Drx.", alias="Doctor"), Run(" Smith. Bye."), Rest(1)
        assert only(compiled("neural", *items, timed=True)).sentences == ("Here is Drx. Smith.", "Bye.")

    def test_a_sentence_may_end_behind_an_alias(self) -> None:
        items = Run("He left. "), Run("W3C", alias="They"), Run(" came.")
        assert only(compiled("neural", *items, timed=True)).sentences == ("He left.", "W3C came.")


def test_large_batches_are_compiled_in_seconds() -> None:
    start = time.process_time()
    compiled("neural", Run("The rainbow has seven colors, and it's pretty. " * 45_000), timed=True)
    one_large = time.process_time() - start
    for number in range(10_000):
        compiled("neural", Run(f"The rainbow has {number} colors."), timed=True)
    many_small = time.process_time() - start - one_large
    print(f"2 MB: {one_large:.1f} s; 10,000 inputs: {many_small:.1f} s")
    assert one_large + many_small < 60  # a tenth of that, where nothing else runs


@pytest.mark.parametrize("timed", [False, True])
@pytest.mark.parametrize("unit", ['&<>" ', "a b ", "日本語", "x", "👩‍👩‍👧 a ", "a\u0301"])
def test_text_without_any_place_to_cut_fits_all_the_same(unit: str, timed: bool) -> None:  # noqa: FBT001
    result = compiled("neural", Run(unit * 4_000, FAST), Run(" end"), timed=timed)
    for content in contents(result):
        assert len(content.encode()) <= 5000
        assert not content.startswith("<speak>") or ssml_flaw(content) is None
