"""One espeak-ng process: orders on standard input, sound on standard output; ends when its input closes.

`python -m dropcast_local.speech.worker`. For each order it writes one byte when it has taken it, then a frame
with the header and a frame with the samples.
"""

import gc
import json
import sys
from typing import BinaryIO

import numpy as np

from dropcast_local.speech.espeak import Espeak, EspeakFailed
from dropcast_local.speech.sound import (
    Samples,
    framed,
    lead_samples,
    resample,
    stretch,
    to_samples,
)
from dropcast_local.speech.timbre import Delivery
from dropcast_local.speech.wire import LENGTH, TAKEN, frame, order_of


def main() -> None:
    """Serve until standard input closes."""
    orders, answers = sys.stdin.buffer, sys.stdout.buffer
    espeak = Espeak()
    # What is frozen is not touched by the collector, so that a child's pages stay shared.
    gc.freeze()
    answers.write(TAKEN)
    answers.flush()
    while head := orders.read(LENGTH.size):
        order = orders.read(LENGTH.unpack(head)[0])
        answers.write(TAKEN)
        answers.flush()
        _answer(espeak, order_of(order), answers)


def _answer(espeak: Espeak, delivery: Delivery, answers: BinaryIO) -> None:
    try:
        samples, marks = spoken(espeak, delivery)
        header: dict[str, object] = {"marks": marks}
        body = samples.tobytes()
    except EspeakFailed as failure:
        header, body = {"error": str(failure)}, b""
    answers.write(frame(json.dumps(header).encode()) + frame(body))
    answers.flush()


def spoken(espeak: Espeak, delivery: Delivery) -> tuple[Samples, list[tuple[str, float]]]:
    """The finished sound of one order, and its marks in seconds."""
    utterance = espeak.speak_in_child(delivery)
    native = stretch(np.frombuffer(utterance.pcm, "<i2"), delivery.stretch)
    sound = to_samples(resample(native, delivery.native_rate, delivery.sample_rate))
    lead = lead_samples(delivery.sample_rate) / delivery.sample_rate
    marks = [(name, lead + at * delivery.stretch / delivery.native_rate) for name, at in utterance.marks]
    return framed(sound, delivery.sample_rate), marks


if __name__ == "__main__":
    main()
