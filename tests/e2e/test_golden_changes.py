"""Golden audio: what is changed in a script is made anew, and no more than that is paid for."""

import numpy as np
import pytest

from dropcast.sound.wav import Clip, encode_wav
from golden import RATE, Studio, hum, mixed, short_parts

LINES = [
    {"speaker": "AB"[number % 2], "line": f"This is what line number {number} has to say."}
    for number in range(60)
]
EDITED = 20
OUTPUTS = ["mp3", "wav"]
SHORT = 10  # lines


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    return Studio(tmp_path_factory.mktemp("golden"))


def edited(lines, at, **changes):
    return [line | changes if index == at else line for index, line in enumerate(lines)]


def test_an_edit_of_a_line_speaks_one_line_and_encodes_few_parts(studio):
    with short_parts(20):
        whole = studio.render(LINES, outputs=OUTPUTS)
        again = studio.render(edited(LINES, EDITED, line="Something else altogether."), outputs=OUTPUTS)
    assert len(whole.spoken) == len(LINES)
    assert again.spoken == ["Something else altogether."]
    assert [line.gain_db for line in again.lines] == [line.gain_db for line in whole.lines]
    assert len(whole.encoded) == len(whole.seams) > 6
    assert 1 <= len(again.encoded) <= len(whole.encoded) // 3
    assert np.abs(again.heard("wav") - mixed(again)).max() <= 0.51
    assert len(again.decoded("mp3")) == again.samples


@pytest.fixture(scope="module")
def spoken(studio):
    """A short script, rendered once."""
    studio.uploads.put(
        "music.wav", encode_wav(Clip(np.rint(hum(RATE, 1) * 2000).astype("<i2").tobytes(), RATE)), 1
    )
    return studio.render(LINES[:SHORT], outputs=["wav"])


@pytest.mark.parametrize(
    ("lines", "script"),
    [
        (LINES[:SHORT], {"defaults": {"pauseTurnMs": 500, "pauseQuestionMs": 50}}),
        (edited(LINES[:SHORT], 3, overlapMs=200), {}),
        (edited(LINES[:SHORT], 3, pauseBeforeMs=900, chapter="Two"), {}),
        (LINES[:SHORT], {"defaults": {"trimSilence": False, "fadeMs": 20}}),
        (LINES[:SHORT], {"audio": {"loudness": "broadcast", "matchSpeakers": False}}),
        (LINES[:SHORT], {"audio": {"music": "music.wav"}}),
        (LINES[:SHORT], {"outputs": ["flac", "mp3", "m4b", "opus", "srt"]}),
        (LINES[SHORT - 1 :: -1], {}),
    ],
    ids=["gaps", "overlap", "pause", "edges", "levels", "music", "formats", "order"],
)
def test_other_sound_of_the_same_words_synthesizes_nothing(studio, spoken, lines, script):
    again = studio.render(lines, **{"outputs": ["wav"], **script})
    assert again.report["status"] == "succeeded"
    assert again.spoken == []
    assert again.report["billing"]["characters"] == {}
    assert again.files != spoken.files, "something has changed all the same"
