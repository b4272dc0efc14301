"""What holds of the pieces of any document at all."""

import re
from html import unescape
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from dropcast.jobs.batch.pieces import Compiled, pieces_of
from dropcast.jobs.batch.pieces_runs import SILENT_BYTES_PER_SECOND
from dropcast.scripts.batch.document import (
    Document,
    End,
    Passage,
    Phoneme,
    Prosody,
    Rest,
    Run,
    SayAs,
    Silences,
)
from dropcast.scripts.speakable import has_speech
from dropcast.scripts.ssml import ssml_flaw
from dropcast.voices.catalog import voice_named
from dropcast.voices.families import family_of
from dropcast.voices.request import objections

VOICES = {
    name: voice_named(name)
    for name in (
        "en-US-Neural2-F",
        "ja-JP-Wavenet-A",
        "en-US-Chirp3-HD-Kore",
        "en-US-Journey-F",
        "en-US-Studio-O",
        "en-US-Polyglot-1",
    )
}
TAG, MARK = re.compile("<[^>]*>"), re.compile('<mark name="([0-9]+)"/>')
BREAK = re.compile('<break time="([0-9]+)ms"/>')

characters = st.sampled_from("aB7 é日。、かกั!?.,;…—'\"&<]-\n\t\u00a0\u200b\x00\x1f\x85\ud800\ufffe😀\u0301한")
words = st.one_of(
    st.text(characters, max_size=30),
    st.sampled_from(["The rainbow has seven colors. ", "don't, 3.5; ", "Dr. Who: ", "... ", " ", "東京は。"]),
    st.text(max_size=10),
)
long_words = st.builds(lambda text, times: text * times, words, st.sampled_from([1, 1, 1, 1, 1, 1, 60, 300]))
numbers = st.floats(-30, 30).map(lambda value: round(value, 2))
prosodies = st.one_of(
    st.just(Prosody()),
    st.just(Prosody(rate=1.5)),
    st.builds(Prosody, st.floats(0.01, 5), numbers, numbers),
)
silent = st.just(Prosody(silent=True))
say_as = st.builds(
    SayAs,
    st.sampled_from(["characters", "Cardinal", "date", "time", "telephone", "address", '"><']),
    st.sampled_from([None, "mdy", "hms12", '"&<']),
)
phonemes = st.builds(Phoneme, st.sampled_from(["ipa", "x-sampa"]), st.one_of(st.just('t@"meI<'), words))


def runs(prosodies: st.SearchStrategy[Prosody]) -> st.SearchStrategy[Run]:
    emphases = st.sampled_from([None, None, None, "strong", "reduced"])
    languages = st.sampled_from([None, None, None, "fr-FR", "en-US", 'x"y'])
    return st.one_of(
        st.builds(Run, long_words, prosodies),
        st.builds(Run, long_words, prosodies, emphasis=emphases, language=languages),
        st.builds(Run, words, prosodies, alias=long_words, emphasis=emphases),
        st.builds(Run, long_words, prosodies, say_as=say_as, language=languages),
        st.builds(Run, long_words, prosodies, phoneme=phonemes),
    )


milliseconds = st.integers(0, 3000)
rests = milliseconds.map(Rest)
ends = st.sampled_from([End("sentence"), End("paragraph")])
maybe = st.one_of(st.none(), st.none(), st.none(), milliseconds)
silences = st.builds(Silences, *[maybe] * 9)


def documents(
    run: st.SearchStrategy[Run], silence: st.SearchStrategy[Silences] = silences, passages: int = 3
) -> st.SearchStrategy[Document]:
    items = st.lists(st.one_of(run, run, rests, ends), max_size=12).map(tuple)
    passage = st.builds(Passage, st.sampled_from(list(VOICES)), items, silence)
    return st.builds(Document, st.lists(passage, max_size=passages).map(tuple))


ANY = documents(runs(st.one_of(prosodies, prosodies, silent)))


def runs_of(document: Document) -> list[Run]:
    return [item for passage in document.passages for item in passage.items if isinstance(item, Run)]


def letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def said(compiled: Compiled) -> str:
    return "".join(
        letters(plain(piece.request.content) if piece.request.kind == "ssml" else piece.request.content)
        for piece in compiled.pieces
    )


def plain(ssml: str) -> str:
    return unescape(TAG.sub("", ssml))


