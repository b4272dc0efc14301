"""Tags say the same in every format, whatever is in the script, and never break a file."""

import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mutagen.flac import Picture
from mutagen.id3 import ID3, CTOCFlags

from dropcast.publishing.cover import cover_type, picture_block
from dropcast.publishing.id3 import id3_tag
from dropcast.publishing.languages import iso_639_2
from dropcast.publishing.tags import MOST_CHAPTERS, chapter_times, one_line, vorbis_comments
from dropcast.scripts.conversation import Chapter
from dropcast.sound.timeline import PlacedChapter
from dropcast.voices.catalog import languages
from episodes import NOTE, png, tags

ANY_SCRIPT = ["Größe", "日本語の題名", "عنوان", "שלום", "हिन्दी", "🎙️ Folge", "A/B; C=D\\"]
HOSTILE = ["a\0b", "a\r\nTITLE=b", "a\x1b[31mb", "\ud800", "\ufeffa", "a\u2028b", "x" * 100_000, "", "\0\n "]
texts = (
    st.text() | st.text(st.characters()) | st.sampled_from(ANY_SCRIPT + HOSTILE)
)  # halves of characters too


def id3(of):
    return ID3(io.BytesIO(id3_tag(of)))


def test_text_is_kept_on_one_line_without_what_no_field_can_hold():
    assert [one_line(text) for text in ANY_SCRIPT] == ANY_SCRIPT
    assert one_line(" a\0b\r\nc\x1b\x85d\u2028e\ud800 ") == "a b c d e"


def test_chapters_are_timed_in_milliseconds_rounded_down():
    marks = [(0, "One"), (1.0004, "Two"), (2.5, "Three")]
    times = [
        (chapter.start_ms, chapter.end_ms, chapter.title)
        for chapter in chapter_times(tags(marks=marks, seconds=3.0009))
    ]
    assert times == [(0, 1000, "One"), (1000, 2500, "Two"), (2500, 3000, "Three")]


