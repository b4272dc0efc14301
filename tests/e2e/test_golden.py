"""Golden audio: a finished dialogue is, in every format, what its script, its voices and its report say."""

import json
import re
from itertools import pairwise

import numpy as np
import pytest

from golden import (
    AT_SEAM,
    FADE,
    RATE,
    Studio,
    click,
    cut_anywhere,
    found_at,
    mixed,
    one_part,
    short_parts,
)
from players import decoded, duration, ffmpeg

LINES = [
    {"speaker": "A", "line": "Welcome to the hour that listens to clocks.", "chapter": "Beginning"},
    {"speaker": "B", "line": "It is good to be here again."},
    {"speaker": "B", "line": "I have brought one."},
    {"speaker": "A", "line": "Does it still run?"},
    {"speaker": "B", "line": "It runs, and it strikes, but never when it should."},
    {"pauseMs": 700},
    {"speaker": "A", "line": "Then let us hear what is the matter."},
    {"speaker": "B", "line": "Careful, the lid is loose.", "overlapMs": 400},
    {
        "speaker": "A",
        "line": "The weight hangs on a cord, the cord runs over a wheel, and the wheel drives the hands; so "
        "whatever slows the cord makes the whole clock late, every day a little more.",
        "chapter": "The clock",
    },
    {"speaker": "B", "line": "So the cord is old.", "pauseBeforeMs": 900},
    {"speaker": "A", "line": "Older than both of us."},
    {"speaker": "B", "line": "And the bell?"},
    {"speaker": "A", "line": "The bell is fine."},
    {"speaker": "B", "line": "Nobody struck it for years.", "pauseAfterMs": 600},
    {"speaker": "A", "line": "A new cord, and a drop of oil.", "chapter": {"title": "The cure"}},
    {"speaker": "B", "line": "Thank you for that."},
]
# Milliseconds between each line and the next: as the rules have it, or as a line says itself.
PAUSES = [250, 400, 250, 150, 700, -400, 1200, 900, 250, 250, 150, 250, 600, 250]
GRID = 24  # ms: where a part begins, its first line waits for a frame of MP3
TEXTS = ["vtt", "srt", "transcript.json", "chapters.json"]
LOSSLESS, CODED = ["wav", "flac"], ["mp3", "m4a", "m4b", "opus"]
OUTPUTS = [*LOSSLESS, "mp3", {"format": "m4a", "sampleRateHertz": 24_000}, "m4b", "opus", *TEXTS]
CODING = {
    "wav": (),
    "flac": (),
    "mp3": ("-b:a", "96k"),
    "m4a": ("-b:a", "64k"),
    "m4b": ("-ar", 48_000, "-b:a", "64k", "-f", "ipod"),
    "opus": ("-ar", 48_000, "-b:a", "32k"),
}
OF_WORDS = RATE // 5  # samples at either end of a line by which its place is found


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    return Studio(tmp_path_factory.mktemp("golden"))


@pytest.fixture(scope="module")
def episode(studio):
    """A dialogue of half a minute, rendered in parts of a few seconds."""
    with short_parts():
        return studio.render(LINES, outputs=OUTPUTS, title="Clocks")


@pytest.fixture(scope="module")
def uncut(studio):
    """The same in one part."""
    with one_part():
        return studio.render(LINES, outputs=OUTPUTS, title="Clocks")


@pytest.fixture(scope="module")
def found(episode):
    """From when to when each line is heard in the decoded WAV: by the sound at its ends, and the silence
    that its voice left there.
    """
    return [_place(episode.heard("wav"), line) for line in episode.lines]


def _place(samples, line):
    take, sound = line.take, line.take.sound.astype(float)
    onset = found_at(samples, sound[:OF_WORDS], line.start + take.onset - take.first)
    offset = found_at(samples, sound[-OF_WORDS:], line.end - OF_WORDS - take.end + take.offset) + OF_WORDS
    return onset - take.onset + take.first, offset + take.end - take.offset


@pytest.mark.parametrize("extension", LOSSLESS)
def test_a_lossless_file_is_the_sum_of_its_lines_to_the_last_bit(episode, extension):
    heard = episode.decoded(extension)
    assert len(heard) == episode.samples
    # Half a step of 16 bits for rounding, and what is lost of it in single precision.
    assert np.abs(heard - mixed(episode)).max() <= 0.51


