"""Lines of scripts without spaces end where readers of these expect it."""

import pytest

from dropcast.publishing.spaceless import unspaced_words


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("日本語", ["日", "本", "語"]),
        ("「元気」です。", ["「元", "気」", "で", "す。"]),
        ("使っちゃう", ["使っ", "ちゃ", "う"]),
        ("データー", ["デー", "ター"]),
        ("iPhone15を2024年に", ["iPhone15", "を", "2024", "年", "に"]),
        ("ไปเที่ยวกันไหม", ["ไป", "เที่", "ย", "ว", "กั", "น", "ไห", "ม"]),
        ("ขะทำ", ["ขะ", "ทำ"]),
        ("ខ្ញុំស្រលាញ់", ["ខ្ញុំ", "ស្រ", "លា", "ញ់"]),
    ],
)
def test_a_line_may_end_between_characters_but_not_everywhere(word, parts):
    assert list(unspaced_words(word)) == parts


@pytest.mark.parametrize("word", ["word", "naïve", "한국어입니다", "привет", "👩🏽‍🚀👍", "don’t", ""])
def test_words_of_other_scripts_stay_whole(word):
    assert list(unspaced_words(word)) == [word]


def test_the_space_behind_stays_behind():
    assert list(unspaced_words("日本 ")) == ["日", "本 "]
