"""The gRPC services: both versions of Text-to-Speech, and the control of faults."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

import grpc
import numpy as np
from google.cloud import texttospeech_v1, texttospeech_v1beta1

from dropcast_local.speech.catalogue import Voice, voices, voices_of_locale
from dropcast_local.speech.control import SERVICE
from dropcast_local.speech.engine import (
    DEFAULT_SAMPLE_RATE,
    Engine,
    EngineFailed,
    Order,
    Speech,
    WorkerLost,
)
from dropcast_local.speech.faults import Fault, Faults, UnknownFault
from dropcast_local.speech.formats import encoded
from dropcast_local.speech.quota import Quota
from dropcast_local.speech.refusals import Accepted, Refused, Rules, judge
from dropcast_local.speech.request import SpeechRequest, from_message
from dropcast_local.speech.sound import gained
from dropcast_local.speech.tally import Tally

VERSIONS = {
    "google.cloud.texttospeech.v1.TextToSpeech": texttospeech_v1,
    "google.cloud.texttospeech.v1beta1.TextToSpeech": texttospeech_v1beta1,
}


@dataclass(frozen=True, slots=True)
class Settings:
    """How this stand-in behaves."""

    rules: Rules
    requests_per_minute: int | None = None
    delay_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A spoken request: its file and its marks."""

    audio: bytes
    marks: tuple[tuple[str, float], ...]


class SpeechService:
    """Judges, counts, spoils and speaks; knows nothing of gRPC."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings
        self.reset()

    def reset(self) -> None:
        """Forget faults, counts and what was taken of the quota."""
        self.faults = Faults()
        self.tally = Tally()
        self._quota = Quota(self._settings.requests_per_minute)

    async def synthesize(self, request: SpeechRequest) -> Answer:
        """Speak one request, no sooner than the delay allows; raises Refused."""
        clock = asyncio.get_running_loop().time
        earliest = clock() + self._settings.delay_seconds
        self.tally.requests += 1
        try:
            return await self._synthesize(request, clock())
        except Refused:
            self.tally.refused += 1
            raise
        finally:
            await asyncio.sleep(max(0.0, earliest - clock()))

    async def _synthesize(self, request: SpeechRequest, now: float) -> Answer:
        accepted = judge(request, self._settings.rules)
        family = accepted.voice.family.name
        fault = self.faults.take(request.text)
        if fault is not None:
            await _fail(fault)
        if not self._quota.take(family, now):
            raise Refused(_quota_message(family), "RESOURCE_EXHAUSTED")
        rate = request.sample_rate or DEFAULT_SAMPLE_RATE
        speech = await self._spoken(request, accepted, rate)
        if fault is not None and fault.name == "silence":
            speech = replace(speech, samples=np.zeros_like(speech.samples))
        try:
            audio = await encoded(speech.samples, rate, request.encoding)
        except EngineFailed as failure:
            raise Refused(str(failure), "INTERNAL") from failure
        self.tally.spoke(family, request.text)
        return Answer(_spoilt(audio, fault), speech.marks if request.wants_marks else ())

    async def _spoken(self, request: SpeechRequest, accepted: Accepted, rate: int) -> Speech:
        order = Order(accepted.voice, accepted.pieces, request.rate or 1.0, request.pitch, rate)
        try:
            speech = await self._engine.speak(order)
        except WorkerLost as lost:
            raise Refused(str(lost), "UNAVAILABLE") from lost
        except EngineFailed as failure:
            raise Refused(str(failure), "INTERNAL") from failure
        return replace(speech, samples=gained(speech.samples, request.gain))


async def _fail(fault: Fault) -> None:
    """Fail as told; what only spoils the sound comes later."""
    if fault.name == "DEADLINE_EXCEEDED":
        # Until the caller's own deadline, or this process's end.
        await asyncio.Event().wait()
    if fault.name.isupper():
        raise Refused(fault.message, fault.name)


def _spoilt(audio: bytes, fault: Fault | None) -> bytes:
    if fault is None or fault.name == "silence":
        return audio
    return audio[: len(audio) // 2] if fault.name == "truncate" else b""


def _quota_message(family: str) -> str:
    return (
        f"Quota exceeded for quota metric '{family} requests' and limit '{family} requests per minute' of "
        "service 'texttospeech.googleapis.com' for consumer 'project_number:0'."
    )


Handler = Callable[[object, grpc.aio.ServicerContext], Awaitable[object]]


def handlers(service: SpeechService) -> list[grpc.GenericRpcHandler]:
    """Everything that the server answers."""
    speech = [
        grpc.method_handlers_generic_handler(name, _speech_methods(service, version))
        for name, version in VERSIONS.items()
    ]
    return [*speech, grpc.method_handlers_generic_handler(SERVICE, _control_methods(service))]


def _speech_methods(service: SpeechService, version: object) -> Mapping[str, grpc.RpcMethodHandler]:
    types = {
        name: getattr(version, name).pb()
        for name in (
            "SynthesizeSpeechRequest",
            "SynthesizeSpeechResponse",
            "ListVoicesRequest",
            "ListVoicesResponse",
        )
    }
    reply_type = types["SynthesizeSpeechResponse"]

    async def synthesize(message: object, context: grpc.aio.ServicerContext) -> object:
        try:
            answer = await service.synthesize(from_message(message))
        except Refused as refused:
            return await context.abort(grpc.StatusCode[refused.code], refused.message)
        reply = reply_type(audio_content=answer.audio)
        for name, at in answer.marks:
            reply.timepoints.add(mark_name=name, time_seconds=at)
        return reply

    async def list_voices(message: object, _: grpc.aio.ServicerContext) -> object:
        language = getattr(message, "language_code", "")
        listed = voices_of_locale(language) if language else voices().values()
        return types["ListVoicesResponse"](voices=[_listed(voice) for voice in listed])

    return {
        "SynthesizeSpeech": grpc.unary_unary_rpc_method_handler(
            synthesize,
            types["SynthesizeSpeechRequest"].FromString,
            reply_type.SerializeToString,
        ),
        "ListVoices": grpc.unary_unary_rpc_method_handler(
            list_voices,
            types["ListVoicesRequest"].FromString,
            types["ListVoicesResponse"].SerializeToString,
        ),
    }


def _listed(voice: Voice) -> dict[str, object]:
    return {
        "name": voice.name,
        "language_codes": [voice.locale],
        "ssml_gender": voice.gender.value,
        "natural_sample_rate_hertz": DEFAULT_SAMPLE_RATE,
    }


def _control_methods(service: SpeechService) -> Mapping[str, grpc.RpcMethodHandler]:
    async def inject(question: bytes, context: grpc.aio.ServicerContext) -> bytes:
        asked = json.loads(question)
        try:
            name = service.faults.add(asked["faults"], asked.get("contains", ""))
        except UnknownFault as unknown:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(unknown))
        return json.dumps({"id": name}).encode()

    async def status(_: bytes, __: grpc.aio.ServicerContext) -> bytes:
        return json.dumps({**service.tally.status(), "faults": service.faults.status()}).encode()

    async def reset(_: bytes, __: grpc.aio.ServicerContext) -> bytes:
        service.reset()
        return b"{}"

    methods = {"Inject": inject, "Status": status, "Reset": reset}
    return {name: grpc.unary_unary_rpc_method_handler(method) for name, method in methods.items()}
