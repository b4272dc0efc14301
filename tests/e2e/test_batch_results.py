"""What results say is what they are, whatever was asked for: formats, scripts, silence, a thousand inputs."""

import io
import json
import wave
from array import array

import pytest

from batch_clients import Curl, PythonSample, Resource, plain
from batch_truth import Results, decoded_samples, hold
from dropcast_local.stack import StackSettings
from pipeline import Pipeline

FORMATS = [
    "riff-8khz-8bit-mono-mulaw",
    "riff-8khz-8bit-mono-alaw",
    "riff-8khz-16bit-mono-pcm",
    "riff-16khz-16bit-mono-pcm",
    "riff-22050hz-16bit-mono-pcm",
    "riff-44100hz-16bit-mono-pcm",
    "riff-48khz-16bit-mono-pcm",
    "raw-16khz-16bit-mono-pcm",
    "raw-8khz-8bit-mono-mulaw",
    "audio-16khz-32kbitrate-mono-mp3",
    "audio-24khz-48kbitrate-mono-mp3",
    "audio-24khz-96kbitrate-mono-mp3",
    "audio-24khz-160kbitrate-mono-mp3",
    "audio-48khz-192kbitrate-mono-mp3",
    "ogg-16khz-16bit-mono-opus",
    "ogg-48khz-16bit-mono-opus",
    "audio-24khz-16bit-mono-flac",
]
DESTINATION = "gs://episodes/delivered"  # which conftest.py allows
TEXTS = ("The rainbow has seven colors.", "Red.", "A somewhat longer sentence, as they go. And another one!")
TWO_VOICES = (
    '<speak><voice name="en-US-JennyNeural">One <break time="700ms"/>two.</voice>'
    '<voice name="de-DE-KatjaNeural">Drei, vier.</voice></speak>'
)
FASTER = '<speak><voice name="fr-FR-DeniseNeural"><prosody rate="+20%">Bonjour</prosody> !</voice></speak>'