def test_the_report_tells_the_gain_that_makes_both_speakers_equal(episode):
    gains = {line.speaker: line.gain_db for line in episode.lines}
    assert gains["B"] - gains["A"] == pytest.approx(6, abs=0.11)


@pytest.mark.parametrize("extension", [*LOSSLESS, *CODED])
def test_every_line_is_heard_where_the_report_says(episode, extension):
    samples = episode.heard(extension)
    for line in episode.lines:
        # 20 us: far below a millisecond, since each codec's delay is known to the sample.
        assert _place(samples, line) == pytest.approx((line.start, line.end), abs=0.5)


def test_pauses_are_those_of_the_rules_or_of_the_script(episode):
    begin_parts = {seam + 4 * 576 for seam in episode.seams[1:]}
    assert len(begin_parts) >= 4
    for (line, after), pause in zip(pairwise(episode.lines), PAUSES, strict=True):
        more = (after.start - line.end) * 1000 / RATE - pause
        assert more == 0 or (after.start in begin_parts and 0 < more < GRID)


@pytest.mark.parametrize("extension", CODED)
def test_a_coded_file_decodes_to_exactly_the_planned_samples(episode, extension):
    assert len(episode.decoded(extension)) == episode.samples * episode.rates[extension] // RATE


@pytest.mark.parametrize("extension", [*LOSSLESS, *CODED])
def test_the_header_tells_the_length_that_is_heard(episode, extension):
    # ffmpeg says hundredths.
    assert duration(episode.path(extension)) == pytest.approx(episode.samples / RATE, abs=0.01)


