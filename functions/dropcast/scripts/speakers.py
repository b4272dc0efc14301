"""The speakers whom a script declares: an object by key, or a list as other tools write it."""

from collections.abc import Iterator

from dropcast.scripts.checking import Checker
from dropcast.scripts.conversation import Speaker
from dropcast.scripts.delivery import read_delivery
from dropcast.scripts.findings import Findings, child
from dropcast.scripts.keys.base import MAX_SPEAKERS
from dropcast.scripts.keys.speaker import ListedSpeakerKeys, SpeakerKeys
from dropcast.scripts.text import clean_name

BY_KEY = Checker(SpeakerKeys)
LISTED = Checker(ListedSpeakerKeys)


def read_speakers(value: object, pointer: str, findings: Findings) -> tuple[Speaker, ...]:
    """Return the declared speakers in order; none twice."""
    if value is None:
        return ()
    if not isinstance(value, dict | list):
        findings.error(pointer, '"speakers" must be an object such as {"A": {"name": "Claire"}}.', value)
        return ()
    if len(value) > MAX_SPEAKERS:
        findings.error(pointer, f"There are {len(value):,} speakers; {MAX_SPEAKERS:,} are the most.")
        return ()
    speakers: dict[str, Speaker] = {}
    read = _by_key(value, pointer, findings) if isinstance(value, dict) else _listed(value, pointer, findings)
    for place, speaker in read:
        if speaker.key in speakers:
            findings.error(place, f'Speaker "{speaker.key}" is declared twice.')
        speakers[speaker.key] = speaker
    return tuple(speakers.values())


def _by_key(value: dict[str, object], pointer: str, findings: Findings) -> Iterator[tuple[str, Speaker]]:
    for key, entry in value.items():
        place = child(pointer, key)
        said = _object({} if entry is None else entry, place, findings)
        if said is not None and (keys := BY_KEY.read(said, place, findings)):
            yield place, _speaker(clean_name(key, place, findings), keys, place, findings)


def _listed(value: list[object], pointer: str, findings: Findings) -> Iterator[tuple[str, Speaker]]:
    for index, entry in enumerate(value):
        place = child(pointer, index)
        said = _object(entry, place, findings)
        if said is None or (keys := LISTED.read(said, place, findings)) is None:
            continue
        if key := clean_name(keys.key or keys.name or "", place, findings):
            yield place, _speaker(key, keys, place, findings)
        else:
            findings.error(place, 'A speaker in a list needs a "key" by which lines name it.')


def _object(entry: object, place: str, findings: Findings) -> dict[str, object] | None:
    if isinstance(entry, dict):
        return entry
    findings.error(
        place, 'A speaker must be an object such as {"name": "Claire", "gender": "female"}.', entry
    )
    return None


def _speaker(key: str, keys: SpeakerKeys, place: str, findings: Findings) -> Speaker:
    name = clean_name(keys.name or "", child(place, "name"), findings)
    return Speaker(key, name or key, keys.gender, read_delivery(keys, place, findings), place)
