"""`NNNN.debug.json`: why an input sounds as it does, as far as is known. Its format is not stable."""

import json

from dropcast.publishing.batch.result import InputResult


def debug_json(result: InputResult) -> bytes:
    """Return all that is known: among it, whether times of words and sentences are estimated."""
    heard = result.heard
    sound = heard and {
        "samples": heard.samples,
        "sampleRateHertz": heard.sample_rate_hertz,
        "words": len(heard.words),
        "sentences": len(heard.sentences),
        "boundariesAreEstimated": heard.estimated,
    }
    facts = {"number": result.number, "error": result.error, "sound": sound, **result.debug}
    text = json.dumps(facts, ensure_ascii=False, indent=1)
    return f"{text}\n".encode(errors="backslashreplace")
