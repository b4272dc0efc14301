"""What a push endpoint receives: the JSON that wraps one message."""

import base64
import json

from google.protobuf.message import Message


def push_envelope(message: Message, subscription: str, delivery_attempt: int | None) -> bytes:
    """The body of a push, as the real service writes it: names in both spellings, absent where empty."""
    publish_time = message.publish_time.ToJsonString()
    wrapped: dict[str, object] = {
        "attributes": dict(message.attributes),
        "data": base64.b64encode(message.data).decode("ascii"),
        "messageId": message.message_id,
        "message_id": message.message_id,
        "publishTime": publish_time,
        "publish_time": publish_time,
    }
    if message.ordering_key:
        wrapped["orderingKey"] = message.ordering_key
    envelope: dict[str, object] = {"message": wrapped, "subscription": subscription}
    if delivery_attempt is not None:
        envelope["deliveryAttempt"] = delivery_attempt
    return json.dumps(envelope).encode()