@pytest.mark.parametrize("extension", [*LOSSLESS, *CODED])
def test_no_join_clicks(episode, extension):
    samples = episode.heard(extension)
    assert max(click(samples, edge) for edge in episode.edges) < 0.5
    assert max(click(samples, seam, AT_SEAM) for seam in episode.seams[1:]) < 0.5
    assert max(click(samples, (line.start + line.end) // 2, AT_SEAM) for line in episode.lines) < 1


@pytest.mark.parametrize("extension", [*LOSSLESS, *CODED])
def test_joins_without_fades_would_be_found(episode, extension, tmp_path):
    path = tmp_path / f"unfaded.{extension}"
    bare = np.rint(mixed(episode, fade=0)).astype("<i2").tobytes()
    ffmpeg("-f", "s16le", "-ar", RATE, "-ac", 1, "-i", "pipe:0", *CODING[extension], path, fed=bare)
    samples = np.frombuffer(decoded(path), "<i2")[:: episode.rates[extension] // RATE].astype(float)
    abrupt = [edge for line in episode.lines if line.take.first == 0 for edge in (line.start, line.end)]
    assert len(abrupt) >= 4
    assert np.median([click(samples, edge) for edge in abrupt]) > 2


@pytest.mark.parametrize("extension", [*LOSSLESS, *CODED])
def test_a_seam_that_lost_something_would_be_found(episode, extension):
    samples = episode.heard(extension)
    seams = [(line.start + line.end) // 2 for line in episode.lines]
    found = [click(np.delete(samples, slice(seam, seam + FADE)), seam, AT_SEAM) for seam in seams]
    assert sum(each > 1 for each in found) >= len(seams) - 1  # two places may happen to fit each other


# Words and chapters.


@pytest.mark.parametrize(("extension", "point"), [("vtt", "."), ("srt", ",")])
def test_every_cue_is_shown_while_its_line_is_heard(episode, found, extension, point):
    cues = _cues(episode.text(extension), point)
    for line, (start, end) in zip(episode.lines, found, strict=True):
        said = LINES[line.entry]["line"]
        own = [cue for cue in cues if cue[2] in said]
        assert " ".join(text for _, _, text in own) == said
        assert own[0][0] == pytest.approx(start * 1000 / RATE, abs=1)
        assert own[-1][1] == pytest.approx(end * 1000 / RATE, abs=1)
        assert all(one[1] == other[0] for one, other in pairwise(own))
    assert len(cues) > len(episode.lines), "one of them is too long for one cue"


def _cues(text, point):
    """Each cue's start and end in milliseconds, and its words without the speaker's name."""
    time = rf"(\d\d):(\d\d):(\d\d)\{point}(\d\d\d)"
    return [
        (_milliseconds(*found[:4]), _milliseconds(*found[4:8]), " ".join(found[8].split()))
        for found in re.findall(rf"(?m)^{time} --> {time}\n(?:<v .>|. ?: )?((?:.+\n)+)", text)
    ]


def _milliseconds(hours, minutes, seconds, milliseconds):
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(milliseconds)


def test_the_transcript_tells_when_each_line_is_heard(episode, found):
    segments = json.loads(episode.text("transcript.json"))["segments"]
    assert [segment["body"] for segment in segments] == [LINES[line.entry]["line"] for line in episode.lines]
    for segment, (start, end) in zip(segments, found, strict=True):
        assert segment["startTime"] == pytest.approx(start / RATE, abs=0.001)
        assert segment["endTime"] == pytest.approx(end / RATE, abs=0.001)


def test_chapters_begin_with_their_first_words_and_end_with_the_next_or_the_episode(episode, found):
    begin = [start for line, (start, _) in zip(episode.lines, found, strict=True) if _chapter(line)]
    chapters = json.loads(episode.text("chapters.json"))["chapters"]
    assert [chapter["title"] for chapter in chapters] == ["Beginning", "The clock", "The cure"]
    edges = pairwise([*begin, len(episode.decoded("wav"))])
    for chapter, (start, end) in zip(chapters, edges, strict=True):
        assert chapter["startTime"] == pytest.approx(start / RATE, abs=0.001)
        assert chapter["endTime"] == pytest.approx(end / RATE, abs=0.001)


def _chapter(line):
    return LINES[line.entry].get("chapter")


@pytest.mark.parametrize("extension", ["mp3", "m4a", "m4b"])
def test_players_show_the_same_chapters(episode, extension):
    chapters = json.loads(episode.text("chapters.json"))["chapters"]
    # Without -copyts the chapters of an MP3 are moved by the delay of its encoder.
    said = ffmpeg("-copyts", "-i", episode.path(extension), "-f", "ffmetadata", "-").decode()
    shown = re.findall(r"\[CHAPTER\]\nTIMEBASE=1/(\d+)\nSTART=(\d+)\nEND=(\d+)\ntitle=(.*)\n", said)
    assert [title for *_, title in shown] == [chapter["title"] for chapter in chapters]
    for (base, start, end, _), chapter in zip(shown, chapters, strict=True):
        assert int(start) / int(base) == pytest.approx(chapter["startTime"], abs=0.001)
        assert int(end) / int(base) == pytest.approx(chapter["endTime"], abs=0.001)


# Parts.


def test_many_parts_and_one_are_the_same_timeline(episode, uncut):
    assert len(episode.seams) > 4
    assert uncut.seams == [0]
    assert [(line.start, line.end) for line in uncut.lines] == [
        (line.start, line.end) for line in episode.lines
    ]


@pytest.mark.parametrize("extension", ["wav", "flac", "mp3", *TEXTS])
def test_many_parts_make_the_same_bytes_as_one(episode, uncut, extension):
    assert episode.files[extension] == uncut.files[extension]


@pytest.mark.parametrize("extension", ["m4a", "m4b", "opus"])
def test_many_parts_are_as_true_to_the_sound_as_one(episode, uncut, extension):
    lost, lost_uncut = (
        10 * np.log10(np.square(made.heard(extension) - mixed(made)).sum()) for made in (episode, uncut)
    )
    assert lost < lost_uncut + 0.5  # dB: 0.2 and 0.3 were measured


@pytest.fixture(scope="module")
def in_the_midst(studio):
    """Some of the lines, in one part, and in parts that meet in the midst of words."""
    whole = studio.render(LINES[:10], outputs=OUTPUTS)
    with cut_anywhere():
        return whole, studio.render(LINES[:10], outputs=OUTPUTS)


@pytest.mark.parametrize("extension", ["wav", "flac", "mp3"])
def test_parts_that_meet_in_the_midst_of_words_make_the_same_bytes_as_one(in_the_midst, extension):
    whole, parts = in_the_midst
    among_words = [seam for seam in parts.seams for line in parts.lines if line.start < seam < line.end]
    assert (len(whole.seams), len(among_words) > 4) == (1, True)
    assert parts.files[extension] == whole.files[extension]


@pytest.mark.parametrize("extension", ["m4a", "m4b", "opus"])
def test_parts_that_meet_in_the_midst_of_words_do_not_click(in_the_midst, extension):
    _, parts = in_the_midst
    assert len(parts.decoded(extension)) == parts.samples * parts.rates[extension] // RATE
    assert max(click(parts.heard(extension), seam, AT_SEAM) for seam in parts.seams[1:]) < 1
