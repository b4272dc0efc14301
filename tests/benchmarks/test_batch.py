"""How long a batch takes from its PUT until it has Succeeded, against the speech that is in it."""

import statistics
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
import requests
from google.cloud import texttospeech
from google.cloud.texttospeech_v1.services.text_to_speech.transports import TextToSpeechGrpcTransport
from measured import Stopwatch

from batch_clients import Resource, plain
from dropcast_local.stack import StackSettings
from pipeline import Pipeline

VOICE = "en-US-Neural2-C"
# As the quota of Neural2 has it deployed: 1,000 requests a minute, of which each takes a second.
AT_ONCE, DELAY_MS = 16, 1000
LOOK = 0.05  # seconds between two looks; the keys' quota is lifted for that
UNHURRIED = {"REQUESTS_PER_TEN_SECONDS": "1000000"}
SINGLES = 11


class Service:
    """A running stack as a client of the API sees it."""

    def __init__(self, pipeline):
        endpoints = pipeline.stack.endpoints
        self.resource = Resource(endpoints.api, endpoints.api_key)
        self.session = requests.Session()
        self.session.trust_env = False

    def seconds(self, texts, **properties):
        """Have texts made, and return the time from the PUT to Succeeded."""
        batch_id, never = str(uuid.uuid4()), threading.Event()
        with Stopwatch() as watch:
            put = self._ask("PUT", batch_id, json=plain(*texts, voice=VOICE, **properties))
            assert put.status_code == 201, put.text
            while (job := self._ask("GET", batch_id).json())["status"] not in ("Succeeded", "Failed"):
                never.wait(LOOK)
        assert (job["status"], job["properties"]["failedAudioCount"]) == ("Succeeded", 0), job
        return watch.seconds

    def _ask(self, method, batch_id, **options):
        url = self.resource.url(batch_id)
        return self.session.request(method, url, headers=self.resource.header, timeout=60, **options)


def speech_alone(texts, endpoint, at_once):
    """Just speak the texts, so many at once, and return how long that takes."""
    channel = grpc.insecure_channel(endpoint)
    client = texttospeech.TextToSpeechClient(
        transport=TextToSpeechGrpcTransport(host=endpoint, channel=channel)
    )
    voice = texttospeech.VoiceSelectionParams(language_code=VOICE[:5], name=VOICE)
    audio = texttospeech.AudioConfig(
        audio_encoding=texttospeech.AudioEncoding.LINEAR16, sample_rate_hertz=24_000
    )

    def speak(text):
        spoken = texttospeech.SynthesisInput(text=text)
        return client.synthesize_speech(input=spoken, voice=voice, audio_config=audio).audio_content

    with Stopwatch() as watch, ThreadPoolExecutor(at_once) as speakers:
        assert all(speakers.map(speak, texts))
    channel.close()
    return watch.seconds


def sentences(count, of):
    return [f"This is sentence number {at} of the batch called {of}." for at in range(count)]


@pytest.fixture(scope="module")
def deployed():
    """A stack with a server for each function, as in the cloud, and speech that takes its time."""
    settings = StackSettings(
        engine="tone", delay_ms=DELAY_MS, threads=AT_ONCE, processes=True, environment=UNHURRIED
    )
    with Pipeline(settings) as pipeline:
        Service(pipeline).seconds(sentences(2 * AT_ONCE, "warm-up"))
        yield pipeline


@pytest.mark.parametrize("inputs", [1, 10, 100, 1000])
def test_a_batch_against_its_speech(deployed, compare, inputs):
    alone = speech_alone(
        sentences(inputs, f"{inputs} alone"), deployed.stack.endpoints.speech, min(AT_ONCE, inputs)
    )
    batch = Service(deployed).seconds(sentences(inputs, f"{inputs} in a batch"), wordBoundaryEnabled=True)
    ratio = compare(
        f"{inputs} inputs of one sentence, speech answers after {DELAY_MS} ms, {AT_ONCE} at once",
        ("from PUT to Succeeded", batch),
        ("the speech calls alone", alone),
        "s",
    )
    if inputs >= 100:
        assert ratio <= 1.3


def test_a_single_input(compare, capsys):
    pytest.importorskip("espeakng_loader", reason="espeak-ng is not installed")
    with Pipeline(StackSettings(engine="espeak", environment=UNHURRIED)) as pipeline:
        service = Service(pipeline)
        service.seconds(sentences(1, "warm-up"))
        alone = statistics.median(
            speech_alone(sentences(1, f"{at} alone"), pipeline.stack.endpoints.speech, 1)
            for at in range(SINGLES)
        )
        taken = [service.seconds(sentences(1, f"number {at}")) for at in range(SINGLES)]
    median = statistics.median(taken)
    compare(
        f"single inputs, {SINGLES} batches one after the other, as fast as espeak speaks (Azure: 10 to 20 s)",
        ("from PUT to Succeeded, median", median),
        ("the speech call alone, median", alone),
        "s",
    )
    with capsys.disabled():
        print(f"  slowest {max(taken):.2f} s, fastest {min(taken):.2f} s")
    assert median < 2
