"""How loud an episode shall be."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

# LU. A mono file plays from two loudspeakers: as loud as a stereo file that measures so much more.
MONO = -3.0
OVERSHOOT = 0.5  # dB by which good lossy codings exceed the peak they are given; others: sound/overshoot.py


@dataclass(frozen=True, slots=True)
class Target:
    """How loud an episode shall be, as is said of stereo files, and how high its true peak may be.

    `true_peak` is that of the finished file, in dBTP.
    """

    stereo_lufs: float
    true_peak: float

    @property
    def lufs(self) -> float:
        """What a meter shall say of the mono file."""
        return self.stereo_lufs + MONO

    @property
    def ceiling(self) -> float:
        """The highest magnitude, of full scale, that may go into a lossy encoder."""
        return float(10 ** ((self.true_peak - OVERSHOOT) / 20))


PODCAST = Target(-16.0, -1.0)

# What Apple asks of podcasts, EBU R 128, and what YouTube turns down to; None leaves all as it was spoken.
TARGETS: Mapping[str, Target | None] = MappingProxyType(
    {
        "podcast": PODCAST,
        "broadcast": Target(-23.0, -1.0),
        "video": Target(-14.0, -1.0),
        "off": None,
    }
)
