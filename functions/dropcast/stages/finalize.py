"""Stage 3: a full block, or a part to be rendered → the next step that is missing, up to the report.

Each step looks at what exists and creates what is missing, so any number of deliveries, at once or after each
other, lead to the same end.
"""

import logging
from collections.abc import Collection

from dropcast.jobs import names
from dropcast.jobs.batch.plan import BatchHead
from dropcast.jobs.blocks import Block, block_count
from dropcast.jobs.outcome import Spoken
from dropcast.jobs.part import Part
from dropcast.ports import Encoder, EpisodeStore, ObjectMissing, ObjectStore, Topic
from dropcast.publishing.layout import Layout
from dropcast.stages.archiving import archive_batch
from dropcast.stages.bundling import batch_head, bundle_ready
from dropcast.stages.delivery import Destinations, nowhere
from dropcast.stages.in_flight import InFlight
from dropcast.stages.joining import join_episode, missing_parts
from dropcast.stages.publication import publish_if_over
from dropcast.stages.rendering import is_stored, render_part
from dropcast.stages.settling import block_outcomes, parts_ahead, read_layout, read_parts, settled_layout
from dropcast.stages.withdrawal import is_withdrawn

log = logging.getLogger(__name__)


def finalize_block(
    block: Block,
    jobs: ObjectStore,
    episodes: EpisodeStore,
    encoder: Encoder,
    parts: Topic[Part],
    in_flight: InFlight,
    destinations: Destinations = nowhere,
) -> None:
    """Gather a full block; if that was the last one, settle the episode, and have its parts rendered."""
    try:
        jobs.join([names.outcome(block, utterance) for utterance in block.members], names.gathered(block))
    except ObjectMissing:
        return  # not full after all: whoever fills it says so again
    _gather_sound(block, jobs)
    log.info("gathered", extra={"job": block.job, "block": block.index})
    complete = jobs.sizes(names.sounds(block.job))
    if block.is_batch:
        head = batch_head(block.job, jobs)
        if head is None:
            return  # it was deleted meanwhile
        with in_flight.alone(f"{block.job} {block.index}"), in_flight.place():
            bundle_ready(head, block, complete, jobs, encoder)
        _archive_if_complete(head, jobs, episodes, encoder, in_flight, destinations)
        return
    blocks = [Block(block.job, index, block.utterances) for index in range(block_count(block.utterances))]
    if not {names.sound(each) for each in blocks} <= complete.keys():
        _render_ahead(block, blocks, complete, jobs, encoder, parts)
        return
    with in_flight.alone(block.job):  # blocks that fill up together all see the job complete
        if publish_if_over(block.job, jobs, episodes):
            return
        layout = settled_layout(blocks, jobs, episodes, encoder)
        if layout is None:
            return
        stored = jobs.sizes(names.parts(block.job))
        if missing := missing_parts(layout, stored):
            parts.publish(part for part in read_parts(layout, jobs) if part.position in missing)
        else:
            join_episode(layout, jobs, episodes, encoder)


def _archive_if_complete(
    head: BatchHead,
    jobs: ObjectStore,
    episodes: EpisodeStore,
    encoder: Encoder,
    in_flight: InFlight,
    destinations: Destinations,
) -> None:
    """Make the archive of a batch whose bundles are all there."""
    job = head.upload.job
    if {names.bundle(job, index) for index in head.bundles} <= jobs.sizes(names.bundles(job)).keys():
        with in_flight.alone(job):
            if not publish_if_over(job, jobs, episodes) and not is_withdrawn(job, jobs):
                archive_batch(head, jobs, episodes, encoder, destinations)


def _render_ahead(
    block: Block,
    blocks: list[Block],
    complete: Collection[str],
    jobs: ObjectStore,
    encoder: Encoder,
    parts: Topic[Part],
) -> None:
    """Have parts rendered whose lines are there, each time that the blocks without a gap have doubled.

    Not after each block: whoever looks reads all of them.
    """
    without_gap = next(at for at, each in enumerate(blocks) if names.sound(each) not in complete)
    doubled = 1 << without_gap.bit_length() >> 1
    if block.index < doubled:
        stored = jobs.sizes(names.parts(block.job))
        ahead = parts_ahead(blocks[:doubled], jobs, encoder)
        parts.publish(part for part in ahead if not is_stored(part, stored))


def finalize_part(
    part: Part, jobs: ObjectStore, episodes: EpisodeStore, encoder: Encoder, in_flight: InFlight
) -> None:
    """Render a part; if that was the last one, join the episode and end the job."""
    with in_flight.alone(f"{part.job} {part.position}"), in_flight.place():
        render_part(part, jobs, encoder)
    try:
        layout = read_layout(part.job, jobs)
    except ObjectMissing:
        return  # rendered ahead of time: whoever settles the episode finds it
    _join_if_complete(layout, jobs, episodes, encoder, in_flight)


def _join_if_complete(
    layout: Layout, jobs: ObjectStore, episodes: EpisodeStore, encoder: Encoder, in_flight: InFlight
) -> None:
    job = layout.upload.job
    if missing_parts(layout, jobs.sizes(names.parts(job))):
        return
    with in_flight.alone(job):  # parts that are done together all see the episode complete
        if not publish_if_over(job, jobs, episodes):
            join_episode(layout, jobs, episodes, encoder)


def _gather_sound(block: Block, jobs: ObjectStore) -> None:
    """Join a block's clips inside storage, so that the episode reads 32 clips at a time."""
    clips = [outcome.audio for outcome in block_outcomes(block, jobs) if isinstance(outcome, Spoken)]
    if clips:
        jobs.join(clips, names.sound(block))
    else:
        jobs.create(names.sound(block), b"")
