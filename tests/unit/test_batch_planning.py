"""From a batch request to its plan, and through storage and back."""

import json

import pytest

from dropcast.jobs.batch.bundle import Bundle, File, Sound, Stretch, decode_bundle, encode_bundle
from dropcast.jobs.batch.plan import BatchPlan
from dropcast.jobs.batch.planning import BatchRules, examine_batch, plan_batch
from dropcast.jobs.batch.report import BatchEnding, Counted, batch_report, decode_batch_ending
from dropcast.jobs.batch.stored_plan import decode_head, decode_inputs, encode_head, inputs_by_block
from dropcast.jobs.batch.timing import Boundary
from dropcast.jobs.identity import Upload
from dropcast.jobs.report import OutputFile
from dropcast.scripts.batch.request import Allowed
from dropcast.scripts.problems import ScriptRejected

UPLOAD = Upload("uploads", "batch/local/abc.json", 7)
JENNY = "en-US-JennyNeural"


def plain(*contents, **members):
    config = {"voice": JENNY} | members.pop("synthesisConfig", {})
    inputs = [{"content": content} for content in contents]
    return {"inputKind": "PlainText", "inputs": inputs, "synthesisConfig": config} | members


def ssml(*texts, voice=JENNY, **members):
    inputs = [{"content": f'<speak><voice name="{voice}">{text}</voice></speak>'} for text in texts]
    return {"inputKind": "SSML", "inputs": inputs} | members


def planned(request, **rules):
    return plan_batch(UPLOAD, json.dumps(request).encode(), BatchRules(**rules))


def problems(request, **rules):
    _, found = examine_batch(json.dumps(request).encode(), BatchRules(**rules))
    return [(problem.pointer, problem.message) for problem in found]


def test_every_input_is_spoken_by_utterances_of_its_own_in_order():
    plan = planned(ssml("One.", 'Two. <break time="3s"/> Three.', "Four."))
    assert [list(each.utterances) for each in plan.inputs] == [[0], [1, 2], [3]]
    assert [utterance.line for utterance in plan.utterances()] == [0, 1, 1, 2]
    assert plan.head.utterances == 4
    assert all(utterance.withdrawable for utterance in plan.utterances())


def test_the_rainbow_costs_twenty_nine_characters():
    assert planned(ssml("The rainbow has seven colors.")).head.characters == 29


def test_a_plan_says_which_voice_stands_for_which():
    [only] = planned(plain("Hello.")).inputs
    assert only.voices[JENNY].startswith("en-US-")
    assert only.voices[JENNY] == only.pieces[0].request.voice


def test_a_deployed_custom_voice_speaks():
    allowed = Allowed(custom_voices={"11111111-1111-1111-1111-111111111111": "en-US-Chirp3-HD-Kore"})
    request = plain(
        "Hello.",
        synthesisConfig={"voice": "ours"},
        customVoices={"ours": "11111111-1111-1111-1111-111111111111"},
    )
    [only] = planned(request, allowed=allowed).inputs
    assert only.pieces[0].request.voice == "en-US-Chirp3-HD-Kore"


@pytest.mark.parametrize("timed", [False, True])
@pytest.mark.parametrize("request_of", [plain, ssml])
def test_a_plan_comes_back_from_storage_as_it_was(request_of, timed):
    texts = [f"This is sentence {at}. And one more, really!" for at in range(70)]
    plan = planned(request_of(*texts, properties={"wordBoundaryEnabled": timed}))
    stored = list(inputs_by_block(plan))
    assert [block for block, _ in stored] == list(plan.head.bundles) == [0, 1, 2]
    inputs = tuple(each for _, lines in stored for each in decode_inputs(lines))
    assert BatchPlan(decode_head(encode_head(plan.head)), inputs) == plan


def test_an_input_without_words_is_finished_with_the_one_before_it():
    plan = planned(plain("…", "Hello.", "…"))
    assert [len(each.pieces) for each in plan.inputs] == [0, 1, 0]
    assert [len(decode_inputs(lines)) for _, lines in inputs_by_block(plan)] == [3]


def test_where_nothing_can_be_spoken_it_says_so():
    assert problems(plain("…", "!")) == [("/inputs", "There is nothing to be spoken in any of the inputs.")]
    with pytest.raises(ScriptRejected):
        planned(plain("…"))


def test_a_voice_that_there_is_not_is_told_once_for_plain_text_and_for_each_document():
    assert [pointer for pointer, _ in problems(plain("a", "b", synthesisConfig={"voice": "Bob"}))] == [
        "/synthesisConfig/voice"
    ]
    told = problems(ssml("a", "b", voice="Bob"))
    assert [pointer for pointer, _ in told] == ["/inputs/0/content", "/inputs/1/content"]
    assert "Bob" in told[0][1]


def test_a_document_that_is_not_well_formed_is_named_and_the_others_are_looked_at():
    request = ssml("Fine.", "a & b", voice=JENNY)
    request["inputs"].append({"content": "<speak>no voice</speak>"})
    told = problems(request)
    assert [pointer for pointer, _ in told] == ["/inputs/1/content", "/inputs/2/content"]
    assert told[0][1].startswith("inputs[1].content: ")


def test_what_could_not_be_read_is_told_once():
    request = ssml("Fine.")
    request["inputs"].append({"text": "<speak/>"})
    assert len(problems(request)) == 1


def test_a_format_that_the_deployment_cannot_make_is_refused_before_anything_is_spent():
    told = problems(plain("Hi."), makes=lambda audio: False)
    assert told[0][0] == "/properties/outputFormat"
    assert told[0][1].startswith("Unsupported output format riff-24khz-16bit-mono-pcm.")


def test_a_bundle_comes_back_from_storage_as_it_was():
    sound = Sound("there", 3, 24_000, (Boundary("a", 0, 1),), (), estimated=True)
    stretch = Stretch(("one", "two"), (File("0001.wav", 5, 7),))
    bundle = Bundle((stretch,), ("{}",), Counted(1, 2, 3, 4), ("é",), ("no",), ({"a": 1},), sound)
    assert decode_bundle(encode_bundle(bundle)) == bundle


def test_a_report_says_how_a_batch_ended():
    head = planned(plain("Hi.")).head
    archive = OutputFile("zip", "results/x/results.zip", "x.results.zip", 9)
    counted = Counted(2, 1, 30, 40)
    report = b"".join(batch_report(head, archive, counted, None))
    assert decode_batch_ending(report) == BatchEnding("results/x/results.zip", counted, 3, None)
    left = b"".join(batch_report(head, archive, counted, "why", delivered=False))
    assert decode_batch_ending(left) == BatchEnding(
        "results/x/results.zip", counted, 3, "why", delivered=False
    )
    assert decode_batch_ending(
        left.replace(b', "delivered": false', b"")
    ).delivered  # as earlier releases wrote
    failed = b"".join(batch_report(head, archive, counted, "why"))
    assert decode_batch_ending(failed).error == "why"
    assert json.loads(report)["status"] == "succeeded"
