"""A plan casts the voices, cuts what is too long, and refuses at once what no voice can do."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropcast.jobs.identity import Upload
from dropcast.jobs.plan import Mp3Output
from dropcast.jobs.planning import MOST_PROBLEMS, Defaults, plan_conversation
from dropcast.scripts.problems import ScriptRejected
from dropcast.scripts.reading import read_conversation
from dropcast.voices.casting import Part, cast
from dropcast.voices.families import persona_of

KORE, NEURAL = "en-US-Chirp3-HD-Kore", "en-US-Neural2-C"
PROFILE = ("headphone-class-device",)


def planned(lines, deployment=Defaults(), name="shows/story.json", **settings):
    script = {"lines": lines, **settings} if settings else lines
    conversation = read_conversation(json.dumps(script).encode())
    return plan_conversation(Upload("uploads", name, 7), conversation, "ab12", deployment)


def refused(lines, **settings):
    with pytest.raises(ScriptRejected) as rejected:
        planned(lines, **settings)
    return [(problem.pointer, problem.message) for problem in rejected.value.problems]


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
@given(st.text("aé日👋 .", min_size=1, max_size=4).filter(lambda word: word.strip(" .")), st.integers(1, 40))
def test_a_line_too_long_for_one_request_is_cut_by_bytes_and_loses_no_word(word, thousands):
    text = " ".join([word] * (thousands * 1000 // len(word)))
    plan = planned([line("Before."), line(text), line("After.")])
    requests = plan.lines[1].requests
    assert max(len(request.content.encode()) for request in requests) <= 5_000
    assert "".join("".join(request.content.split()) for request in requests) == "".join(text.split())
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
    assert (usual.title, usual.on_error, usual.pause_ms, usual.mp3) == (
        "story",
        "fail",
        250,
        Mp3Output(24_000, 96),
    )
    assert (usual.lines_pointer, usual.skipped, usual.script_sha256) == ("", (1,), "ab12")
    output = {"format": "mp3", "bitrateKbps": 64, "sampleRateHertz": 48_000}
    said = planned([line()], title="T", onError="skip", defaults={"pauseTurnMs": 0}, outputs=[output]).head
    assert (said.title, said.on_error, said.pause_ms, said.mp3) == ("T", "skip", 0, Mp3Output(48_000, 64))
    assert said.lines_pointer == "/lines"
