"""What a script says of its sound as a whole: how loud it is, and what is heard beside the lines."""

from collections.abc import Iterator
from dataclasses import replace

from dropcast.scripts.checking import Checker, object_or_nothing
from dropcast.scripts.conversation import Extra, Sounding
from dropcast.scripts.extras import ROLES, read_extra
from dropcast.scripts.findings import Findings, child
from dropcast.scripts.keys.sound import OTHER_PRESETS, PRESETS, AudioKeys, LoudnessKeys
from dropcast.scripts.loudness import PODCAST, TARGETS, Target

AUDIO = Checker(AudioKeys, elsewhere=("loudness", *ROLES))
LOUDNESS = Checker(LoudnessKeys)


def read_audio(
    value: object, pointer: str, sounding: Sounding, findings: Findings
) -> tuple[Sounding, tuple[Extra, ...]]:
    """Return how the episode sounds, with what "audio" says of it, and what is heard beside the lines."""
    entry = object_or_nothing(value, pointer, '{"loudness": "podcast", "intro": "theme.mp3"}', findings)
    if not entry:
        return sounding, ()
    said = AUDIO.sort(entry, pointer, findings)
    keys = AUDIO.check(said, entry, pointer, findings)
    loudness = read_loudness(said.get("loudness"), child(pointer, "loudness"), findings)
    match_speakers = keys is None or keys.match_speakers is not False
    extras = tuple(_extras(said, pointer, findings))
    return replace(sounding, loudness=loudness, match_speakers=match_speakers), extras


def _extras(said: dict[str, object], pointer: str, findings: Findings) -> Iterator[Extra]:
    for role in ROLES:
        if extra := read_extra(role, said.get(role), child(pointer, role), findings):
            yield extra


def read_loudness(value: object, pointer: str, findings: Findings) -> Target | None:
    """Return how loud the episode shall be, by preset or figures; None leaves it as it was spoken."""
    if value is None:
        return PODCAST
    if isinstance(value, dict):
        return _by_figures(value, pointer, findings)
    preset = value.lower() if isinstance(value, str) else ""
    preset = OTHER_PRESETS.get(preset, preset)
    if preset not in TARGETS:
        message = f'The loudness must be {PRESETS}, or an object such as {{"integratedLufs": -16}}.'
        findings.error(pointer, message, value)
    return TARGETS.get(preset)


def _by_figures(entry: dict[str, object], pointer: str, findings: Findings) -> Target | None:
    keys = LOUDNESS.read(entry, pointer, findings)
    if keys is None:
        return PODCAST
    target = TARGETS[keys.preset or "podcast"]
    if target is None:
        if (keys.integrated_lufs, keys.true_peak_db) != (None, None):
            message = (
                'The preset "off" leaves the level as it was spoken: remove it, or the figures beside it.'
            )
            findings.error(pointer, message, entry)
        return None
    return Target(
        target.stereo_lufs if keys.integrated_lufs is None else keys.integrated_lufs,
        target.true_peak if keys.true_peak_db is None else keys.true_peak_db,
    )
