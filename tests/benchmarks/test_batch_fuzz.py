"""A hundred thousand mutated requests and documents: each is answered, none with a 5xx, none takes long."""

import json
import random
import time
from collections import Counter
from functools import partial

import psutil

from batch_world import BATCHES, VERSION, Api
from dropcast.jobs.batch.planning import BatchRules, examine_batch
from dropcast.scripts.batch.reading import examine_request
from dropcast.scripts.batch.request import Allowed

REQUESTS = 100_000
PATIENCE = 2.0  # seconds that no answer may take: a hang is a failure, a busy machine is none
GROWTH = 1.25  # of memory, from a tenth of the requests to all of them
SSML = (
    '<?xml version="1.0"?><speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis" '
    'xmlns:mstts="https://www.w3.org/2001/mstts" xml:lang="en-US"><!-- c --><voice name="en-US-JennyNeural">'
    '<mstts:silence type="Comma-exact" value="200ms"/><prosody rate="+20%" pitch="low">Hi &amp; you</prosody>'
    '<break time="3s"/><say-as interpret-as="date" format="dmy">1/2/2026</say-as><sub alias="x">y</sub>'
    '<phoneme alphabet="ipa" ph="t">t</phoneme><![CDATA[ raw ]]></voice></speak>'
)
SEEDS = (
    {
        "inputKind": "SSML",
        "inputs": [{"content": SSML}] * 2,
        "properties": {"outputFormat": "riff-24khz-16bit-mono-pcm", "wordBoundaryEnabled": True},
    },
    {
        "InputKind": "PlainText",
        "Inputs": [{"Content": "One.\r\nTwo."}],
        "SynthesisConfig": {"Voice": "en-US-JennyNeural", "rate": "+30.00%", "styleDegree": 1.5},
        "customVoices": {"mine": "11111111-1111-1111-1111-111111111111"},
        "CreatedDateTime": "0001-01-01T00:00:00",
        "properties": {"timeToLiveInHours": 24, "destinationContainerUrl": None, "concatenateResult": "true"},
    },
)
TOKENS = (
    *(
        b"<",
        b">",
        b"&",
        b'"',
        b"'",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"\\",
        b"\\u0000",
        b"\\ud800",
        b"\xff",
    ),
    *(b"null", b"true", b"1e999", b"-0", b"9" * 400, b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"<voice>"),
    *(b"</voice>", b"<speak>", b"\r\n", b"\x00", b"[" * 2_000, b'{"a":' * 500, b"\xe2\x80\xae", b" " * 5_000),
)
PATHS = (f"{BATCHES}/fuzz-", BATCHES, "/texttospeech/operations/fuzz-", "/texttospeech/results/fuzz-")


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return the bytes with a few things put in, left out, doubled or moved."""
    changed = bytearray(data)
    for _ in range(chance.choice((0, 1, 1, 2, 4, 16))):
        at, length = chance.randrange(len(changed) + 1), chance.choice((1, 1, 4, 40, 400))
        match chance.randrange(4):
            case 0:
                changed[at:at] = chance.choice(TOKENS)
            case 1:
                del changed[at : at + length]
            case 2:
                changed[at:at] = changed[max(0, at - length) : at]
            case 3 if at < len(changed):
                changed[at] = chance.randrange(256)
    return bytes(changed)


def asked(number: int, chance: random.Random) -> tuple[str, str, bytes]:
    """Return a method, a path with its query, and a body."""
    method = chance.choice(("PUT", "PUT", "PUT", "PUT", "GET", "DELETE", "POST", "HEAD"))
    path = chance.choice(PATHS[:1] * 5 + PATHS) + str(number % 97)
    query = VERSION if chance.random() < 0.9 else mutated(VERSION.encode(), chance).decode("latin-1")
    if chance.random() < 0.1:
        path = mutated(path.encode(), chance).decode("latin-1")
    body = mutated(json.dumps(chance.choice(SEEDS)).encode(), chance) if method == "PUT" else b""
    return method, f"{path}?{query}", body


def test_a_hundred_thousand_mutated_requests(capsys):
    api, chance = Api(requests=10**9), random.Random(4)
    allowed = Allowed(custom_voices={"11111111-1111-1111-1111-111111111111": "en-US-Chirp3-HD-Kore"})
    examine = partial(examine_batch, rules=BatchRules(allowed))
    api.change(examine=examine, understand=partial(examine_request, allowed=allowed))
    statuses: Counter[int] = Counter()
    slowest, memory = (0.0, b""), []
    for number in range(REQUESTS):
        if number % (REQUESTS // 10) == 0:
            memory.append(psutil.Process().memory_info().rss / 2**20)
            api.uploads.objects.clear()
            api.jobs.objects.clear()
        method, path, body = asked(number, chance)
        began = time.perf_counter()
        reply = api.ask(method, path, body, content_type="application/json")
        slowest = max(slowest, (time.perf_counter() - began, body or path.encode()))
        statuses[reply.status] += 1
        assert reply.status < 500, (method, path, body, reply.body)
        if reply.status >= 400 and method != "HEAD":
            assert reply.error["code"], (method, path, body)
            assert reply.error["message"], (method, path, body)
    with capsys.disabled():
        print(f"\n{REQUESTS:,} mutated requests: {dict(sorted(statuses.items()))}")
        print(f"  slowest {slowest[0] * 1000:.0f} ms; from {memory[1]:.0f} MB to {memory[-1]:.0f} MB")
    assert statuses[201] > REQUESTS / 100
    assert slowest[0] < PATIENCE, slowest[1][:500]
    assert memory[-1] < memory[1] * GROWTH
