"""SSML that is refused: what is wrong and where, and at what cost to us."""

import time
import tracemalloc

import pytest

from dropcast.scripts.batch.ssml.reading import SsmlRefused, read_ssml

MILLION = 1_000_000


def in_voice(markup: str) -> str:
    return f"<speak><voice name='a'>{markup}</voice></speak>"


def refusal(content: str) -> str:
    with pytest.raises(SsmlRefused) as refused:
        read_ssml(content)
    return str(refused.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "empty"),
        (" \ufeff\n", "empty"),
        ("Hello.", "begins with text"),
        ("<root><voice name='a'>x</voice></root>", "<speak> … </speak>, not in <root> (line 1, column 1)"),
        ("<speak/>", "no <voice>"),
        ("<speak>\n <voice>x</voice></speak>", "no name; write <voice name=\"…\"> (line 2, column 2)"),
        ("<speak><voice name=' '>x</voice></speak>", "no name"),
        ("\ufeff\n\n  <speak><voice xmlns:name='a'>x</voice></speak>", "(line 3, column 10)"),
        ("<speak>Hello <voice name='a'>x</voice></speak>", '"Hello" stands outside of <voice>'),
        ("<speak><voice name='a'>x</voice><p>tail</p></speak>", '"tail" stands outside of <voice>'),
        (in_voice("x") + "y", "nothing may stand behind </speak>"),
        (in_voice("x") * 2, "nothing may stand behind </speak>"),
        (in_voice("\n\nQ & A"), "line 3, column 4; a bare & stands there; write &amp;."),
        (in_voice("R&D"), "write &amp;"),
        (in_voice("<audio src='x?a=1&b=2'/>"), "write &amp;"),
        (in_voice("R&D; etc."), 'XML has no "&D;"'),
        (in_voice("a&nbsp;b"), 'line 1, column 25; XML has no "&nbsp;"'),
        (in_voice("1 < 2"), "write &lt;"),
        (in_voice("<break time=1s/>"), "straight quotes"),
        (in_voice("<break time=“1s”/>"), "straight quotes"),
        (in_voice("a\x01b"), "control character U+0001"),
        (in_voice("\ufffe"), "line 1, column 24"),
        (in_voice("&#0;"), "invalid character number"),
        (in_voice("&#xd800;"), "invalid character number"),
        (in_voice("<p>x"), "mismatched tag in line 1, column 30; <p> is not closed"),
        (in_voice("x</p>"), "<voice> is not closed"),
        ("<speak><voice name='a'>x", "<voice> is not closed"),
        ("\n <speak><voice name='a", "line 2, column 9"),
        (in_voice("<p a='1' a='2'/>"), "duplicate attribute"),
        ("  \n <speak><voice name='ü'>ü</voice><ü></speak>", "line 2, column 39"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_is_wrong_and_where(content: str, said: str) -> None:
    message = refusal(content)
    assert said in message
    assert message.endswith(".")
    assert len(message) < 300


ENTITIES = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 12))


@pytest.mark.parametrize(
    "declaration",
    [
        "<!DOCTYPE speak>",
        "<!DOCTYPE speak SYSTEM 'http://example.com/speak.dtd'>",
        f"<!DOCTYPE speak [<!ENTITY e0 'lol'>{ENTITIES}]>",
        f"<!DOCTYPE speak [<!ENTITY e11 '{'x' * 30_000}'>]>",
        "<!DOCTYPE speak [<!ENTITY e11 SYSTEM 'file:///etc/passwd'>]>",
        "<!DOCTYPE speak [<!ENTITY % p SYSTEM 'http://example.com/p'> %p;]>",
        "<?xml version='1.0'?><!-- x --><!DOCTYPE speak [<!ATTLIST voice name CDATA 'a'>]>",
    ],
)
def test_a_document_type_is_never_read(declaration: str) -> None:
    started = time.process_time()
    assert "document type" in refusal(declaration + in_voice("&e11;" * 10_000))
    assert time.process_time() - started < 1


def test_a_document_type_written_about_is_text() -> None:
    assert read_ssml(in_voice("<![CDATA[<!DOCTYPE a>]]><!-- <!DOCTYPE b> -->"))


def attributes(number: int) -> str:
    return " ".join(f"a{place}=''" for place in range(number))


@pytest.mark.parametrize(
    "markup",
    [
        "<p>" * 62 + "x" + "</p>" * 62,
        "<s/>" * 99_998,
        f"<sub alias='{'x' * 10_000}'>a</sub>",
        f"<p {attributes(32)}/>",
    ],
    ids=["depth", "elements", "attribute", "attributes"],
)
def test_what_is_within_bounds_is_read(markup: str) -> None:
    assert read_ssml(in_voice(markup)).passages


@pytest.mark.parametrize(
    ("markup", "said"),
    [
        ("<p>" * 63 + "x" + "</p>" * 63, "more than 64 elements inside each other (line 1, column 210)"),
        ("<p>" * 100_000, "more than 64 elements inside each other"),
        ("<s/>" * 99_999, "more than 100,000 elements"),
        (f"<sub alias='{'x' * 10_001}'>a</sub>", 'The attribute "alias" of <sub> has 10,001 characters'),
        (f"<p a='{'x' * 2 * MILLION}'/>", "2,000,000 characters"),
        (f"<p {attributes(33)}/>", "more than 32 attributes"),
        (f"<p {attributes(200_000)}/>", "more than 32 attributes"),
    ],
    ids=["depth", "great depth", "elements", "attribute", "great attribute", "attributes", "many attributes"],
)
def test_what_is_beyond_bounds_is_refused(markup: str, said: str) -> None:
    assert said in refusal(in_voice(markup))


HOSTILE = {  # what begins a voice, and what follows it over and over, up to 2 MB
    "words": ("", "a b "),
    "white space": ("", " \n"),
    "ampersands": ("", "&amp;"),
    "bare ampersands": ("", "&"),
    "control characters": ("", "\x7f"),
    "runs that become one": ("", "a<bookmark mark='xxx'/>"),
    "runs that stay apart": ("", "<sub alias='x'>b</sub> "),
    "rests": ("", "a<break time='20ms'/>"),
    "voices": ("", "<voice name='b'>x</voice>"),
    "one long name": ("<", "a"),
    "one long attribute": ("<a b='", "x"),
    "one long comment": ("<!--", "x"),
    "comments": ("", "<!---->"),
    "sections": ("", "<![CDATA[a]]>"),
    "long numbers": ("", f"<prosody rate='{'9' * 9_000}x' pitch='{'9' * 9_000}Hz'>a</prosody>"),
    "long times": ("", f"<break time='{'9' * 9_000}'/>"),
}


@pytest.mark.parametrize(("begin", "repeated"), HOSTILE.values(), ids=HOSTILE)
def test_two_megabytes_of_anything_take_seconds_at_most(begin: str, repeated: str) -> None:
    content = in_voice(begin + repeated * (2 * MILLION // len(repeated)))
    started = time.process_time()
    try:
        read_ssml(content)
    except SsmlRefused as refused:
        assert len(str(refused)) < 300  # noqa: PT017  # to be read is right as well
    assert time.process_time() - started < 10  # a second at worst; what is not linear takes minutes


def test_memory_is_a_small_multiple_of_the_document() -> None:
    content = in_voice("word " * (MILLION * 2 // 5))
    tracemalloc.start()
    try:
        read_ssml(content)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 6 * len(content)


def test_what_follows_a_refusal_is_not_read() -> None:
    started = time.process_time()
    refusal("<x>" + "<y/>" * 500_000)
    assert time.process_time() - started < 0.5