@given(ANY, st.booleans())
@settings(max_examples=60)
def test_every_request_is_one_that_its_voice_speaks(document: Document, timed: bool) -> None:  # noqa: FBT001
    for piece in pieces_of(document, VOICES, timed=timed).pieces:
        request = piece.request
        assert objections(request) == ()
        assert len(request.content.encode()) <= family_of(request.voice).max_bytes
        if request.kind == "ssml":
            assert ssml_flaw(request.content) is None
            assert has_speech(plain(request.content))
        else:
            assert has_speech(request.content)
        assert request.marks == bool(MARK.search(request.content))


@given(ANY, st.booleans())
@settings(max_examples=60)
def test_every_word_is_said_once_and_in_order(document: Document, timed: bool) -> None:  # noqa: FBT001
    audible = (run for run in runs_of(document) if not run.prosody.silent)
    expected = "".join(run.text if run.alias is None else run.alias for run in audible)
    assert said(pieces_of(document, VOICES, timed=timed)) == letters(expected)


@given(ANY)
@settings(max_examples=60)
def test_tokens_are_the_text_as_written_without_white_space(document: Document) -> None:
    pieces = pieces_of(document, VOICES, timed=True).pieces
    written = "".join("".join(run.text.split()) for run in runs_of(document))
    tokens = "".join(token.text for piece in pieces for token in piece.tokens)
    assert tokens == (written if pieces else "")
    for piece in pieces:
        assert "".join("".join(piece.sentences).split()) == "".join(token.text for token in piece.tokens)
        numbers = [token.sentence for token in piece.tokens]
        assert sorted(set(numbers)) == list(range(len(piece.sentences)))
        assert numbers == sorted(numbers)


@given(ANY)
@settings(max_examples=40)
def test_marks_name_words_in_order(document: Document) -> None:
    for piece in pieces_of(document, VOICES, timed=True).pieces:
        marks = [int(name) for name in MARK.findall(piece.request.content)]
        assert all(before < after for before, after in pairwise(marks))
        assert all(piece.tokens[mark].is_word for mark in marks)


@given(documents(st.builds(Run, text=long_words)))
@settings(max_examples=30)
def test_a_mark_stands_right_before_the_word_that_it_names(document: Document) -> None:
    for piece in pieces_of(document, VOICES, timed=True).pieces:
        _, *parts = MARK.split(piece.request.content)
        for name, text in zip(parts[::2], parts[1::2], strict=True):
            begins = letters(plain(text))
            assert begins.startswith(letters(piece.tokens[int(name)].text))


@given(documents(runs(prosodies), st.just(Silences()), passages=1), st.booleans())
@settings(max_examples=40)
def test_every_break_is_there_at_its_full_length(document: Document, timed: bool) -> None:  # noqa: FBT001
    result = pieces_of(document, VOICES, timed=timed)
    inside = sum(int(ms) for piece in result.pieces for ms in BREAK.findall(piece.request.content))
    between = [piece.rest_before_ms for piece in result.pieces]
    wanted = sum(
        item.milliseconds for passage in document.passages for item in passage.items if isinstance(item, Rest)
    )
    seams = sum(ms for ms in between if ms in (40, 150))  # where one request was full, or the manner changed
    total = inside + sum(between) + result.rest_after_ms
    assert wanted <= total <= wanted + 150 * len(between)
    if not seams:
        assert total == wanted


@given(documents(st.builds(Run, text=words, prosody=silent), st.just(Silences()), passages=1))
@settings(max_examples=20)
def test_silence_is_never_asked_for(document: Document) -> None:
    result = pieces_of(document, VOICES, timed=True)
    assert result.pieces == ()
    spoken = sum(len(run.text.strip().encode("utf-8", "surrogatepass")) for run in runs_of(document))
    assert result.rest_after_ms >= 1000 * spoken / SILENT_BYTES_PER_SECOND - 12


@given(ANY, st.booleans())
@settings(max_examples=20)
def test_the_same_document_gives_the_same_pieces(document: Document, timed: bool) -> None:  # noqa: FBT001
    assert pieces_of(document, VOICES, timed=timed) == pieces_of(document, VOICES, timed=timed)


@given(documents(st.builds(Run, long_words, prosodies)))
@settings(max_examples=30)
def test_each_sentence_holds_a_word(document: Document) -> None:
    for piece in pieces_of(document, VOICES, timed=True).pieces:
        assert piece.sentences
        spoken = {token.sentence for token in piece.tokens if token.is_word}
        assert spoken == set(range(len(piece.sentences)))
