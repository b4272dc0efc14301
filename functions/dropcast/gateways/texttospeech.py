"""Speech on Google Cloud Text-to-Speech."""

import math
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property

import grpc
from google.api_core import exceptions
from google.api_core.retry import Retry, if_exception_type
from google.api_core.timeout import ConstantTimeout
from google.cloud.texttospeech import (
    CustomPronunciationParams,
    CustomPronunciations,
    SynthesisInput,
    TextToSpeechClient,
)
from google.cloud.texttospeech_v1.services.text_to_speech.transports import TextToSpeechGrpcTransport

from dropcast.jobs.batch.timing import Mark
from dropcast.ports import SentenceTooLong, SpeechRefused, TryLater
from dropcast.voices.request import SpeechRequest

# Seconds for each try; as a plain number the library would share it out among all tries of a call.
ONE_TRY = ConstantTimeout(60)
TRANSIENT = (
    exceptions.ResourceExhausted,  # the quota: a delay, not a failure
    exceptions.ServiceUnavailable,
    exceptions.DeadlineExceeded,
    exceptions.InternalServerError,
    exceptions.Unknown,
    exceptions.Cancelled,
    exceptions.Aborted,
)
# The client has no retry of its own for this call. Two minutes, well below any acknowledgement deadline;
# after that Pub/Sub delivers the utterance again, with growing waits.
RETRY = Retry(if_exception_type(*TRANSIENT), initial=0.5, multiplier=2, maximum=10, timeout=120)
TOO_LONG = ("sentences that are too long", "Sentence starting with")  # the service words it in two ways
NEVER = (
    exceptions.InvalidArgument,
    exceptions.NotFound,
    exceptions.FailedPrecondition,
    exceptions.OutOfRange,
)
PHONETIC = {
    "ipa": CustomPronunciationParams.PhoneticEncoding.PHONETIC_ENCODING_IPA,
    "x-sampa": CustomPronunciationParams.PhoneticEncoding.PHONETIC_ENCODING_X_SAMPA,
}
TOKEN = re.compile(r"[0-9]{1,9}")


class GoogleSpeech:
    """Speech by the synchronous API, as LINEAR16: the one encoding that every voice takes."""

    def __init__(self, client: TextToSpeechClient) -> None:
        self._client = client

    def speak(self, request: SpeechRequest) -> bytes:
        asked = {"input": synthesis_input(request)} | _manner(request)
        with _translated():
            answer = self._client.synthesize_speech(asked, retry=RETRY, timeout=ONE_TRY)
        audio: bytes = answer.audio_content
        return audio

    def speak_with_marks(self, request: SpeechRequest) -> tuple[bytes, tuple[Mark, ...]]:
        kind, content = request.as_sent()
        if kind != "ssml":
            return self.speak(request), ()
        asked = {"input": {"ssml": content}, "enable_time_pointing": ["SSML_MARK"]} | _manner(request)
        with _translated():
            answer = self._beta.synthesize_speech(asked, retry=RETRY, timeout=ONE_TRY)
        told = ((point.mark_name, point.time_seconds) for point in answer.timepoints)
        return answer.audio_content, _marks(told)

    @cached_property
    def _beta(self):  # type: ignore[no-untyped-def]  # the client library has no types
        """Return a client of the version that tells of marks (v1 does not), on the connection that is there.

        Built when first needed: what has no marks does not pay for it at cold start.
        """
        from google.cloud.texttospeech_v1beta1 import TextToSpeechClient as BetaClient
        from google.cloud.texttospeech_v1beta1.services.text_to_speech.transports import (
            TextToSpeechGrpcTransport as BetaTransport,
        )

        there = self._client.transport
        return BetaClient(transport=BetaTransport(host=there.host, channel=there.grpc_channel))


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except NEVER as error:
        too_long = any(words in error.message for words in TOO_LONG)
        raise (SentenceTooLong if too_long else SpeechRefused)(error.message) from error
    except (*TRANSIENT, exceptions.RetryError) as error:
        raise TryLater(f"Text-to-Speech: {error}") from error


def _marks(told: Iterable[tuple[str, float]]) -> tuple[Mark, ...]:
    """Return the marks that count tokens, as far as a time was told that can be one."""
    return tuple(
        Mark(int(name), seconds)
        for name, seconds in told
        if TOKEN.fullmatch(name) and math.isfinite(seconds) and seconds >= 0
    )


def synthesis_input(request: SpeechRequest) -> SynthesisInput:
    """Return what is to be spoken, with pronunciations beside it unless SSML holds them."""
    kind, content = request.as_sent()
    if kind == "ssml" or not request.pronunciations:
        return SynthesisInput(**{kind: content})
    pronunciations = [
        CustomPronunciationParams(
            phrase=entry.phrase,
            phonetic_encoding=PHONETIC[entry.encoding],
            pronunciation=entry.pronunciation,
        )
        for entry in request.pronunciations
    ]
    return SynthesisInput(
        **{kind: content}, custom_pronunciations=CustomPronunciations(pronunciations=pronunciations)
    )


def _manner(request: SpeechRequest) -> dict[str, object]:
    """Return who speaks and how, as both versions of the API take it."""
    return {
        "voice": {"language_code": request.language_code, "name": request.voice},
        "audio_config": {"audio_encoding": "LINEAR16", "sample_rate_hertz": request.sample_rate_hertz}
        | _options(request),
    }


def _options(request: SpeechRequest) -> dict[str, object]:
    # Some voices refuse an option for being there, even at its neutral value: what is not set is not sent.
    options = {
        "speaking_rate": request.speaking_rate,
        "pitch": request.pitch,
        "volume_gain_db": request.volume_gain_db,
        "effects_profile_id": list(request.effects_profile) or None,
    }
    return {name: value for name, value in options.items() if value is not None}


def speech_client(endpoint: str | None, emulator: str | None) -> TextToSpeechClient:
    """Connect to Text-to-Speech: at a regional endpoint if one is given, or to an emulator (host:port)."""
    if emulator:
        # Without the option a reply ends at 4 MiB, which is 87 s of speech; the real transport lifts it too.
        channel = grpc.insecure_channel(emulator, options=[("grpc.max_receive_message_length", -1)])
        return TextToSpeechClient(transport=TextToSpeechGrpcTransport(host=emulator, channel=channel))
    return TextToSpeechClient(client_options={"api_endpoint": endpoint} if endpoint else None)
