"""A block is up to 32 consecutive utterances: the unit whose completeness is checked.

32, because Cloud Storage joins up to 32 objects in one call (compose): a full block is marked, and its
outcomes gathered into one object, by a single request that fails if any of them is missing.
"""

from dataclasses import dataclass

BLOCK_SIZE = 32  # sources of one compose request: Cloud Storage, "Composite objects"


def block_count(utterances: int) -> int:
    """How many blocks so many utterances make."""
    return -(-utterances // BLOCK_SIZE)


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a job with `utterances` utterances in all; its message says that it is full.

    `is_batch` says that its job is a batch, whose blocks are finished in another way than a conversation's.
    """

    job: str
    index: int
    utterances: int
    is_batch: bool = False

    @property
    def members(self) -> range:
        """The indices of its utterances."""
        first = self.index * BLOCK_SIZE
        return range(first, min(first + BLOCK_SIZE, self.utterances))
