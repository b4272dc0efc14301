"""A plan and a timeline of a few words, for what is written about them."""

from dropcast.jobs.identity import Upload
from dropcast.jobs.plan import CastSpeaker, Head, Plan, PlannedLine
from dropcast.scripts.conversation import Output, Sounding
from dropcast.sound.timeline import PlacedClip, PlacedLine, Timeline
from dropcast.voices.request import speech_request

VOICE = "en-US-Chirp3-HD-Kore"
RATE = 24_000

# What people write to break files that others read.
HOSTILE = [
    "00:00:00.000 --> 99:00:00.000",
    "a\n\nWEBVTT\n\n1\n00:00:00,000 --> 00:00:01,000\nb",
    "<script>alert(1)</script> & <v Somebody else>",
    "&lt;b&gt; &amp;",
    "NOTE\n\nSTYLE\n::cue { }",
    "tab\tand\r\nline\u2028ends\x0b\x85\u2029",
    "{ \\ } “…” 日本 👩🏽‍🚀",
    "\u200b",
]


def request(content="Hi."):
    return speech_request(kind="text", content=content, voice=VOICE, language_code="en-US")


def planned(*turns, title="story", **names):
    """A plan of (speaker, caption) turns; `names` are what the speakers are called, if not by their keys."""
    lines = tuple(
        PlannedLine(entry, speaker, caption, entry, (request(),))
        for entry, (speaker, caption) in enumerate(turns)
    )
    return plan_of(*lines, title=title, **names)


def plan_of(*lines, title="story", **names):
    speakers = dict.fromkeys(line.speaker for line in lines)
    head = Head(
        upload=Upload("uploads", "story.json", 7),
        script_sha256="",
        title=title,
        language_code="en-US",
        on_error="fail",
        sounding=Sounding(),
        sample_rate_hertz=RATE,
        outputs=(Output("mp3"),),
        speakers=tuple(CastSpeaker(key, names.get(key, key), VOICE) for key in speakers),
        lines_pointer="",
        skipped=(),
        warnings=(),
        utterances=sum(len(line.requests) for line in lines),
    )
    return Plan(head, lines)


def placed(*spans, rate=RATE, chapters=()):
    """A timeline of a line for each (start, end)."""
    lines = tuple(
        PlacedLine(entry, (PlacedClip(entry, start, end - start),))
        for entry, (start, end) in enumerate(spans)
    )
    return Timeline(rate, max((end for _, end in spans), default=0), lines, chapters)


def in_turn(plan, seconds=1, rate=RATE):
    """A timeline on which every line of a plan takes so many seconds, without pauses."""
    each = seconds * rate
    return placed(*((at * each, (at + 1) * each) for at in range(len(plan.lines))), rate=rate)


def written(pieces):
    return b"".join(pieces).decode()
