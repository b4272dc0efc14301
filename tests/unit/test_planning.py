"""A plan casts the voices, cuts what is too long, and refuses at once what no voice can do."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropcast.jobs.identity import Upload
from dropcast.jobs.plan import NO_LINE, CastSpeaker
from dropcast.jobs.planning import MOST_PROBLEMS, Defaults, plan_conversation, plan_script
from dropcast.jobs.recording import Recording
from dropcast.scripts.conversation import (
    NOTHING_SAID,
    Chapter,
    Conversation,
    Delivery,
    Extra,
    Line,
    Output,
    Pacing,
    Pauses,
    Sounding,
    Speaker,
)
from dropcast.scripts.problems import ScriptRejected
from dropcast.scripts.pronunciations import Pronunciation
from dropcast.scripts.reading import read_conversation
from dropcast.scripts.speakable import has_speech, speakable
from dropcast.voices.casting import Part, cast
from dropcast.voices.families import persona_of
from dropcast.wiring import defaults

KORE, NEURAL, JOURNEY = "en-US-Chirp3-HD-Kore", "en-US-Neural2-C", "en-US-Journey-D"
PROFILE = ("headphone-class-device",)


def planned(lines, deployment=Defaults(), name="shows/story.json", **settings):
    script = {"lines": lines, **settings} if settings else lines
    conversation = read_conversation(json.dumps(script).encode())
    return plan_conversation(Upload("uploads", name, 7), conversation, "ab12", deployment)


def refused(lines, **settings):
    with pytest.raises(ScriptRejected) as rejected:
        planned(lines, **settings)
    return [(problem.pointer, problem.message) for problem in rejected.value.problems]


def conversation(*lines, **said):
    """A conversation as values, for what its reader would not let through."""
    nothing = dict.fromkeys(("title", "description", "language_code"))
    empty = {"speakers": (), "skipped": (), "on_error": "fail", "outputs": (Output("mp3"),), "warnings": ()}
    return Conversation(lines=lines, **nothing | empty | said)


def entry(content, index=0, *, kind="text", speaker="A", voice=None, **said):
    delivery = Delivery(voice) if voice else None
    about = {"id": None, "caption": None, "delivery": delivery} | said
    return Line(index=index, speaker=speaker, kind=kind, content=content, **about)


def recorded(name="door.wav", index=0, **said):
    return entry(name, index, kind="audio", **said)


def laid(script, deployment=Defaults()):
    return plan_conversation(Upload("uploads", "shows/story.json", 7), script, "ab12", deployment)


def problems_of(script, deployment=Defaults()):
    with pytest.raises(ScriptRejected) as rejected:
        laid(script, deployment)
    return rejected.value.problems


def alias(phrase, said, *, match_case=True):
    return Pronunciation(phrase, "alias", said, match_case)


def sound(phrase, said="dʒɪf"):
    return Pronunciation(phrase, "ipa", said)


def line(text="Hello there.", speaker="A", **said):
    return {"speaker": speaker, "line": text, **said}


def first(plan):
    return plan.lines[0].requests[0]


def test_every_speaker_keeps_the_voice_that_casting_gives_it():
    plan = planned([line(speaker=speaker) for speaker in "ABAB"])
    voices = cast([Part("A"), Part("B")], "en-US")
    assert {speaker.key: speaker.voice for speaker in plan.head.speakers} == {
        key: voice.name for key, voice in voices.items()
    }
    assert [each.requests[0].voice for each in plan.lines] == [voices[key].name for key in "ABAB"]


def test_what_a_script_says_of_a_speaker_goes_into_its_every_line():
    plan = planned(
        [line(), line("More.")], speakers={"A": {"name": "Claire", "voice": KORE, "speakingRate": 1.2}}
    )
    assert [(speaker.key, speaker.name) for speaker in plan.head.speakers] == [("A", "Claire")]
    assert [(each.requests[0].voice, each.requests[0].speaking_rate) for each in plan.lines] == [
        (KORE, 1.2)
    ] * 2


def test_what_a_line_says_goes_before_what_its_speaker_says():
    speakers = {"A": {"voice": NEURAL, "pitch": -2, "speakingRate": 1.2, "volumeGainDb": 3}}
    plan = planned([line(pitch=4, volumeGainDb=0), line()], speakers=speakers)
    ours, theirs = (each.requests[0] for each in plan.lines)
    assert (ours.pitch, ours.speaking_rate, ours.volume_gain_db) == (4, 1.2, None)
    assert (theirs.pitch, theirs.speaking_rate, theirs.volume_gain_db) == (-2, 1.2, 3)


def test_a_line_may_have_a_voice_of_its_own_with_its_own_language():
    request = first(planned([line(voice="fr-FR-Neural2-F")]))
    assert (request.voice, request.language_code) == ("fr-FR-Neural2-F", "fr-FR")


@pytest.mark.parametrize(("said", "locale"), [("fr", "fr-FR"), ("de-de", "de-DE"), ("zh-CN", "cmn-CN")])
def test_a_line_in_another_language_is_spoken_by_the_same_person(said, locale):
    plan = planned([line(speaker=key, languageCode=said) for key in "ABC"])
    persons = [persona_of(speaker.voice) for speaker in plan.head.speakers]
    requests = [each.requests[0] for each in plan.lines]
    assert [request.voice for request in requests] == [f"{locale}-{person}" for person in persons]
    assert {request.language_code for request in requests} == {locale}


def test_the_language_is_that_of_the_script_or_else_of_the_deployment():
    assert planned([line()], Defaults("de-DE")).head.language_code == "de-DE"
    plan = planned([line()], Defaults("de-DE"), languageCode="fr")
    assert (plan.head.language_code, first(plan).language_code) == ("fr-FR", "fr-FR")


def test_a_speaker_may_speak_a_language_of_its_own():
    plan = planned([line(), line(speaker="B")], speakers={"B": {"languageCode": "it"}})
    assert [each.requests[0].language_code for each in plan.lines] == ["en-US", "it-IT"]


def test_a_language_without_voices_does_not_matter_where_every_speaker_has_one():
    assert (
        first(planned([line(voice=KORE)], speakers={"A": {"voice": KORE}}, languageCode="tlh")).voice == KORE
    )


@settings(max_examples=20, deadline=None)
@given(st.text("aé日👋 .", min_size=1, max_size=4).filter(has_speech), st.integers(1, 40))
def test_a_line_too_long_for_one_request_is_cut_by_bytes_and_loses_no_word(word, thousands):
    text = " ".join([word] * (thousands * 1000 // len(word)))
    plan = planned([line("Before."), line(text), line("After.")])
    requests = plan.lines[1].requests
    assert max(len(request.content.encode()) for request in requests) <= 5_000
    said = "".join("".join(request.content.split()) for request in requests)
    assert said == "".join(speakable(text).split())
    assert {(request.voice, request.kind) for request in requests} == {(requests[0].voice, "text")}
    assert [each.first_utterance for each in plan.lines] == [0, 1, 1 + len(requests)]
    assert plan.head.utterances == len(list(plan.utterances())) == 2 + len(requests)


@pytest.mark.parametrize(
    ("text", "pieces"), [("a" * 5000, 1), ("é" * 2500, 1), ("a" * 5001, 2), ("é" * 2501, 2)]
)
def test_the_limit_counts_bytes_not_characters(text, pieces):
    assert len(planned([line(text)]).lines[0].requests) == pieces


def test_a_cut_line_is_shown_whole_in_the_captions():
    text = "A sentence. " * 1000
    assert planned([line(text)]).lines[0].caption == text.strip()
    assert planned([line(text, caption="Short.")]).lines[0].caption == "Short."


def test_ssml_is_not_cut_but_refused_if_too_long():
    ssml = f"<speak>{'a' * 5000}</speak>"
    ((pointer, message),) = refused([{"speaker": "A", "ssml": ssml, "voice": NEURAL}])
    assert (pointer, "5015 bytes" in message) == ("/0", True)


def test_a_device_profile_is_sent_where_the_family_takes_one():
    lines = [line(voice=KORE), line(voice=NEURAL)]
    profiles = [
        each.requests[0].effects_profile for each in planned(lines, Defaults(effects_profile=PROFILE)).lines
    ]
    assert profiles == [(), PROFILE]


def test_what_a_speakers_voice_cannot_do_is_said_once_however_many_lines_it_has():
    found = refused([line(str(at)) for at in range(50)], speakers={"A": {"voice": KORE, "pitch": 2}})
    assert [pointer for pointer, _ in found] == ["/speakers/A"]
    assert "Chirp3-HD voices have no pitch" in found[0][1]


def test_what_a_lines_own_voice_cannot_do_is_said_at_the_line():
    found = refused([line(), line(pitch=2), {"speaker": "A", "ssml": "<speak>Hi.</speak>"}], title="Story")
    assert [(pointer, message.split(":")[0]) for pointer, message in found] == [
        ("/lines/1", "pitch 2.0"),
        ("/lines/2", "ssml"),
    ]


def test_a_key_with_slashes_and_tildes_is_escaped_in_the_pointer():
    speakers = {"a/b~c": {"voice": KORE, "pitch": 2}}
    assert refused([line(speaker="a/b~c")], speakers=speakers)[0][0] == "/speakers/a~1b~0c"


def test_every_unknown_voice_and_language_of_the_speakers_is_said_at_once():
    speakers = {"A": {"voice": "en-US-Chirp3-HD-Kora"}, "B": {"languageCode": "tlh"}, "C": {"voice": "Kore"}}
    found = refused([line()], speakers=speakers)
    assert [pointer for pointer, _ in found] == [
        "/speakers/A",
        "/speakers/B",
        "/speakers/C",
    ]
    assert "did you mean en-US-Chirp3-HD-Kore" in found[0][1]


def test_every_unknown_voice_and_language_of_the_lines_is_said_at_once():
    found = refused([line(voice="en-US-Chirp3-HD-Kora"), line(), line(languageCode="tlh")])
    assert [pointer for pointer, _ in found] == ["/0", "/2"]


def test_a_language_without_voices_to_cast_from_is_refused():
    ((pointer, message),) = refused([line()], languageCode="tlh")
    assert (pointer, "tlh: no voices to cast in it" in message) == ("", True)


def test_what_is_wrong_with_speakers_and_with_lines_is_said_at_once():
    lines = [line(), line(speaker="B", voice="en-US-Chirp3-HD-Kora")]
    found = refused(lines, speakers={"A": {"voice": "Kore"}})
    assert [pointer for pointer, _ in found] == ["/speakers/A", "/lines/1"]


def test_a_speaker_of_a_list_is_pointed_at_where_the_list_has_it():
    found = refused([line()], speakers=[{"key": "B"}, {"key": "A", "voice": KORE, "pitch": 2}])
    assert [pointer for pointer, _ in found] == ["/speakers/1"]


def test_a_speakers_fault_is_told_once_however_much_its_lines_say():
    lines = [line(speakingRate=1.1), line(), line(volumeGainDb=1)]
    found = refused(lines, speakers={"A": {"voice": KORE, "pitch": 2}})
    assert [pointer for pointer, _ in found] == ["/speakers/A"]


def test_a_language_that_a_named_voice_does_not_speak_is_refused_not_ignored():
    lines = [line(languageCode="fr-FR"), line(speaker="B", voice=KORE, languageCode="fr-FR")]
    found = refused(lines, speakers={"A": {"voice": KORE}, "C": {"voice": KORE, "languageCode": "de-DE"}})
    assert [pointer for pointer, _ in found] == ["/lines/0", "/lines/1"]
    assert "speaks en-US" in found[0][1]


def test_of_very_many_problems_the_first_are_told():
    found = refused([line(voice="Kore") for _ in range(3 * MOST_PROBLEMS)])
    assert [pointer for pointer, _ in found] == [f"/{at}" for at in range(MOST_PROBLEMS)]


def test_the_head_says_what_the_script_says_or_what_is_usual():
    usual = planned([line(), line("")], name="shows/deep/story.json").head
    assert (usual.title, usual.on_error, usual.sounding, usual.rest_ms) == ("story", "fail", Sounding(), 0)
    assert usual.outputs[0] == Output("mp3", 96, 24_000)
    assert (usual.lines_pointer, usual.skipped, usual.script_sha256) == ("", (1,), "ab12")
    output = {"format": "mp3", "bitrateKbps": 64, "sampleRateHertz": 48_000}
    said = planned([line()], title="T", onError="skip", defaults={"pauseTurnMs": 0}, outputs=[output]).head
    assert (said.title, said.on_error, said.lines_pointer) == ("T", "skip", "/lines")
    assert (said.sounding.pauses, said.outputs[0]) == (Pauses(turn_ms=0), Output("mp3", 64, 48_000))


def test_every_output_says_its_sample_rate_and_bitrate_where_its_format_has_any():
    formats = ("mp3", "m4a", "m4b", "opus", "flac", "wav", "vtt", "srt", "transcript.json", "chapters.json")
    outputs = laid(conversation(entry("Hi."), outputs=tuple(map(Output, formats)))).head.outputs
    assert {output.format: (output.sample_rate_hertz, output.bitrate_kbps) for output in outputs} == {
        "mp3": (24_000, 96),
        "m4a": (48_000, 64),
        "m4b": (48_000, 64),
        "opus": (48_000, 32),
        "flac": (24_000, None),
        "wav": (24_000, None),
        "vtt": (None, None),
        "srt": (None, None),
        "transcript.json": (None, None),
        "chapters.json": (None, None),
    }


def test_what_a_script_says_of_an_output_is_kept_where_it_means_something():
    said = (Output("m4a", 128, 24_000), Output("wav", 96, 48_000), Output("vtt", 96, 48_000))
    outputs = laid(conversation(entry("Hi."), outputs=said)).head.outputs
    assert outputs == (Output("m4a", 128, 24_000), Output("wav", None, 48_000), Output("vtt"))


def test_how_the_episode_sounds_goes_into_the_plan():
    sounding = Sounding(Pauses(1, 2, 3, 4), trim=False, fade_ms=9, loudness=None, match_speakers=False)
    pacing, chapter = Pacing(1, 2, 3, 4), Chapter("One", url="https://example.com")
    plan = laid(conversation(entry("Hi.", pacing=pacing, chapter=chapter), sounding=sounding, rest_ms=700))
    assert (plan.head.sounding, plan.head.rest_ms) == (sounding, 700)
    assert (plan.lines[0].pacing, plan.lines[0].chapter) == (pacing, chapter)


def test_the_voice_is_given_clean_text_and_captions_what_was_written():
    written = "**Hello** 👋 [laughs] there."
    plan = laid(conversation(entry(written)))
    assert (first(plan).content, plan.lines[0].caption) == ("Hello there.", written)
    kept = laid(conversation(entry(written), clean_up=frozenset({"emoji"})))
    assert (first(kept).content, kept.lines[0].caption) == ("**Hello** [laughs] there.", written)


@pytest.mark.parametrize(
    ("kind", "content", "caption"),
    [
        ("ssml", "<speak>**Fish** &amp; <break/>chips 👋</speak>", "**Fish** & chips 👋"),
        ("markup", "**Well** [pause long] yes 👋", "**Well** yes 👋"),
    ],
)
def test_what_is_written_for_the_voice_is_not_cleaned_up(kind, content, caption):
    plan = laid(conversation(entry(content, kind=kind, voice=NEURAL if kind == "ssml" else KORE)))
    assert (first(plan).content, plan.lines[0].caption) == (content, caption)


@pytest.mark.parametrize("nothing", ["", "👋", "[laughs]", "***", "Umm."])
def test_a_line_of_which_nothing_is_left_is_skipped_and_leaves_its_pauses_and_chapter(nothing):
    gone = entry(nothing, 1, pacing=Pacing(rest_ms=300), chapter=Chapter("Two"))
    last = entry("👋", 4, pacing=Pacing(rest_ms=50))
    script = conversation(
        entry("Hi."),
        gone,
        entry("Bye.", 3, pacing=Pacing(before_ms=1, rest_ms=20)),
        last,
        skipped=(2,),
        rest_ms=5,
        pronunciations=(Pronunciation("Umm", "alias", "-"),),
    )
    plan = laid(script)
    assert (plan.head.skipped, plan.head.utterances, plan.head.rest_ms) == ((1, 2, 4), 2, 55)
    assert [(each.entry, each.first_utterance) for each in plan.lines] == [(0, 0), (3, 1)]
    assert plan.lines[1].pacing == Pacing(before_ms=1, rest_ms=320)
    assert plan.lines[1].chapter == Chapter("Two")


def test_a_script_of_which_nothing_is_left_is_refused_as_it_would_never_end():
    script = conversation(entry("👋"), entry("***", 1), extras=(Extra("intro", "theme.wav"),))
    ((problem),) = problems_of(replace(script, lines_pointer="/lines"))
    assert (problem.pointer, "No line holds anything" in problem.message) == ("/lines", True)


def test_a_script_of_which_no_line_can_be_read_is_not_called_empty_besides():
    script = json.dumps([{"speaker": "A", "line": 5}]).encode()
    with pytest.raises(ScriptRejected) as rejected:
        plan_script(Upload("uploads", "story.json", 7), script, Defaults())
    assert [problem.pointer for problem in rejected.value.problems] == ["/0/line"]


def test_the_lexicon_of_a_line_goes_before_the_scripts_and_that_before_the_deployments():
    text = "One, two and three."
    script = conversation(
        entry(text, pronunciations=(alias("One", "LINE"),)),
        entry(text, 1),
        pronunciations=(alias("One", "SCRIPT"), alias("two", "SCRIPT")),
    )
    lexicon = tuple(alias(word, "DEPLOYMENT") for word in ("One", "two", "three"))
    plan = laid(script, Defaults(pronunciations=lexicon))
    assert [each.requests[0].content for each in plan.lines] == [
        "LINE, SCRIPT and DEPLOYMENT.",
        "SCRIPT, SCRIPT and DEPLOYMENT.",
    ]
    assert {each.caption for each in plan.lines} == {text}


def test_a_lexicon_that_leaves_case_aside_still_goes_before_one_that_does_not():
    script = conversation(
        entry("GIF", pronunciations=(alias("gif", "LINE", match_case=False),)),
        pronunciations=(alias("GIF", "SCRIPT"),),
    )
    assert first(laid(script)).content == "LINE"


def test_a_sound_goes_before_an_alias_of_a_lexicon_that_counts_less():
    script = conversation(entry("A GIF.", pronunciations=(sound("GIF"),)))
    request = first(laid(script, Defaults(pronunciations=(alias("GIF", "picture"),))))
    assert (request.content, request.pronunciations) == ("A GIF.", (sound("GIF"),))


def test_the_lexicon_is_applied_to_clean_text():
    script = conversation(entry("A **GIF**."), pronunciations=(alias("**GIF**", "@"), alias("GIF", "jif")))
    assert first(laid(script)).content == "A jif."


def test_a_lexicon_changes_the_digest_of_the_lines_that_hold_its_phrases_and_of_no_others():
    script = conversation(entry("A GIF."), entry("Many GIFs.", 1))
    plain, said = laid(script), laid(replace(script, pronunciations=(sound("GIF"), alias("PNG", "ping"))))
    same = [
        before.requests[0].digest() == after.requests[0].digest()
        for before, after in zip(plain.lines, said.lines, strict=True)
    ]
    assert same == [False, True]


def test_a_family_without_sounds_objects_to_those_of_the_script_where_they_stand():
    script = conversation(
        entry("Hello.", voice=JOURNEY), entry("A GIF.", 1, voice=JOURNEY), pronunciations=(sound("GIF"),)
    )
    (problem,) = problems_of(script)
    assert (problem.pointer, "pronunciations of GIF" in problem.message) == ("/1", True)


def test_the_deployments_sounds_are_left_out_where_a_family_has_none_but_its_aliases_are_said():
    deployment = Defaults(pronunciations=(sound("GIF"), alias("PNG", "ping")))
    request = first(laid(conversation(entry("A GIF, a PNG.", voice=JOURNEY)), deployment))
    assert (request.content, request.pronunciations) == ("A GIF, a ping.", ())


GROWING = Pronunciation("A", "x-sampa", '"' * 200)  # 1,200 bytes as SSML escapes it


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(["A", "b", "語", "&", "A."]), min_size=1, max_size=400), st.integers(1, 9))
def test_a_text_that_grows_as_ssml_is_cut_until_each_piece_fits_and_loses_no_word(words, repeat):
    text = f"A {' '.join(words * repeat)}"
    plan = laid(conversation(entry(text, voice=NEURAL), pronunciations=(GROWING,)))
    requests = plan.lines[0].requests
    assert max(len(request.as_sent()[1].encode()) for request in requests) <= 5_000
    assert "".join("".join(request.content.split()) for request in requests) == "".join(text.split())
    assert sum(request.as_sent()[1].count("<phoneme") for request in requests) == text.split().count(
        "A"
    ) + text.split().count("A.")


def test_pieces_carry_the_sounds_that_they_hold_and_no_others():
    text = "A GIF. " + "More words. " * 600
    requests = laid(conversation(entry(text), pronunciations=(sound("GIF"),))).lines[0].requests
    assert [request.pronunciations for request in requests] == [(sound("GIF"),), ()]


def test_an_alias_that_is_longer_than_its_phrase_is_cut_after_it_was_put_in():
    script = conversation(entry("A " * 200), pronunciations=(alias("A", "word " * 40),))
    requests = laid(script).lines[0].requests
    assert len(requests) == 8
    assert max(len(request.content) for request in requests) <= 5_000


def test_sounds_that_no_request_can_hold_are_refused_not_sent():
    lexicon = (replace(GROWING, phrase="+"),)
    (problem,) = problems_of(conversation(entry(f"A {'+' * 50}", voice=NEURAL), pronunciations=lexicon))
    assert (problem.pointer, "as SSML they need more than" in problem.message) == ("/0", True)


def test_a_large_lexicon_of_the_script_and_another_of_each_line_are_quick():
    shared = tuple(alias(f"word{number} of mine", "@", match_case=number % 2 == 0) for number in range(1000))
    lines = [
        entry(f"Say word{number} of mine.", number, pronunciations=(sound(f"own{number}"),))
        for number in range(100)
    ]
    plan = laid(conversation(*lines, pronunciations=shared))  # two seconds a line, were it compiled anew
    assert {each.requests[0].content for each in plan.lines} == {"Say @."}


def test_a_recording_is_an_utterance_that_nobody_speaks():
    plan = laid(conversation(entry("Hi."), recorded(index=1), entry("Bye.", 2)))
    insert = plan.lines[1]
    assert (insert.requests, insert.caption) == ((Recording("door.wav", 24_000),), "")
    assert [each.first_utterance for each in plan.lines] == [0, 1, 2]
    assert plan.head.utterances == len(list(plan.utterances())) == 3


def test_a_recording_is_captioned_where_the_script_says_how():
    plan = laid(conversation(recorded(caption="[door slams]"), entry("Hi.", 1)))
    assert plan.lines[0].caption == "[door slams]"


def test_whoever_is_heard_in_recordings_only_has_a_name_and_takes_no_voice_from_anybody():
    claire = Speaker("C", "Claire", None, NOTHING_SAID)
    lines = [entry("Hi."), entry("Ho.", 1, speaker="B")]
    inserts = [recorded(index=2, speaker="C"), recorded(index=3, speaker=""), recorded(index=4, speaker="A")]
    without = laid(conversation(*lines)).head.speakers
    plan = laid(conversation(*lines, *inserts, speakers=(claire,)))
    others = {CastSpeaker("C", "Claire", ""), CastSpeaker("", "", "")}
    assert set(plan.head.speakers) == {*without, *others}
    assert {each.speaker for each in plan.lines} <= {speaker.key for speaker in plan.head.speakers}


def test_a_recording_may_say_the_bucket_that_it_is_in():
    plan = laid(conversation(recorded("gs://uploads/shows/a door.wav"), recorded("shows/gs/x", 1)))
    assert [each.requests[0].name for each in plan.lines] == ["shows/a door.wav", "shows/gs/x"]


def test_an_episode_of_recordings_alone_can_be_made_in_any_language():
    plan = laid(conversation(recorded(), language_code="tlh"))
    assert (plan.head.utterances, plan.head.speakers) == (1, (CastSpeaker("A", "A", ""),))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gs://secrets/diary.wav", "from the uploads bucket (gs://uploads) only"),
        ("gs://uploads.evil/x.wav", "from the uploads bucket"),
        ("gs://uploads@secrets/x.wav", "from the uploads bucket"),
        ("gs:///x.wav", "from the uploads bucket"),
        ("gs://uploads", "is missing"),
        ("gs://uploads/", "is missing"),
        ("gs://uploads/gs://secrets/x.wav", "not fetched from the web"),
        (" gs://secrets/x.wav", "not fetched from the web"),
        ("GS://secrets/x.wav", "not fetched from the web"),
        ("https://example.com/x.mp3", "not fetched from the web"),
        ("file:///etc/passwd", "not fetched from the web"),
        ("", "is missing"),
        (" ", "is missing"),
        ("x" * 1_025, "1,025 bytes"),
        ("é" * 513, "1,026 bytes"),
        ("shows/other.json", "the name of a script"),
        ("gs://uploads/shows/Other.JSON", "the name of a script"),
        ("..", "can have this name"),
        ("a\nb.wav", "can have this name"),
        ("a\x00.wav", "can have this name"),
        ("a\ud800.wav", "can have this name"),
    ],
)
def test_what_names_no_recording_of_the_uploads_bucket_is_refused(name, said):
    music = Extra("music", name)
    problems = problems_of(conversation(entry("Hi."), recorded(name, 5), extras=(music,)))
    assert [problem.pointer for problem in problems] == ["/5/audio", "/audio/music"]
    assert all(said in problem.message for problem in problems)
    json.dumps([problem.value for problem in problems], ensure_ascii=False).encode()


def test_the_longest_name_is_taken():
    assert laid(conversation(recorded("x" * 1_024))).head.utterances == 1


def test_what_is_heard_beside_the_lines_is_numbered_behind_them():
    extras = (Extra("intro", "a.wav"), Extra("music", "gs://uploads/b.mp3", -20.0), Extra("outro", "a.wav"))
    plan = laid(conversation(entry("Hi."), entry("Ho. " * 2000, 1), extras=extras))
    lines = len(plan.lines[0].requests) + len(plan.lines[1].requests)
    assert [(extra.extra, extra.utterance, extra.recording) for extra in plan.head.extras] == [
        (extras[0], lines, Recording("a.wav", 24_000)),
        (extras[1], lines + 1, Recording("b.mp3", 24_000)),
        (extras[2], lines + 2, Recording("a.wav", 24_000)),
    ]
    every = list(plan.utterances())
    assert [utterance.index for utterance in every] == list(range(plan.head.utterances))
    assert [utterance.line for utterance in every[lines:]] == [NO_LINE] * 3


def test_problems_of_speakers_lines_and_extras_are_told_at_once():
    script = conversation(
        entry("Hi."),
        entry("Ho.", 1, voice="Kore"),
        recorded("", 2),
        speakers=(Speaker("A", "A", None, Delivery("Nobody"), "/speakers/A"),),
        extras=(Extra("intro", ""),),
    )
    pointers = [problem.pointer for problem in problems_of(script)]
    assert pointers == ["/speakers/A", "/2/audio", "/audio/intro"]


def test_the_deployments_lexicon_is_that_of_its_variable(monkeypatch):
    monkeypatch.setenv("PRONUNCIATIONS", '[{"phrase": "GIF", "pronunciation": "dʒɪf"}]')
    assert defaults.__wrapped__().pronunciations == (sound("GIF"),)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("GIF", "^PRONUNCIATIONS is not JSON: "),
        ('["GIF"]', "^PRONUNCIATIONS/0: A pronunciation must be "),
        ('[{"phrase": "GIF", "alias": ""}]', "^PRONUNCIATIONS/0"),
        ("7", "^PRONUNCIATIONS: A lexicon must be "),
    ],
)
def test_a_lexicon_of_the_deployment_that_cannot_be_read_says_so_by_name(value, said, monkeypatch):
    monkeypatch.setenv("PRONUNCIATIONS", value)
    with pytest.raises(ValueError, match=said):
        defaults.__wrapped__()  # what is kept for good is not asked
