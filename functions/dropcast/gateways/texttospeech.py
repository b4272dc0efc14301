"""Speech on Google Cloud Text-to-Speech."""

import grpc
from google.api_core import exceptions
from google.api_core.retry import Retry, if_exception_type
from google.cloud.texttospeech import (
    AudioConfig,
    AudioEncoding,
    SynthesisInput,
    TextToSpeechClient,
    VoiceSelectionParams,
)
from google.cloud.texttospeech_v1.services.text_to_speech.transports import TextToSpeechGrpcTransport

from dropcast.ports import SentenceTooLong, SpeechRefused, TryLater
from dropcast.voices.request import SpeechRequest

ONE_TRY = 30  # seconds
TRANSIENT = (
    exceptions.ResourceExhausted,  # the quota: a delay, not a failure
    exceptions.ServiceUnavailable,
    exceptions.DeadlineExceeded,
    exceptions.InternalServerError,
    exceptions.Unknown,
    exceptions.Cancelled,
)
# The client has no retry of its own for this call. Sixty seconds, well below any acknowledgement deadline;
# after that Pub/Sub delivers the utterance again, with growing waits.
RETRY = Retry(if_exception_type(*TRANSIENT), initial=0.5, multiplier=2, maximum=10, timeout=60)
TOO_LONG = ("sentences that are too long", "Sentence starting with")  # the service words it in two ways
NEVER = (
    exceptions.InvalidArgument,
    exceptions.NotFound,
    exceptions.FailedPrecondition,
    exceptions.OutOfRange,
)


class GoogleSpeech:
    """Speech by the synchronous API, as LINEAR16: the one encoding that every voice takes."""

    def __init__(self, client: TextToSpeechClient) -> None:
        self._client = client

    def speak(self, request: SpeechRequest) -> bytes:
        try:
            answer = self._client.synthesize_speech(
                input=SynthesisInput(**{request.kind: request.content}),
                voice=VoiceSelectionParams(language_code=request.language_code, name=request.voice),
                audio_config=AudioConfig(
                    audio_encoding=AudioEncoding.LINEAR16,
                    sample_rate_hertz=request.sample_rate_hertz,
                    **_options(request),
                ),
                retry=RETRY,
                timeout=ONE_TRY,
            )
        except NEVER as error:
            too_long = any(words in error.message for words in TOO_LONG)
            raise (SentenceTooLong if too_long else SpeechRefused)(error.message) from error
        except (*TRANSIENT, exceptions.RetryError) as error:
            raise TryLater(f"Text-to-Speech: {error}") from error
        audio: bytes = answer.audio_content
        return audio


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
