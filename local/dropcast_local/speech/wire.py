"""What goes through a worker's pipes: frames, each a length of four bytes and as many bytes."""

import json
import struct
from dataclasses import asdict

from dropcast_local.speech.timbre import Delivery

# A worker says that it is up, and that it has taken an order, with this.
TAKEN = b"\x06"
LENGTH = struct.Struct("<I")


def frame(data: bytes) -> bytes:
    """A length and as many bytes."""
    return LENGTH.pack(len(data)) + data


def order_frame(delivery: Delivery) -> bytes:
    """An order as it goes to a worker."""
    return frame(json.dumps(asdict(delivery)).encode())


def order_of(data: bytes) -> Delivery:
    """The order in a frame."""
    return Delivery(**json.loads(data))