@given(st.integers(1, 10**9), st.sampled_from([16_000, 24_000, 44_100, 48_000]))
def test_no_chapter_ends_after_the_sound(samples, rate):
    episode = tags()
    for start in (0, samples // 2, samples):
        placed = PlacedChapter(Chapter("One"), start, samples)
        of = type(episode)("", (), None, "", "", (placed,), samples, rate)
        (chapter,) = chapter_times(of)
        assert chapter.start_ms * rate <= start * 1000 < (chapter.start_ms + 1) * rate
        assert chapter.end_ms * rate <= samples * 1000


def test_links_are_written_in_ascii_and_not_changed_where_they_are():
    plain = "https://user@example.org:8080/a/b%20c?q=1&r=(2)#top!$'*+,;[]~"
    marks = [
        (0, Chapter("One", image=" https://例え.jp/a b.png\0", url=plain)),
        (1, Chapter("Two", url="\ud800")),
    ]
    first, second = chapter_times(tags(marks=marks))
    assert first.url == plain
    assert first.image == "https://%E4%BE%8B%E3%81%88.jp/a%20b.png%00"
    assert second.url == "?"


def test_vorbis_comments_tell_everything():
    marks = [
        (0, "One"),
        (1, Chapter("Hidden", listed=False)),
        (2, Chapter("Two", url="https://example.org/")),
    ]
    assert vorbis_comments(tags("A title", marks=marks)) == [
        ("TITLE", "A title"),
        ("ARTIST", "Ana"),
        ("ARTIST", "Bo"),
        ("DATE", "2026-11-20"),
        ("LANGUAGE", "eng"),
        ("DESCRIPTION", NOTE),
        ("CHAPTER001", "00:00:00.000"),
        ("CHAPTER001NAME", "One"),
        ("CHAPTER002", "00:00:02.000"),
        ("CHAPTER002NAME", "Two"),
        ("CHAPTER002URL", "https://example.org/"),
    ]


def test_what_is_not_known_is_not_said():
    unknown = tags("\0", speakers=(" ",), date=None, language="x-klingon", note="")
    assert vorbis_comments(unknown) == []
    assert dict(id3(unknown)) == {}


def test_a_chapter_after_ten_hours_has_its_time():
    last = dict(vorbis_comments(tags(seconds=40_000, marks=[(0, "One"), (36_061.25, "Two")])))
    assert last["CHAPTER002"] == "10:01:01.250"


def test_an_id3_tag_tells_everything():
    tag = id3(tags("A title", cover=png()))
    assert (tag.version, tag["TIT2"].text, tag["TPE1"].text) == ((2, 3, 0), ["A title"], ["Ana/Bo"])
    assert (str(tag["TDRC"]), tag["TLAN"].text) == ("2026-11-20", ["eng"])
    assert (tag["COMM::eng"].text, tag["COMM::eng"].desc) == ([NOTE], "")
    assert (tag["APIC:"].mime, tag["APIC:"].type, tag["APIC:"].data) == ("image/png", 3, png())


def test_chapters_in_id3_carry_their_title_and_links():
    linked = Chapter("Two", image="https://example.org/two.png", url="https://example.org/two")
    tag = id3(tags(marks=[(0, "One"), (1.5, linked)], seconds=36_000))
    one, two = tag["CHAP:chp0"], tag["CHAP:chp1"]
    assert (one.start_time, one.end_time, two.start_time, two.end_time) == (0, 1500, 1500, 36_000_000)
    assert {chapter.start_offset for chapter in (one, two)} == {0xFFFFFFFF}, "not used"
    assert (list(one.sub_frames), one.sub_frames["TIT2"].text) == (["TIT2"], ["One"])
    assert two.sub_frames["WXXX:"].url == "https://example.org/two"
    assert (two.sub_frames["APIC:"].mime, two.sub_frames["APIC:"].data) == (
        "-->",
        b"https://example.org/two.png",
    )


def test_the_table_of_contents_leaves_out_what_is_not_listed():
    tag = id3(tags(marks=[(0, "One"), (1, Chapter("Hidden", listed=False)), (2, "Two")]))
    assert tag["CTOC:toc"].child_element_ids == ["chp0", "chp2"]
    assert tag["CTOC:toc"].flags == CTOCFlags.TOP_LEVEL | CTOCFlags.ORDERED
    assert tag["CHAP:chp1"].sub_frames["TIT2"].text == ["Hidden"]


def test_without_a_listed_chapter_there_is_no_table_of_contents():
    tag = id3(tags(marks=[(0, Chapter("Hidden", listed=False))]))
    assert [frame.FrameID for frame in tag.values() if frame.FrameID in ("CHAP", "CTOC")] == ["CHAP"]


def test_chapters_stand_in_the_tag_in_the_order_of_their_times():
    written = id3_tag(tags(marks=[(0, "A long title"), (1, "Short"), (2, "Of middle length")[:2]], seconds=9))
    places = [written.index(b"chp%d\0" % index, written.index(b"CHAP")) for index in range(3)]
    assert places == sorted(places)


def test_there_are_as_many_chapters_as_a_table_of_contents_can_count():
    many = tags(seconds=400, marks=[(index, f"Chapter {index}") for index in range(MOST_CHAPTERS + 45)])
    tag = id3(many)
    assert len(tag["CTOC:toc"].child_element_ids) == len(tag.getall("CHAP")) == 255
    assert tag["CHAP:chp254"].end_time == 255_000
    assert vorbis_comments(many)[-1] == ("CHAPTER255NAME", "Chapter 254")


def test_the_same_tags_are_the_same_bytes_and_no_more_than_needed():
    marks = [(index, f"Chapter {index}") for index in range(3)]
    once, twice = (id3_tag(tags(marks=marks, cover=png())) for _ in range(2))
    assert once == twice
    assert once.endswith(png()), "no padding behind the last frame"


@given(texts, texts, texts, st.none() | texts)
@example("\ud800", "\0", "a\nb", "\n")
def test_no_text_breaks_a_tag(title, speaker, chapter, url):
    marks = [(0, Chapter(chapter, url=url)), (1, "Next")]
    hostile = tags(title, speakers=(speaker, "Bo"), marks=marks)
    written = id3_tag(hostile)
    tag = ID3(io.BytesIO(written + b"sound"))
    assert tag.size == len(written)
    assert tag["TPE1"].text == ["/".join(name for name in (one_line(speaker), "Bo") if name)]
    assert [frame.text[0] for frame in tag.getall("TIT2")] == [text for text in [one_line(title)] if text]
    names = [next(iter(frame.sub_frames.getall("TIT2")), None) for frame in tag.getall("CHAP")]
    assert sorted(str(name or "") for name in names) == sorted([one_line(chapter), "Next"])
    for key, value in vorbis_comments(hostile):
        assert value == one_line(value.encode().decode())
        assert key.isascii()


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("en-US", "eng"),
        ("de", "deu"),
        ("fr_CA", "fra"),
        ("cmn-CN", "zho"),
        ("yue-HK", "zho"),
        ("zh-Hant-TW", "zho"),
        ("nb-NO", "nob"),
        ("iw-IL", "heb"),
        ("fil-PH", "fil"),
        ("CES", "ces"),
        ("xx", None),
        ("", None),
        ("i-klingon", None),
        ("日本語", None),
    ],
)
def test_a_language_is_told_in_three_letters(tag, code):
    assert iso_639_2(tag) == code


def test_every_language_that_speakers_are_cast_in_has_three_letters():
    assert all(iso_639_2(locale) for locale in languages())


def test_a_cover_is_a_png_by_its_signature_and_a_jpeg_otherwise():
    assert [cover_type(png()), cover_type(b"\xff\xd8\xff\xe0")] == ["image/png", "image/jpeg"]


def test_a_picture_block_is_the_front_cover():
    picture = Picture(picture_block(png()))
    assert (picture.type, picture.mime, picture.data) == (3, "image/png", png())
