"""The gate: what a clip must be before it is an outcome, so that nothing 'succeeds' silent or empty."""

import numpy as np

from dropcast.sound.wav import Clip

SILENCE = 0.003  # RMS of full scale: peers.md section 3, a starting value measured by Castwright


# Nobody speaks 70 characters a second: voices do 15, at double rate 30. Short texts say little about length.
MOST_CHARACTERS_PER_SECOND, SHORT_TEXT = 70, 60


def flaw(clip: Clip, sample_rate_hertz: int, text: str = "") -> str | None:
    """Say what is wrong with a clip of this text, or None."""
    if clip.sample_rate_hertz != sample_rate_hertz:
        return f"its sample rate is {clip.sample_rate_hertz} Hz instead of {sample_rate_hertz} Hz"
    if not clip.samples:
        return "it is empty"
    loudest = _loudest_rms(clip)
    if loudest <= SILENCE:
        return f"it is silent: its loudest tenth of a second has an RMS of {loudest:.4f} of full scale"
    least = len(text) / MOST_CHARACTERS_PER_SECOND
    if len(text) >= SHORT_TEXT and clip.samples < least * sample_rate_hertz:
        seconds = clip.samples / sample_rate_hertz
        return (
            f"it is cut short: {seconds:.2f} s for {len(text)} characters, which take {least:.1f} s at least"
        )
    return None


def _loudest_rms(clip: Clip) -> float:
    # The loudest tenth of a second, not the whole: a short word between long silences is speech.
    samples = np.frombuffer(clip.pcm, "<i2").astype(np.float32) / 32_768
    step = max(1, min(clip.samples, clip.sample_rate_hertz // 10))
    tenths = np.pad(samples, (0, -clip.samples % step)).reshape(-1, step)
    return float(np.sqrt(np.mean(tenths * tenths, axis=1).max()))