def peak(sound, milliseconds):
    """The largest magnitude in so many milliseconds of a WAV file."""
    with wave.open(io.BytesIO(sound)) as opened:
        rate, frames = opened.getframerate(), opened.readframes(opened.getnframes())
    samples = array("h", frames)[milliseconds.start * rate // 1000 : milliseconds.stop * rate // 1000]
    return max(map(abs, samples))


def samples_of_wave(sound, _):
    """What the standard library finds in a WAV file: a thousand times as fast as to start ffmpeg."""
    with wave.open(io.BytesIO(sound)) as opened:
        assert len(opened.readframes(opened.getnframes())) == 2 * opened.getnframes()
        return opened.getnframes()


@pytest.mark.parametrize("output_format", FORMATS)
def test_every_file_of_a_format_decodes_to_the_length_that_is_told(resource, output_format):
    request = plain(*TEXTS, outputFormat=output_format, wordBoundaryEnabled=True)
    job, results = PythonSample(resource).run(request)
    assert job["status"] == "Succeeded"
    hold(Results.of(results), job, request)


@pytest.mark.parametrize("voice", ["en-US-JennyNeural", "en-US-Neural2-C", "de-DE-Chirp3-HD-Kore"])
def test_words_and_sentences_are_all_there_in_order_whatever_the_voice(resource, voice):
    texts = (
        *TEXTS,
        "“Well,” she said, “3.5 % of it's gone…” – no?",
        "Dr. Smith (of N.Y.) paid $5.\r\n\r\nTwice.",
    )
    request = plain(*texts, voice=voice, wordBoundaryEnabled=True, sentenceBoundaryEnabled=True)
    job, results = PythonSample(resource).run(request)
    hold(Results.of(results), job, request)


def test_documents_of_several_voices_come_as_one_file_each(resource):
    properties = {"wordBoundaryEnabled": True, "sentenceBoundaryEnabled": True}
    request = {
        "inputKind": "Ssml",
        "inputs": [{"content": content} for content in (TWO_VOICES, FASTER)],
        "properties": properties,
    }
    job, results = PythonSample(resource).run(request)
    assert job["inputKind"] == "SSML"
    assert "synthesisConfig" not in job
    results = Results.of(results)
    hold(results, job, request)
    words = results.boundaries(results.summary["results"][0], "word")
    assert [word["Text"] for word in words] == ["One", "two", ".", "Drei", ",", "vier", "."]


def test_a_break_is_silence_between_two_words_and_belongs_to_neither():
    pytest.importorskip("espeakng_loader", reason="espeak-ng is not installed, and tone makes no breaks")
    request = {
        "inputKind": "SSML",
        "inputs": [{"content": TWO_VOICES}],
        "properties": {"wordBoundaryEnabled": True},
    }
    with Pipeline(StackSettings(engine="espeak")) as pipeline:
        endpoints = pipeline.stack.endpoints
        job, results = PythonSample(Resource(endpoints.api, endpoints.api_key)).run(request)
    results = Results.of(results)
    hold(results, job, request)
    one, two, *_ = results.boundaries(results.summary["results"][0], "word")
    silence = range(one["AudioOffset"] + one["Duration"], two["AudioOffset"])
    assert 680 <= len(silence) <= 800  # and what the voice itself takes before and after
    heard = range(one["AudioOffset"], silence.start)
    sound = results.files["0001.wav"]
    assert peak(sound, silence) < peak(sound, heard) / 20


def test_chinese_counts_twice(resource):
    request = plain("彩虹有七种颜色。Seven.", voice="zh-CN-XiaoxiaoNeural", wordBoundaryEnabled=True)
    job, results = PythonSample(resource).run(request)
    assert job["properties"]["billingDetails"] == {"neuralCharacters": 14 + 7}
    hold(Results.of(results), job, request)


@pytest.mark.parametrize("output_format", ["riff-24khz-16bit-mono-pcm", "audio-24khz-96kbitrate-mono-mp3"])
def test_joined_results_are_as_long_as_their_parts_and_time_counts_from_the_beginning(
    resource, output_format
):
    wanted = {"outputFormat": output_format, "wordBoundaryEnabled": True}
    _, apart = PythonSample(resource).run(plain(*TEXTS, **wanted))
    request = plain(*TEXTS, **wanted, concatenateResult=True)
    job, joined = PythonSample(resource).run(request)
    apart, joined = Results.of(apart), Results.of(joined)
    hold(joined, job, request)
    assert sorted(joined.names) == sorted(
        ["summary.json", "0001.word.json", "0001.debug.json", f"0001.{apart.names[0].rpartition('.')[2]}"]
    )
    samples = [
        decoded_samples(apart.files[entry["audioFileName"]], output_format)
        for entry in apart.summary["results"]
    ]
    [entry] = joined.summary["results"]
    assert decoded_samples(joined.files[entry["audioFileName"]], output_format) == sum(samples)
    words = iter(joined.boundaries(entry, "word"))
    for before, part in zip((0, samples[0], samples[0] + samples[1]), apart.summary["results"], strict=True):
        for alone in apart.boundaries(part, "word"):
            together = next(words)
            assert together["Text"] == alone["Text"]
            assert abs(together["AudioOffset"] - alone["AudioOffset"] - before / 24) <= 1


def test_an_input_without_words_has_empty_lists_of_them(resource):
    request = plain("...", "Words.", wordBoundaryEnabled=True, sentenceBoundaryEnabled=True)
    _, results = PythonSample(resource).run(request)
    results = Results.of(results)
    first = results.summary["results"][0]
    if first["status"] == "Succeeded":
        assert all(not word["Text"].isalnum() for word in results.boundaries(first, "word"))
        assert isinstance(results.boundaries(first, "sentence"), list)
    assert results.summary["results"][1]["status"] == "Succeeded"


@pytest.mark.timeout(300)  # a busy machine has more to do than this
def test_a_thousand_inputs_of_one_sentence(resource):
    texts = [
        f"This is sentence number {at}, and it has {'quite ' * (at % 5)}a few words." for at in range(1000)
    ]
    request = plain(*texts, wordBoundaryEnabled=True, sentenceBoundaryEnabled=True)
    job, results = PythonSample(resource).run(request)
    assert job["status"] == "Succeeded"
    results = Results.of(results)
    sounds = [name for name in results.names if name.endswith(".wav")]
    assert sounds == [f"{number:04}.wav" for number in range(1, 1001)]
    hold(results, job, request, samples_of_wave)
    for name in sounds[::50]:
        with wave.open(io.BytesIO(results.files[name])) as opened:
            assert decoded_samples(results.files[name], "riff-24khz-16bit-mono-pcm") == opened.getnframes()


def test_a_batch_that_was_dropped_as_a_file_is_the_same(batch_pipeline, resource):
    request = plain(*TEXTS, wordBoundaryEnabled=True)
    _, put = PythonSample(resource).run(request)
    batch_pipeline.report(batch_pipeline.upload("shows/dropped.json", request))
    dropped = Results.of(batch_pipeline.read("episodes", "shows/dropped.results.zip"))
    put = Results.of(put)
    assert dropped.names == put.names
    for name in put.names:
        if name not in ("summary.json",) and not name.endswith(".debug.json"):
            assert dropped.files[name] == put.files[name], name
    assert dropped.summary["results"] == put.summary["results"]


@pytest.mark.parametrize("loose", [False, True])
def test_results_are_delivered_into_a_destination_and_go_with_the_batch(batch_pipeline, resource, loose):
    request = plain(
        *TEXTS,
        wordBoundaryEnabled=True,
        destinationContainerUrl=DESTINATION,
        destinationPath="shows/first",
        decompressOutputFiles=loose,
    )
    sample = PythonSample(resource)
    sample.download = lambda _: b""  # there is no address to download from, but a folder
    job, _ = sample.run(request)
    folder = f"shows/first/{sample.id}"
    assert "destinationContainerUrl" not in job["properties"]
    assert job["outputs"]["result"] == folder
    assert job["outputs"].get("summary") == (f"{folder}/summary.json" if loose else None)
    bucket, _, prefix = DESTINATION.removeprefix("gs://").partition("/")
    there = batch_pipeline.names(bucket, f"{prefix}/{folder}/")
    files = {name.rpartition("/")[2]: batch_pipeline.read(bucket, name) for name in there}
    if loose:
        summary = json.loads(files["summary.json"])
        first = [entry["audioFileName"] for entry in summary["results"]]
        results = Results([*first, *files.keys() - set(first)], summary, files)
    else:
        assert list(files) == ["results.zip"]
        results = Results.of(files["results.zip"])
    hold(results, job, request)
    assert Curl(resource).delete(sample.id).status_code == 204
    assert batch_pipeline.names(bucket, f"{prefix}/{folder}/") == []


@pytest.mark.parametrize(
    "url", ["gs://episodes/elsewhere", "gs://episodes", "https://x.blob.core.windows.net/c?sig=1"]
)
def test_a_destination_that_is_not_allowed_is_refused(resource, url):
    request = plain(*TEXTS, destinationContainerUrl=url)
    answer = Curl(resource).put("elsewhere", json.dumps(request))
    assert answer.status_code == 400
    assert answer.json()["error"]["target"] == "properties.destinationContainerUrl"
    assert "sig=1" not in answer.text
