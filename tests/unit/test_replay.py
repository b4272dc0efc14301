"""What `dropcast replay` makes of dead letters before it touches anything."""

import pytest
from google.pubsub_v1.types import PubsubMessage

from dropcast.jobs.blocks import Block
from dropcast.jobs.identity import Upload
from dropcast.jobs.messages import encode_step, encode_utterance
from dropcast.jobs.utterance import Utterance
from dropcast.voices.request import SpeechRequest
from dropcast_local.commands.replay import sort
from dropcast_local.dead_letters import SOURCE, DeadLetter, Subject, read_dead_letter

UPLOAD = Upload("uploads", "talk.json", 7)
LINE = Utterance(
    UPLOAD.job,
    4,
    9,
    3,
    SpeechRequest("text", "Hello.", "en-US-Chirp3-HD-Kore", "en-US", None, None, None, 24000, ()),
)
FROM_SYNTHESIZE = {
    f"{SOURCE}Subscription": "dropcast-synthesize",
    f"{SOURCE}SubscriptionProject": "my-project",
    f"{SOURCE}DeliveryCount": "20",
    f"{SOURCE}TopicPublishTime": "2026-11-20T12:00:00Z",
}
SYNTHESIZE = "projects/my-project/subscriptions/dropcast-synthesize"
FINALIZE = "projects/my-project/subscriptions/dropcast-finalize"
TOPICS = {SYNTHESIZE: "projects/my-project/topics/dropcast-lines", FINALIZE: "projects/my-project/topics/b"}
NOTIFIED = {
    "eventType": "OBJECT_FINALIZE",
    "bucketId": UPLOAD.bucket,
    "objectId": UPLOAD.name,
    "objectGeneration": str(UPLOAD.generation),
}


def read(data: bytes = b"", **attributes: str) -> DeadLetter:
    message = PubsubMessage(data=data, attributes=attributes, message_id="1", ordering_key="key")
    return read_dead_letter("ack", PubsubMessage.pb(message))


def test_a_dead_letter_says_whence_it_came_and_what_it_was_before_it_died():
    letter = read(encode_utterance(LINE), **FROM_SYNTHESIZE, colour="red")
    assert (letter.source, letter.ack_id, letter.message_id) == (SYNTHESIZE, "ack", "1")
    assert letter.original == PubsubMessage(
        data=encode_utterance(LINE), attributes={"colour": "red"}, ordering_key="key"
    )


@pytest.mark.parametrize(
    ("data", "attributes", "said"),
    [
        (encode_utterance(LINE), {}, f"{UPLOAD.job}: utterance, line 3"),
        (encode_step(Block(UPLOAD.job, 0, 9)), {}, f"{UPLOAD.job}: block 0"),
        (b"", NOTIFIED, f"{UPLOAD.job}: upload of talk.json"),
        (b"{}", {}, "no job: cannot be read (neither an utterance, nor a block, nor a part)"),
        (b'{"version": 99}', {}, "no job: cannot be read (version 99; this release reads"),
    ],
)
def test_a_dead_letter_says_what_it_is_about(data, attributes, said):
    assert str(read(data, **attributes).subject).startswith(said)


def test_what_is_heard_beside_the_lines_is_no_line():
    assert str(Subject("utterance", "talk", -1)) == "talk: utterance"


def letter(number: int, source: str | None, job: str) -> DeadLetter:
    return DeadLetter(str(number), str(number), Subject("block 0", job), source, PubsubMessage())


def test_dead_letters_go_to_the_topics_that_they_came_from():
    letters = [letter(1, FINALIZE, "a"), letter(2, SYNTHESIZE, "a"), letter(3, FINALIZE, "b")]
    found = sort(letters, None, TOPICS.get)
    assert dict(found.by_topic) == {
        TOPICS[FINALIZE]: (letters[0], letters[2]),
        TOPICS[SYNTHESIZE]: (letters[1],),
    }
    assert found.of_nowhere == found.not_asked_for == ()


def test_a_dead_letter_of_nowhere_stays():
    letters = [letter(1, None, "a"), letter(2, "projects/my-project/subscriptions/gone", "a")]
    found = sort(letters, None, TOPICS.get)
    assert (found.by_topic, found.of_nowhere) == ((), tuple(letters))


def test_of_one_job_only_its_own_are_replayed():
    letters = [letter(1, FINALIZE, "a"), letter(2, FINALIZE, "b"), letter(3, None, "b")]
    found = sort(letters, "a", TOPICS.get)
    assert dict(found.by_topic) == {TOPICS[FINALIZE]: (letters[0],)}
    assert (found.of_nowhere, found.not_asked_for) == ((), (letters[1], letters[2]))
