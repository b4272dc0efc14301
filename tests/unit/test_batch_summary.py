"""summary.json in the contract's exact shapes (section 7), and what the files are called."""

import json

import pytest

from dropcast.publishing.batch.files import Names, file_names
from dropcast.publishing.batch.result import Heard, InputResult
from dropcast.publishing.batch.summary import entry_json, summary_json
from dropcast.scripts.batch.formats import AudioFormat
from dropcast.scripts.batch.request import Wanted

WAV = AudioFormat("riff-24khz-16bit-mono-pcm", "pcm", "riff", 24_000, 384, "wav")
MP3 = AudioFormat("audio-48khz-192kbitrate-mono-mp3", "mp3", "mp3", 48_000, 192, "mp3")
HEARD = Heard(60_000, 24_000, 120_000, (), (), estimated=False)


def entry(result, **wanted):
    return json.loads(entry_json(result, Wanted(WAV, **wanted)))


def succeeded(*contents, number=1, heard=HEARD):
    return InputResult(number, contents, heard)


def test_an_input_that_succeeded_reads_as_the_contract_shows_it():
    assert entry(succeeded("The rainbow has seven colors."), words=True, sentences=True) == {
        "contents": ["The rainbow has seven colors."],
        "status": "Succeeded",
        "audioFileName": "0001.wav",
        "wordBoundaryFileName": "0001.word.json",
        "sentenceBoundaryFileName": "0001.sentence.json",
        "properties": {"sizeInBytes": "120000", "durationInMilliseconds": "2500"},
    }


def test_the_members_come_in_the_order_in_which_azure_writes_them():
    members = list(entry(succeeded("a"), words=True, sentences=True))
    assert members[:3] == ["contents", "status", "audioFileName"]
    assert members[-1] == "properties"


@pytest.mark.parametrize(
    ("wanted", "absent"),
    [
        ({}, {"wordBoundaryFileName", "sentenceBoundaryFileName"}),
        ({"words": True}, {"sentenceBoundaryFileName"}),
        ({"sentences": True}, {"wordBoundaryFileName"}),
    ],
)
def test_the_name_of_a_file_that_there_is_not_is_not_there(wanted, absent):
    names = {"wordBoundaryFileName", "sentenceBoundaryFileName"}
    assert names - entry(succeeded("a"), **wanted).keys() == absent


def test_an_input_that_failed_says_why_and_names_no_file():
    assert entry(InputResult(2, ("x",), None, "The voice refused it."), words=True) == {
        "contents": ["x"],
        "status": "Failed",
        "error": {"code": "SynthesisFailed", "message": "The voice refused it."},
    }


def test_an_input_that_failed_without_a_word_still_has_a_message():
    assert entry(InputResult(2, ("x",), None))["error"]["message"]


@pytest.mark.parametrize("content", ['<speak version="1.0">a &amp; b</speak>', "多\r\n行\t", '"\\', "\ud83d"])
def test_an_input_stands_there_verbatim(content):
    assert entry(succeeded(content))["contents"] == [content]


def test_of_one_file_for_all_the_inputs_there_is_one_entry_with_all_of_them():
    joined = entry(succeeded("a", "b", "c"), concatenated=True)
    assert (joined["contents"], joined["audioFileName"]) == (["a", "b", "c"], "0001.wav")


@pytest.mark.parametrize(
    ("samples", "rate", "told"), [(47, 24_000, "1"), (0, 24_000, "0"), (22_049, 22_050, "999")]
)
def test_a_duration_is_truncated_to_milliseconds(samples, rate, told):
    heard = Heard(samples, rate, 2 * samples, (), (), estimated=False)
    properties = entry(succeeded("a", heard=heard))["properties"]
    assert properties == {"sizeInBytes": str(2 * samples), "durationInMilliseconds": told}


def summary(*entries, succeeded=True):
    return json.loads(b"".join(summary_json("6f1e", succeeded, entries)))


def test_a_summary_has_the_job_its_status_and_its_entries_in_order():
    entries = [
        entry_json(succeeded(text, number=number), Wanted(WAV)) for number, text in [(1, "a"), (2, "b")]
    ]
    told = summary(*entries)
    assert list(told) == ["jobID", "status", "results"]
    assert (told["jobID"], told["status"]) == ("6f1e", "Succeeded")
    assert [result["audioFileName"] for result in told["results"]] == ["0001.wav", "0002.wav"]


def test_a_summary_of_a_job_that_failed_says_so():
    failed = entry_json(InputResult(1, ("x",), None, "no"), Wanted(WAV))
    told = summary(failed, succeeded=False)
    assert (told["status"], told["results"][0]["status"]) == ("Failed", "Failed")


def test_a_summary_without_entries_is_valid():
    assert summary()["results"] == []


def test_a_summary_is_written_as_its_entries_come():
    asked = []

    def entries():
        for number in range(3):
            asked.append(number)
            yield b"{}"

    written = summary_json("6f1e", succeeded=True, entries=entries())
    next(written), next(written)
    assert asked == [0]


def test_files_have_numbers_of_four_digits_and_the_extension_of_the_format():
    assert file_names(7, Wanted(MP3)) == Names("0007.mp3", None, None, "0007.debug.json")
    assert file_names(10_000, Wanted(WAV, words=True, sentences=True)) == Names(
        "10000.wav", "10000.word.json", "10000.sentence.json", "10000.debug.json"
    )
