"""The job as the API tells it: members and their order are the contract's (section 3)."""

from datetime import UTC, datetime, timedelta

from dropcast.batchapi.asked import Asked
from dropcast.batchapi.batches import Standing
from dropcast.batchapi.signing import Signer
from dropcast.jobs.batch.identity import internal_id
from dropcast.jobs.batch.report import BatchEnding
from dropcast.scripts.batch.request import Destination

Fields = dict[str, object]

RESULT_LIFE = timedelta(hours=24)  # of an address (contract, section 6)
RESULTS = "results.zip"
SUMMARY = "summary.json"


def job_fields(standing: Standing, endpoint: str, signer: Signer, now: datetime) -> Fields:
    """Return a job as it stands, for a client that comes by this address."""
    batch, asked = standing.batch, standing.asked
    fields: Fields = {
        "id": batch.id,
        "internalId": internal_id(batch.upload.job),
        "status": standing.status,
        "createdDateTime": _time(batch.created),
        "lastActionDateTime": _time(standing.since),
        "inputKind": asked and asked.input_kind,
        "customVoices": dict(asked.custom_voices) if asked else {},
        "properties": {**_wanted(asked), **_became(standing.ending)},
        "synthesisConfig": asked and asked.manner,
        "outputs": _outputs(standing, endpoint, signer, now),
        "description": asked and asked.description,
    }
    return {name: value for name, value in fields.items() if value is not None}


def results_path(job: str) -> str:
    """Return where a job's results are served, below the endpoint."""
    return f"/texttospeech/results/{job}/{RESULTS}"


def _wanted(asked: Asked | None) -> Fields:
    if asked is None:
        return {}
    return {
        "timeToLiveInHours": asked.wanted.time_to_live_hours,
        "outputFormat": asked.wanted.audio.name,
        "concatenateResult": asked.wanted.concatenated,
        "decompressOutputFiles": asked.wanted.decompressed,
        "wordBoundaryEnabled": asked.wanted.words,
        "sentenceBoundaryEnabled": asked.wanted.sentences,
    }


def _became(ending: BatchEnding | None) -> Fields:
    """Return what there is to say once a job is over."""
    if ending is None:
        return {}
    counted = ending.counted
    return {
        "sizeInBytes": counted.size_in_bytes,
        "succeededAudioCount": counted.succeeded,
        "failedAudioCount": counted.failed,
        "durationInMilliseconds": counted.duration_ms,
        "billingDetails": {"neuralCharacters": ending.characters} if ending.characters else {},
        **({"error": {"code": "SynthesisFailed", "message": ending.error}} if ending.error else {}),
    }


def _outputs(standing: Standing, endpoint: str, signer: Signer, now: datetime) -> Fields | None:
    """Return where the results are, of a failed job too: its summary says why each input failed."""
    ending, expiry, asked = standing.ending, standing.expiry, standing.asked
    if ending is None or ending.archive is None or expiry is None:
        return None
    if asked and asked.wanted.destination and ending.delivered:
        folder = _folder(asked.wanted.destination, standing.batch.id)
        summary = {"summary": f"{folder}/{SUMMARY}"} if asked.wanted.decompressed else {}
        return {"result": folder, **summary}
    job = standing.batch.upload.job
    query = signer.query(job, min(now + RESULT_LIFE, expiry))
    return {"result": f"{endpoint}{results_path(job)}?{query}"}


def _folder(destination: Destination, batch_id: str) -> str:
    return "/".join(filter(None, (destination.path.strip("/"), batch_id)))


def _time(moment: datetime) -> str:
    # Always six digits of a second: strptime, with which clients read it, wants them, and takes no seventh.
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
