"""Every token has its time: told by marks where they can be right, estimated from the sound otherwise."""

import math
import re
from time import monotonic
from xml.sax.saxutils import escape

import grpc
import numpy as np
import pytest
from google.cloud import texttospeech_v1beta1
from google.cloud.texttospeech_v1beta1.services.text_to_speech import transports
from hypothesis import given
from hypothesis import strategies as st

from dropcast.jobs.batch.plan import Piece, Token
from dropcast.jobs.batch.timing import Boundary, Mark
from dropcast.jobs.measures import Measures
from dropcast.sound.alignment import sentence_boundaries, token_boundaries
from dropcast.sound.loudness import stored_energies
from dropcast.sound.marks import word_starts
from dropcast.sound.measuring import measure
from dropcast.sound.pauses import Pause, speech_of
from dropcast.sound.spoken_length import spoken_length
from dropcast.sound.wav import parse_wav
from dropcast.voices.request import speech_request
from standins import stand_in

RATE = 24_000
STEP = RATE // 100
LOUD, BREATH = 1e-2, 1e-5
REQUEST = speech_request(kind="text", content="-", voice="en-US-Neural2-D", language_code="en-US")


def piece(text, **trimmed):
    """A piece of a text whose tokens are separated by spaces, "|" where a sentence ends."""
    sentences = text.split("|")
    tokens = [
        Token(word, number, any(map(str.isalnum, word)))
        for number, sentence in enumerate(sentences)
        for word in sentence.split()
    ]
    return Piece(REQUEST, tuple(tokens), tuple(map(str.strip, sentences)), **trimmed)


