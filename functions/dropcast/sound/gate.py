"""The gate: what a clip must be before it is an outcome, so that nothing 'succeeds' silent or empty."""

import numpy as np

from dropcast.sound.wav import Clip

SILENCE = 0.003  # RMS of full scale: peers.md section 3, a starting value measured by Castwright


def flaw(clip: Clip, sample_rate_hertz: int) -> str | None:
    """Say what is wrong with a clip, or None."""
    if clip.sample_rate_hertz != sample_rate_hertz:
        return f"its sample rate is {clip.sample_rate_hertz} Hz instead of {sample_rate_hertz} Hz"
    if not clip.samples:
        return "it is empty"
    loudest = _loudest_rms(clip)
    if loudest <= SILENCE:
        return f"it is silent: its loudest tenth of a second has an RMS of {loudest:.4f} of full scale"
    return None


def _loudest_rms(clip: Clip) -> float:
    # The loudest tenth of a second, not the whole: a short word between long silences is speech.
    samples = np.frombuffer(clip.pcm, "<i2").astype(np.float32) / 32_768
    step = max(1, min(clip.samples, clip.sample_rate_hertz // 10))
    tenths = np.pad(samples, (0, -clip.samples % step)).reshape(-1, step)
    return float(np.sqrt(np.mean(tenths * tenths, axis=1).max()))
