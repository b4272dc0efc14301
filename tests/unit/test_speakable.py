"""What the voice is given: nothing that nobody can speak, and every word of the text."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dropcast.scripts.speakable import ALL, RULES, has_speech, speakable

# Rule, what was written, what is spoken.
CASES = [
    ("entities", "AT&amp;T &lt;3 &quot;it&#39;s&quot; caf&eacute;", 'AT&T <3 "it\'s" café'),
    ("entities", "Q &amp;amp;amp; A", "Q & A"),
    ("entities", "R&D; and &copyright;", "R&D; and &copyright;"),
    ("spaces", "\ufeffso\u00adme\u200bthing\u2003wide\u2028next", "something wide\nnext"),
    ("spaces", "wa\u200cter\u200dmark", "watermark"),
    ("tags", "<p>One.</p><p>Two <b>bold</b><br/>words</p>", "One.\n\nTwo bold\nwords"),
    ("tags", '<a href="https://example.com" target=_blank>Here</a><!-- not <here> -->', "Here"),
    ("tags", '<speak>Wait<break time="1s"/> <emphasis level="strong">now</emphasis></speak>', "Wait\n now"),
    ("code", "Run `make test` and ``a ` b``.", "Run make test and ``a ` b``."),
    ("code", "```python\nprint(1)\n```", "print(1)"),
    ("escapes", r"\*not bold\* snake\_case \# one", "*not bold* snake_case # one"),
    ("links", 'See [the docs](https://example.com/a_(b) "Title") now.', "See the docs now."),
    ("links", "![A cat](cat.png) and [one](#top)", "A cat and one"),
    ("urls", "See https://www.example.com/a/b?c=d#e.", "See example.com."),
    ("urls", "(http://me:word@en.example.org:80/Foo_(bar)), <https://x.org>", "(en.example.org), x.org"),
    ("urls", "www.example.com/path, HTTP://LOCALHOST:3000!", "example.com, LOCALHOST!"),
    ("urls", "请访问https://example.com/x查看。", "请访问example.com查看。"),
    ("emails", "Write to <jane.doe@example.com>.", "Write to jane.doe@example.com."),
    ("emails", "mailto:jane@example.com?subject=Hi there", "jane@example.com there"),
    ("footnotes", "So.[1] Really[2][3], he said.² And[^note] this†.", "So. Really, he said. And this."),
    ("footnotes", "[^1]: A note.", "A note."),
    ("directions", "[laughs] Yes, [nervous laughter] well.", "Yes, well."),
    ("directions", "(sighing) I (long pause) know. *(laughs softly)*", "I know."),
    ("directions", "*chuckles* Right! *sighs heavily* Go.", "Right! Go."),
    ("directions", "She *laughs* at it. *laughs*", "She *laughs* at it."),
    ("directions", "[Host laughs] [intro music fades out] Welcome.", "Welcome."),
    ("directions", "そうですね（笑）。Genau [lacht]. (rires) Oui.", "そうですね。Genau. Oui."),
    ("emphasis", "**bold** *it* ***both*** __b__ _i_ ~~gone~~", "bold it both b i gone"),
    ("emphasis", "**a *b* c** *d **e** f* **_g_**", "a b c d e f g"),
    ("emphasis", "这是**重点**内容。**중요**한 것. **Haus**es", "这是重点内容。중요한 것. Hauses"),
    ("emoji", "Hi 👋🏽 there 👩‍🎓 🇫🇷🏴󠁧󠁢󠁥󠁮󠁧󠁿 ❤️ ok ✅", "Hi there ok"),
    ("emoji", "Press 1️⃣ or #️⃣", "Press 1 or #"),
    ("tables", "So:\n| A | B |\n|:--|--:|\n| 1 | x\\|y |\n|  | z |\nEnd.", "So:\nA, B.\n1, x|y.\nz.\nEnd."),
    ("dividers", "One.\n---\nTwo.\n* * *\n════\nThree.", "One.\nTwo.\nThree."),
    ("quotations", "> Said.\n> > Again.\n>\n> 40 is more", "Said.\nAgain.\n\n> 40 is more"),
    ("headings", "# Title #\nText.\n\n## What?\nSo", "Title.\nText.\n\nWhat?\nSo"),
    ("headings", "## 标题\n文字", "标题。\n文字"),
    ("bullets", "- one\n* two!\n  + three\n• four", "one.\ntwo!\nthree.\nfour"),
    ("bullets", "- [x] done\n- [ ] open\n\nEnd", "done.\nopen.\n\nEnd"),
    ("bullets", "- 3 eggs\n- 2 pots", "3 eggs.\n2 pots"),
    ("bullets", "- an item that\n  goes on\n- यह एक है", "an item that\n  goes on\nयह एक है"),
    ("punctuation", "No!!! What?!?! Hm..... 真的！！！啊………… ¡¡Sí!!", "No! What?! Hm... 真的！啊…… ¡Sí!"),
    ("punctuation", "So,, then --- yes *** fill ____ in", "So, then — yes fill in"),
]  # fmt: skip

PROSE = [
    # Twelve languages in nine scripts.
    "“Don't,” she said – it's Jane's – ‘or won't you?’ Mr. Smith paid $3.50 (about €3) at 10:30 a.m.",
    "« Où ça ? » dit-il ; c’est l’été… Il fait 21 °C, soit 10 000 € — non !",
    "Am 5. Mai um 14:30 Uhr sagte Frau Müller: „Das kostet 3,50 €, z. B. für R&D.“",
    "¿Qué tal? ¡Muy bien! La Sra. Peña llegó a las 8:15 y pagó el 20 %.",
    "Привет, мир! Он сказал: «Я приду в 10:30», — и ушёл. Это стоит 100 ₽ (сто рублей).",
    "東京の天気は晴れです。「えっ、本当？」……はい！（あとで説明します）ＡＢＣ・１２３　です。",
    "今天天气很好——真的吗？她说：“是的……”《红楼梦》（第一回）、100％。",
    "안녕하세요? 오늘은 3월 5일(화)입니다. '정말로' 좋네요~",
    "مرحبا، كيف حالك؟ هذا يكلّف ١٠٠ ريال؛ قال: «نعم».",
    "می‌خواهم کتاب‌ها را بخوانم؛ نمی‌دانم چرا؟",  # with joiners of no width
    "यह एक वाक्य है। क्या आप ठीक हैं? हाँ, क्‍योंकि १०:३० बजे हैं।",
    "שלום עולם! מה נשמע? זה עולה 50 ש״ח – לא יותר.",
    "สวัสดีครับ\u200bวันนี้\u200bอากาศดี ราคา 100 บาท ๆ",
    "Καλημέρα· τι κάνεις; Πληρώνω 5 € στις 10:30.",
    # What looks like a mark and is none.
    "2 < 3 and 5 > 4, a < b > c, x <y and z> w, I <3 you",
    "C++, C#, F♯ minor, B♭, A* search, a*b*c, 5 * 3 * 2, 2**3**4, x**2 and y**2",
    "snake_case_name, __init__.py, _config_.yml, *.txt,*.py, src/**/*.py, ../a.txt, C:\\Users\\Jane_D",
    "#1 of 3, # of people, AT&T, R&D, Q&A, rock & roll, and/or, 24/7, w/o, 50% off, ~5, 3×4, 10⁻³ m², ½",
    "(see below) (laughing at him) (music) [the president] [sic] [the music industry] (only) [pause button]",
    "She laughs at it. f[x](y), list[0], x[1], [1, 2], (1), {a}, f(x)[y]",
    "Wait... what? Well – no — yes. 1. First. a) one. - 5 degrees? e.g. i.e. No. 5, J. S. Bach. Hm…",
    "1. Eggs\n2. Milk",
    "- 5 degrees",
    "A → B, 3 ≠ 4, x = y, a == b, a | b || c, 10 - 3, --verbose, ^ and ~ and @home, jane@example.com",
    "example.com and docs.python.org/3 and http and https: are words",
    "①②③ ❶ № 5 § 3 © ® ™ † 1955 ‰",
    "don`t",
]  # fmt: skip

MARKS = st.text(
    st.sampled_from("*_~`#>-+|[]()<>&;:/.!?\\ \n\tab1é語अ\u200b\u200d\ufe0f👍⚠🏽\u2003ﬁ=@^"), max_size=40
)
FRAGMENTS = [
    "**", "*", "_", "~~", "`", "```", "|", "|---|", "a", "1", "é", "語", "laughs", "[laughs]", "(", ")",
    "[", "]", "https://www.", "www.", "x.org/", "<b>", "</b>", "<br>", "<", ">", "&amp;", "amp;",
    "&lt;", "&", ";", "!", "?", ".", ",", "👍", "\ufe0f", "\u200b", "[^1]", "[1]", "---", "mailto:", "@",
    "\\", "¹", "# ", "- ", "> ", "\n", " ", "\n\n",
]  # fmt: skip
BITS = st.lists(st.sampled_from(FRAGMENTS), max_size=14).map("".join)


@pytest.mark.parametrize(("rule", "written", "spoken"), CASES)
def test_a_rule_by_itself_cleans_its_own(rule: str, written: str, spoken: str) -> None:
    assert speakable(written, frozenset({rule})) == spoken


@pytest.mark.parametrize(("rule", "written"), [case[:2] for case in CASES if case[1] != case[2]])
def test_a_rule_that_is_off_leaves_its_own(rule: str, written: str) -> None:
    assert speakable(written, frozenset()) == written.strip()


def test_every_rule_has_a_case() -> None:
    assert {rule for rule, _, _ in CASES} == ALL
    assert len(RULES) == len(ALL)


@pytest.mark.parametrize("prose", PROSE)
def test_ordinary_prose_is_left_as_it_is(prose: str) -> None:
    assert speakable(prose) == prose


@pytest.mark.parametrize("prose", PROSE)
@pytest.mark.parametrize("rule", sorted(ALL))
def test_no_rule_by_itself_touches_ordinary_prose(rule: str, prose: str) -> None:
    assert speakable(prose, frozenset({rule})) == prose


def test_rules_together_clean_what_a_model_writes() -> None:
    written = """\
