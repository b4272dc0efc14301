"""The gate: what a clip must be before it is an outcome, so that nothing 'succeeds' silent or cut off.

What fails it is spoken once more and then rejected. So every limit lies far from anything that voices were
seen to do: 422 clips of espeak-ng in 16 languages, at speaking rates from 0.25 to 4, from one word to 200
characters, and what is known of other voices (sound.md, section 5; peers.md, section 3).
"""

import numpy as np
from numpy.typing import NDArray

from dropcast.sound.wav import Clip

FULL_SCALE = 32_768
SILENCE = 0.003  # RMS of full scale: a starting value measured by Castwright

# Peaks that are cut off are runs of samples at full scale. Of a voice 16 dB louder, the most that can be
# asked for, they make up 15 % at most.
CLIPPED_RUN, MOST_CLIPPED = 5, 0.2

# Services leave most of a second of silence behind speech; 20 ms would do here. Of clips that were cut in the
# middle of a vowel 72 % end louder than this. 20 dB would find 96 %, but would refuse twice as many good
# clips of a voice that leaves no silence at all, if there is one: that would fail every episode of it.
ENDS_PER_SECOND, END_BELOW_LOUDEST = 100, 10.0
FEWEST_ENDS = 10  # a clip shorter than any word has no end of its own

# Voices speak 3 (Japanese, figures) to 22 (French) characters a second at rate 1. Short texts say little
# about their length. A rate only ever widens the limits: a voice may take no notice of it.
SHORT_TEXT = 60
LEAST_CHARACTERS_PER_SECOND, MOST_CHARACTERS_PER_SECOND = 1.5, 70.0
USUAL_RATE, FAST_RATE = 1.0, 2.0


def flaw(
    clip: Clip, sample_rate_hertz: int, text: str = "", speaking_rate: float | None = None
) -> str | None:
    """Say what is wrong with a clip of this text, or None. Without a text, its length says nothing."""
    if clip.sample_rate_hertz != sample_rate_hertz:
        return f"its sample rate is {clip.sample_rate_hertz} Hz instead of {sample_rate_hertz} Hz"
    return (
        flaw_of_recording(clip)
        or _clipped(_samples(clip))
        or _implausible_length(clip, text, speaking_rate or USUAL_RATE)
        or _cut_off(clip)
    )


def flaw_of_recording(clip: Clip) -> str | None:
    """Say what is wrong with a recording, which may be cut and clipped as its maker liked, or None."""
    if not clip.samples:
        return "it is empty"
    # The loudest tenth of a second, not the whole: a short word between long silences is speech.
    loudest = _rms(clip, 10).max()
    if loudest <= SILENCE:
        return (
            f"it is silent: its loudest tenth of a second has an RMS of {loudest:.4f} of full scale, "
            f"which must be more than {SILENCE}"
        )
    return None


def _clipped(samples: NDArray[np.int16]) -> str | None:
    at_full_scale = np.abs(samples.astype(np.int32)) >= FULL_SCALE - 1
    edges = np.flatnonzero(np.diff(at_full_scale, prepend=False, append=False))
    runs = edges[1::2] - edges[::2]
    share = runs[runs >= CLIPPED_RUN].sum() / len(samples)
    if share > MOST_CLIPPED:
        return (
            f"it is clipped: {share:.0%} of it lies at full scale, {CLIPPED_RUN} samples and more at a time, "
            f"and {MOST_CLIPPED:.0%} may"
        )
    return None


def _implausible_length(clip: Clip, text: str, speaking_rate: float) -> str | None:
    seconds = clip.samples / clip.sample_rate_hertz
    least = len(text) / (MOST_CHARACTERS_PER_SECOND * max(1, speaking_rate / FAST_RATE))
    most = len(text) / (LEAST_CHARACTERS_PER_SECOND * min(1, speaking_rate / USUAL_RATE))
    found = f"{seconds:.2f} s for {len(text)} characters"
    if len(text) >= SHORT_TEXT and seconds < least:
        return f"it is cut short: {found}, which take {least:.1f} s at least"
    if len(text) >= SHORT_TEXT and seconds > most:
        return f"it is too long: {found}, which take {most:.0f} s at most"
    return None


def _cut_off(clip: Clip) -> str | None:
    levels = _rms(clip, ENDS_PER_SECOND)
    if len(levels) < FEWEST_ENDS:
        return None
    below = 20 * np.log10(levels.max() / max(float(levels[-1]), 1 / FULL_SCALE))
    if below < END_BELOW_LOUDEST:
        return (
            f"its end is cut off: its last 10 ms are {below:.0f} dB below its loudest, "
            f"and must be {END_BELOW_LOUDEST:.0f} dB"
        )
    return None


def _rms(clip: Clip, per_second: int) -> NDArray[np.float32]:
    """Return the RMS of each such part of a second, the last one whole; a shorter clip is one part."""
    samples = _samples(clip).astype(np.float32) / FULL_SCALE
    size = max(1, min(len(samples), clip.sample_rate_hertz // per_second))
    parts = np.pad(samples, (-len(samples) % size, 0)).reshape(-1, size)
    rms: NDArray[np.float32] = np.sqrt(np.mean(parts * parts, axis=1))
    return rms


def _samples(clip: Clip) -> NDArray[np.int16]:
    return np.frombuffer(clip.pcm, "<i2")
