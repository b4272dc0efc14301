"""What follows every outcome: if its block is full now, say so."""

from dropcast.jobs import names
from dropcast.jobs.blocks import Block
from dropcast.ports import ObjectStore, Topic


def publish_if_full(block: Block, jobs: ObjectStore, blocks: Topic[Block]) -> None:
    """Publish a block all of whose outcomes exist.

    Completion is read from the names that exist, never counted. Listing is strongly consistent, so whoever
    writes the last outcome sees all of them; several may, and publish the block twice, which is harmless.
    """
    expected = {names.outcome(block, utterance) for utterance in block.members}
    if expected <= jobs.sizes(names.outcomes(block)).keys():
        blocks.publish([block])