## **Welcome** 🎙️
*(upbeat music)* [laughs] So, today's topics:
- **Rust** &amp; `C++`
- [The report](https://example.com/r.pdf)[1]

> *“Wow!!!”*

---
More at https://www.example.com/x?y=1."""
    assert speakable(written) == (
        "Welcome.\nSo, today's topics:\nRust & C++.\nThe report.\n\n“Wow!”\n\nMore at example.com."
    )


@example("****a****")
@example("<<b>b>x")
@example("**[laughs]** \\*a\\*")
@given(MARKS | BITS | st.text())
def test_what_was_cleaned_stays_as_it_is(text: str) -> None:
    once = speakable(text)
    assert speakable(once) == once


@given(MARKS | BITS | st.text(), st.sampled_from(sorted(ALL)))
def test_each_rule_by_itself_leaves_what_it_cleaned(text: str, rule: str) -> None:
    once = speakable(text, frozenset({rule}))
    assert speakable(once, frozenset({rule})) == once


@given(st.text(st.characters(categories=["L", "M", "N", "Zs"]), max_size=60))
def test_no_letter_and_no_digit_is_lost_where_there_are_no_marks(text: str) -> None:
    assert [c for c in speakable(text) if c.isalnum()] == [c for c in text if c.isalnum()]


HOSTILE = [
    "*", "**", "*a ", "**a", "_a", "__a", "~~a", "`", "`a", "[", "![", "[a](", "[](x.y", "](", "(", "<",
    "<b ", "<b a='", "<b a=\"x\" ", "<!--", "<<b>b>", "&amp;", "&#", "&", "http://", "http://a", "www.",
    "www.a", "http://a/(", "!", ".", "?!", "#", "# ", "# a #", "> ", ">", "- ", "- a\n", "|", "|-",
    "|-|\n", "| a |\n|-|\n", " ", "\t", " \n", "\n", "=", "a=", "👍", "👍 ", "\ufe0f", "\u200d", "\u200b",
    "[^", "[1]", "a[1", "a.[1,1", "*laughs* ", "[laughs", "(a ", "\\", "\\*", "mailto:", "a@", "<a@",
    "¹", ".¹", "- - ", "_ ", "a_", "-=", "x.[1", "*[", "***(", "a ", "é",
]  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
def test_hostile_text_takes_no_longer_than_other(unit: str) -> None:
    text = unit * (100_000 // len(unit)) + "x"
    start = time.process_time()
    speakable(text)
    assert time.process_time() - start < 2  # a rule that is not linear takes minutes


@pytest.mark.parametrize(
    "start", ["http://a/", "[x](a.", '<b a="', "**", "_", "`", "<!--", "| ", "www.", "- ", "# "]
)
@pytest.mark.parametrize("unit", ["a", "a ", "a.", "a-", "(a)"])
def test_what_never_ends_takes_no_longer_than_other(start: str, unit: str) -> None:
    begin = time.process_time()
    speakable(start + unit * (100_000 // len(unit)) + "(")
    assert time.process_time() - begin < 2


@pytest.mark.parametrize(
    "text", ["", "…", "🙂", "---", "* * *", "[laughs]", "?!", "**", "<br>", "♪ ♪", "।", "\u200b"]
)
def test_where_nothing_is_left_to_speak_there_is_no_text(text: str) -> None:
    assert speakable(text) == ""


@pytest.mark.parametrize("text", ["a", "7", "語", "ก", "९", "½", "– é –"])
def test_any_letter_or_digit_can_be_spoken(text: str) -> None:
    assert has_speech(text)
    assert speakable(text) == text


def test_a_rule_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="smileys"):
        speakable("a", frozenset({"smileys"}))