def clip(*stretches, speech=None):
    """A clip of stretches of (milliseconds, mean square)."""
    energies = np.concatenate([[level] * (length // 10) for length, level in stretches])
    samples = len(energies) * STEP
    loud = np.flatnonzero(energies >= BREATH) * STEP
    start, end = speech or (int(loud[0]), int(loud[-1]) + STEP)
    return Measures(samples, start, end, 0.5, 0.5, stored_energies(energies))


def spoken(*milliseconds):
    """A clip of sound and pauses in turn, and silence around."""
    turns = [(length, 0.0 if at % 2 else LOUD) for at, length in enumerate(milliseconds)]
    return clip((100, 0.0), *turns, (500, 0.0))


def marks(*seconds):
    return tuple(Mark(token, at) for token, at in enumerate(seconds) if at is not None)


def times(timed):
    return [(token.text, token.start * 1000 // RATE, token.end * 1000 // RATE) for token in timed.tokens]


def aligned(text, measures, told=(), **trimmed):
    return token_boundaries(piece(text, **trimmed), measures, told, RATE)


# Marks.


def test_a_word_starts_where_its_mark_says_and_ends_where_the_next_one_starts():
    timed = aligned("one two three", spoken(900), marks(0.1, 0.35, 0.8))
    assert times(timed) == [("one", 100, 350), ("two", 350, 800), ("three", 800, 1000)]
    assert not timed.estimated


def test_a_word_ends_where_the_sound_falls_silent():
    timed = aligned("one two", spoken(300, 400, 300), marks(0.1, 0.8))
    assert times(timed) == [("one", 100, 400), ("two", 800, 1100)]


def test_a_word_whose_mark_lies_in_the_pause_before_starts_with_its_sound():
    timed = aligned("one two", spoken(300, 400, 300), marks(0.0, 0.4))
    assert times(timed) == [("one", 100, 400), ("two", 800, 1100)]
    assert not timed.estimated


def test_a_silence_inside_a_word_does_not_end_it():
    timed = aligned("up two", spoken(200, 90, 200, 0, 300), marks(0.1, 0.6))
    assert times(timed)[0] == ("up", 100, 600)


def test_punctuation_has_a_tenth_of_a_second_of_the_pause_behind_its_word():
    timed = aligned("one , two .", spoken(300, 400, 300), marks(0.1, None, 0.8))
    assert times(timed) == [("one", 100, 400), (",", 400, 500), ("two", 800, 1100), (".", 1100, 1200)]


def test_punctuation_without_a_pause_takes_a_hundredth_of_a_second_of_its_word():
    timed = aligned("one , two", spoken(600), marks(0.1, None, 0.4))
    assert times(timed) == [("one", 100, 390), (",", 390, 400), ("two", 400, 700)]


def test_what_opens_a_quotation_is_heard_right_before_its_first_word():
    timed = aligned("« one »", clip((300, 0.0), (300, LOUD), (500, 0.0)), marks(None, 0.3))
    assert times(timed) == [("«", 200, 300), ("one", 300, 600), ("»", 600, 700)]


def test_where_the_edges_are_trimmed_everything_lies_between_them():
    timed = aligned("« one »", spoken(400), marks(None, 0.1), trim_start=True, trim_end=True)
    assert times(timed) == [("«", 100, 110), ("one", 110, 490), ("»", 490, 500)]


def test_a_word_without_a_mark_lies_between_its_neighbours_by_its_length():
    timed = aligned("one fifteenth three", spoken(900), marks(0.1, None, 0.8))
    (_, _, end), (_, start, until), _ = times(timed)
    assert end == start
    assert (start - 100) < (until - start)
    assert until == 800
    assert timed.estimated


@pytest.mark.parametrize("wrong", [0.05, 7.0, 0.79, math.nan, math.inf, -1.0])
def test_a_mark_that_cannot_be_right_is_not_believed(wrong):
    timed = aligned("one two three four", spoken(1000), marks(0.1, 0.35, wrong, 0.8))
    assert [start for _, start, _ in times(timed)][:2] == [100, 350]
    assert times(timed)[3][1] == 800
    assert 380 < times(timed)[2][1] < 780
    assert timed.estimated


def test_a_last_word_is_not_put_where_nothing_is_said_any_more():
    timed = aligned("one two three", spoken(900), marks(0.1, 0.4, 7.0))
    assert times(timed)[2][1] < 900
    assert timed.estimated


def test_of_two_words_with_one_mark_the_second_is_believed():
    timed = aligned("on the third day", spoken(1000), marks(0.1, 0.5, 0.5, 0.8))
    assert times(timed)[2][1] == 500
    assert 120 < times(timed)[1][1] < 480


def test_marks_that_all_say_the_same_are_not_believed():
    text, measures = "one two three four", spoken(1000)
    starts = [start for _, start, _ in times(aligned(text, measures, marks(0.1, 0.1, 0.1, 0.1)))]
    assert starts[1] > 200


def test_marks_may_come_in_any_order():
    told = marks(0.1, 0.35, 0.8)
    assert aligned("one two three", spoken(900), told[::-1]) == aligned("one two three", spoken(900), told)


def test_marks_of_tokens_that_there_are_not_are_left_out():
    told = (*marks(0.1, 0.5), Mark(7, 0.2), Mark(-1, 0.3))
    assert not aligned("one two", spoken(900), told).estimated


# Estimates.


def test_without_marks_words_are_as_long_as_they_are_spoken():
    (_, _, end), (_, start, until) = times(aligned("a extraordinarily", spoken(1000)))
    assert (end, until) == (start, 1100)
    assert start < 300


def test_a_full_stop_is_where_the_voice_pauses():
    timed = aligned("one two three . | four", spoken(400, 500, 900))
    assert times(timed)[2][2] == 500
    assert times(timed)[3] == (".", 500, 600)
    assert times(timed)[4][1:] == (1000, 1900)


def test_a_pause_goes_to_the_comma_even_if_the_words_before_it_were_said_fast():
    timed = aligned("one two three four , five six seven eight", spoken(900, 300, 1600))
    assert times(timed)[5][1] == 1300


def test_a_pause_where_the_text_has_none_is_matched_by_length():
    timed = aligned("one two six ten", spoken(400, 300, 400))
    assert [start for _, start, _ in times(timed)][2] == 800


def test_no_word_begins_or_ends_in_a_pause():
    measures = spoken(300, 90, 500, 200, 150, 85, 700)
    timed = aligned("one two three four five , six", measures)
    for pause in speech_of(measures, RATE).pauses:
        words = [token for token in timed.tokens if token.text != ","]
        assert not [word for word in words if pause.start <= word.start < pause.end]
        assert not [word for word in words if pause.start < word.end < pause.end]


def test_a_number_that_is_said_with_a_pause_is_one_word():
    timed = aligned("2,000,000", spoken(500, 200, 500))
    assert times(timed) == [("2,000,000", 100, 1300)]


def test_a_short_silence_in_a_number_is_none_of_the_pauses():
    timed = aligned("2,345,678 . | two", spoken(1000, 120, 1100, 400, 900))
    assert times(timed) == [("2,345,678", 100, 2320), (".", 2320, 2420), ("two", 2720, 3620)]


def test_where_one_word_goes_over_into_the_next_at_a_short_silence_it_is_nobody_s():
    timed = aligned("seven seven", spoken(250, 90, 350))
    assert times(timed) == [("seven", 100, 350), ("seven", 440, 790)]


def test_a_breath_in_a_pause_is_no_word():
    measures = clip((300, LOUD), (200, 0.0), (200, BREATH), (200, 0.0), (300, LOUD), speech=(0, 28_800))
    assert speech_of(measures, RATE).pauses == (Pause(7_200, 21_600),)
    assert [start for _, start, _ in times(aligned("one . | two", measures))] == [0, 300, 900]


def test_signs_with_a_name_take_time():
    with_sign = times(aligned("five % more", spoken(1000)))
    assert with_sign[1][2] - with_sign[1][1] > 150


@pytest.mark.parametrize(
    ("longer", "shorter"),
    [("1984", "nine"), ("BBC", "robber"), ("strengths", "is"), ("五", "i"), ("안녕", "an"), ("été", "et")],
)
def test_what_takes_longer_to_say_counts_for_more(longer, shorter):
    assert spoken_length(longer) > spoken_length(shorter) > 0


def test_chinese_characters_take_the_same_time():
    timed = times(aligned("彩 虹 有 七", spoken(1000)))
    lengths = [until - start for _, start, until in timed[:3]]
    assert max(lengths) - min(lengths) <= 1


def test_a_piece_without_tokens_has_none():
    timed = aligned("", spoken(500))
    assert (timed.tokens, timed.estimated) == ((), False)


def test_punctuation_alone_is_somewhere_in_the_clip():
    assert [text for text, _, _ in times(aligned("! ?", spoken(500)))] == ["!", "?"]


def test_a_silent_clip_has_a_time_for_every_token():
    silent = Measures(24_000, 0, 24_000, 0.0, 0.0, stored_energies(np.zeros(100)))
    timed = aligned("one two .", silent)
    assert [token.text for token in timed.tokens] == ["one", "two", "."]
    assert timed.estimated


def test_more_punctuation_than_there_is_room_for_stays_inside():
    measures = Measures(24, 0, 24, 0.5, 0.5, stored_energies(np.full(1, LOUD)))
    found = aligned("one" + " !" * 22, measures).tokens
    assert all(token.start < token.end <= 24 for token in found)
    assert len({token.start for token in found}) == 23


# Sentences.


def test_a_sentence_lasts_from_its_first_token_to_its_last():
    said = piece("one two . | three ! ||four")
    tokens = tuple(Boundary(token.text, 10 * at, 10 * at + 9) for at, token in enumerate(said.tokens))
    assert sentence_boundaries(said, tokens) == (
        Boundary("one two .", 0, 29),
        Boundary("three !", 30, 49),
        Boundary("four", 50, 59),
    )


# Whatever comes.

WORDS = st.sampled_from(
    ["a", "Hello", "1,000", "世", "BBC", ".", ",", "«", "%", "…", "ا", "x" * 50, "\u0301"]
)
TOKENS = st.lists(st.tuples(WORDS, st.integers(0, 3)), max_size=25).map(
    lambda found: tuple(
        Token(text, sentence, any(map(str.isalnum, text)))
        for (text, _), sentence in zip(found, sorted(number for _, number in found), strict=True)
    )
)
LEVELS = st.lists(st.tuples(st.integers(1, 40), st.sampled_from([0.0, 1e-9, BREATH, LOUD])), max_size=12)
ANY_MARKS = st.lists(st.builds(Mark, st.integers(-1, 30), st.floats(-1, 8) | st.floats()), max_size=30)


@st.composite
def any_clip(draw):
    energies = np.concatenate([np.zeros(0), *([level] * length for length, level in draw(LEVELS))])
    samples = max(0, len(energies) * STEP - draw(st.integers(0, STEP - 1)))
    samples = draw(st.sampled_from([samples, min(samples, draw(st.integers(0, 30)))]))
    start, end = sorted(draw(st.tuples(st.integers(0, samples), st.integers(0, samples))))
    return Measures(samples, start, end, 0.5, 0.5, stored_energies(energies))


@given(TOKENS, any_clip(), ANY_MARKS, st.booleans(), st.booleans())
def test_every_token_has_its_time_in_order_and_inside_whatever_comes(
    tokens, measures, told, trim_start, trim_end
):
    said = Piece(REQUEST, tokens, ("",) * 4, trim_start=trim_start, trim_end=trim_end)
    found = token_boundaries(said, measures, tuple(told), RATE).tokens
    assert [boundary.text for boundary in found] == [token.text for token in tokens]
    edges = [edge for boundary in found for edge in (boundary.start, boundary.end)]
    assert edges == sorted(edges)
    assert all(0 <= edge <= measures.samples for edge in edges)
    if measures.speech_start + len(tokens) <= measures.speech_end:
        assert all(boundary.start < boundary.end for boundary in found)
        assert not trim_start or all(edge >= measures.speech_start for edge in edges)
        assert not trim_end or all(edge <= measures.speech_end for edge in edges)


def test_ten_minutes_without_marks_keep_to_their_pauses_and_take_no_time():
    turns = [length for _ in range(150) for length in (3500, 300)]
    begun = monotonic()
    timed = aligned("one two three four five six seven eight nine ten , " * 150, spoken(*turns[:-1]))
    assert [start for text, start, _ in times(timed) if text == "one"] == list(range(100, 570_000, 3800))
    assert monotonic() - begun < 5


# Against a voice that says when it says what.

SAID = {
    "en-US-Neural2-D": [
        "The quick brown fox jumps over the lazy dog and runs away, far away.",
        "The rainbow has seven colors.",
        "In 1984 the company sold 2,500 machines, which was more than anybody had expected.",
        "Hello! How are you today? I am fine, thank you.",
        'She said: "Please, close the door (quietly) before you leave." Then she went to bed; it was late.',
        "Do you know where the nearest station is? I have been looking for it for an hour.",
        "Every morning he walks to the bakery, buys two rolls and a newspaper, and goes home.",
    ],
    "en-GB-Neural2-A": [
        "It was the best of times, it was the worst of times, it was the age of wisdom.",
        "On the 3rd of May, the BBC and NASA announced a joint project.",
        "Wait... what? No. Really? Yes, strengths and weaknesses matter.",
        "Call me Ishmael. Some years ago, never mind how long precisely, I thought I would sail about.",
    ],
    "de-DE-Neural2-B": [
        "Guten Morgen! Wie geht es Ihnen heute? Mir geht es sehr gut.",
        "Es war einmal ein kleines Mädchen, das hatte nichts mehr als die Kleider auf dem Leib.",
    ],
    "fr-FR-Neural2-A": ["Le petit prince, qui me posait beaucoup de questions, ne semblait jamais entendre."],
    "es-ES-Neural2-A": ["En un lugar de la Mancha, de cuyo nombre no quiero acordarme, vivía un hidalgo."],
    "it-IT-Neural2-C": ["Domani andremo al mare con gli amici, se il tempo sarà bello."],
    "nl-NL-Wavenet-B": ["De kat zit op de mat en kijkt naar de vogels in de tuin."],
    "pl-PL-Wavenet-A": ["Litwo, ojczyzno moja, ty jesteś jak zdrowie; ile cię trzeba cenić."],
    "ru-RU-Wavenet-A": ["Все счастливые семьи похожи друг на друга, каждая несчастлива по-своему."],
    "cmn-CN-Wavenet-B": ["我们明天早上八点在学校门口见面,然后一起去博物馆。"],
    "hi-IN-Wavenet-A": ["नमस्ते, आप कैसे हैं? मैं ठीक हूँ, धन्यवाद।"],
}
TOKEN = re.compile(r"[\u3400-\u9fff]|(?:(?![\u3400-\u9fff])[\w\u0900-\u0963])+(?:[-,'](?=\w)\w+)*|[^\w\s]")


def tokenized(text):
    """The tokens of a text, and the same with a mark before each word."""
    tokens, sentence, marked, last = [], 0, "<speak>", 0
    for found in TOKEN.finditer(text):
        is_word = any(map(str.isalnum, found[0]))
        if is_word and tokens and re.search(r"[.!?।。]\W*$", text[: found.start()]):
            sentence += 1
        mark = f'<mark name="{len(tokens)}"/>' if is_word else ""
        marked += escape(text[last : found.start()]) + mark + escape(found[0])
        last = found.end()
        tokens.append(Token(found[0], sentence, is_word))
    return tuple(tokens), f"{marked}{escape(text[last:])}</speak>"


@pytest.fixture(scope="module")
def heard():
    """Every text as it was said, and the marks that came with it."""
    pytest.importorskip("espeakng_loader", reason="espeak-ng is not installed")
    said = []
    with (
        stand_in("speech", "--workers", "2") as announced,
        grpc.insecure_channel(announced["endpoint"]) as line,
    ):
        transport = transports.TextToSpeechGrpcTransport(channel=line)
        client = texttospeech_v1beta1.TextToSpeechClient(transport=transport)
        for voice, text in ((voice, text) for voice, texts in SAID.items() for text in texts):
            tokens, ssml = tokenized(text)
            answer = client.synthesize_speech(
                {
                    "input": {"ssml": ssml},
                    "voice": {"name": voice, "language_code": "-".join(voice.split("-")[:2])},
                    "audio_config": {"audio_encoding": "LINEAR16", "sample_rate_hertz": RATE},
                    "enable_time_pointing": ["SSML_MARK"],
                }
            )
            told = tuple(Mark(int(point.mark_name), point.time_seconds) for point in answer.timepoints)
            said.append((Piece(REQUEST, tokens), measure(parse_wav(answer.audio_content)), told))
    return said


def test_estimated_words_are_not_far_from_where_they_are_said(heard):
    """47 ms on average when this was written."""
    errors = []
    for said, measures, told in heard:
        truth = word_starts(told, said.tokens, speech_of(measures, RATE))
        timed = token_boundaries(said, measures, (), RATE)
        words = [found for found, token in zip(timed.tokens, said.tokens, strict=True) if token.is_word]
        assert len(truth) > 0.7 * len(words)
        errors.extend(abs(words[number].start - start) / RATE for number, start in truth.items())
    assert np.mean(errors) < 0.08
    assert np.median(errors) < 0.06


def test_with_marks_words_start_in_sound_where_they_are_said(heard):
    for said, measures, told in heard:
        timed = token_boundaries(said, measures, told, RATE)
        starts = {number: token.start / RATE for number, token in enumerate(timed.tokens)}
        late = [starts[mark.token] - mark.seconds for mark in told]
        # Not right there where the mark lies in a pause, or where two words have one mark.
        assert np.median(np.abs(late)) < 0.001
        assert np.mean(np.abs(late) < 0.011) > 0.6
