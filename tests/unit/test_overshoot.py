"""The ceiling leaves room for what the worst of the encoders adds."""

import numpy as np
import pytest

from dropcast.jobs.part import PCM, Coding
from dropcast.scripts.loudness import TARGETS, Target
from dropcast.sound.overshoot import overshoot_db, with_room

PODCAST = TARGETS["podcast"]


def test_codings_that_keep_to_the_usual_room_change_nothing():
    assert with_room(PODCAST, [Coding("mp3", 24_000, 96), PCM]) == PODCAST
    assert with_room(PODCAST, []) == PODCAST


def test_the_worst_of_the_codings_decides():
    target = with_room(
        PODCAST, [Coding("mp3", 48_000, 128), Coding("aac", 48_000, 48), Coding("opus", 48_000, 64)]
    )
    assert target == Target(PODCAST.stereo_lufs, pytest.approx(PODCAST.true_peak - 3.0))
    assert target.lufs == PODCAST.lufs
    assert 20 * np.log10(target.ceiling) == pytest.approx(-1.0 - 3.5)


@pytest.mark.parametrize(
    ("coding", "most"),
    [
        (Coding("mp3", 24_000, 95), 1.5),
        (Coding("mp3", 24_000, 32), 2.5),
        (Coding("aac", 48_000, 64), 0.8),
        (Coding("opus", 48_000, 16), 2.5),
        (PCM, 0.0),
    ],
)
def test_the_lower_the_bitrate_the_more_room(coding, most):
    assert overshoot_db(coding) == most
