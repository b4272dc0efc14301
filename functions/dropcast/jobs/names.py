"""Every object name of the jobs bucket. The kind comes first: a kind can be listed, and aged, by prefix."""

from dropcast.jobs.blocks import Block
from dropcast.scripts.names import BATCHES


def plan(job: str) -> str:
    return f"plans/{job}.jsonl"


def clip(digest: str) -> str:
    """Name a clip by everything that shapes its sound: the cache that all jobs share."""
    return f"clips/{digest}.wav"


def take(job: str, utterance: int) -> str:
    """Name a job's own copy of a cached clip, which stays when the cache forgets."""
    return f"takes/{job}/{utterance:06}.wav"


def outcome(block: Block, utterance: int) -> str:
    return f"{outcomes(block)}{utterance:06}.json"


def outcomes(block: Block) -> str:
    return f"outcomes/{block.job}/{block.index:06}/"


def gathered(block: Block) -> str:
    """Name the outcomes of a full block, one after the other."""
    return f"gathered/{block.job}/{block.index:06}.jsonl"


def sound(block: Block) -> str:
    """Name the clips of a full block, one after the other. It exists = the block is complete."""
    return f"{sounds(block.job)}{block.index:06}"


def sounds(job: str) -> str:
    return f"sound/{job}/"


def layout(job: str) -> str:
    """Name the decision on how an episode is made. It exists = where everything is heard is settled."""
    return f"layouts/{job}.json"


def recipes(job: str, settled: str) -> str:
    """Name the parts of an episode, as they are to be rendered."""
    return f"recipes/{job}/{settled}.jsonl"


def encoded(digest: str, coding: str) -> str:
    """Name what was made of a part, by everything that shapes its bytes: the cache that all jobs share."""
    return f"encoded/{digest}.{coding}.json"


def encoded_frames(digest: str, content: str, coding: str) -> str:
    """Name the frames that were made of a part, by their own content as well."""
    return f"encoded/{digest}-{content}.{coding}"


def part(job: str, digest: str, coding: str) -> str:
    """Name a job's own word of what was made of a part. It exists = the part is there, and its frames are."""
    return f"{parts(job)}{digest}.{coding}.json"


def part_frames(job: str, digest: str, content: str, coding: str) -> str:
    """Name a job's own copy of the frames that were made of a part."""
    return f"{parts(job)}{digest}-{content}.{coding}"


def parts(job: str) -> str:
    return f"parts/{job}/"


def join(job: str, settled: str, extension: str, step: str) -> str:
    """Name a step on the way to a result: its header, its frames, some parts that are joined already."""
    return f"joins/{job}/{settled}/{extension}/{step}"


def result(job: str, settled: str, extension: str) -> str:
    """Name a file of the episode, by the digest of what was settled: no release publishes another one's."""
    return f"{results(job, settled)}episode.{extension}"


def results(job: str, settled: str) -> str:
    return f"results/{job}/{settled}/"


def draft(job: str, settled: str) -> str:
    """Name the report as far as it can be written before the episode is."""
    return f"drafts/{job}/{settled}.json"


def report(job: str) -> str:
    """Name the last object of a job. It exists = the job is over."""
    return f"reports/{job}.json"


def batch_upload(owner: str, batch: str) -> str:
    """Name a batch request in the uploads bucket: whose it is, and the id that its owner gave it."""
    return f"{BATCHES}{owner}/{batch}.json"


def operation(owner: str, operation_id: str) -> str:
    """Name the word of which request a client's Operation-Id was given for."""
    return f"operations/{owner}/{operation_id}.json"


def batch(job: str) -> str:
    """Name the head of a batch's plan. It exists = the batch is planned, and runs."""
    return f"batches/{job}.json"


def batch_inputs(job: str, digest: str, block: int) -> str:
    """Name the planned inputs that are finished with a block, by the digest of them all."""
    return f"inputs/{job}/{digest}/{block:06}.jsonl"


def bundle(job: str, block: int) -> str:
    """Name the word of what became of a block's inputs. It exists = their files are there."""
    return f"{bundles(job)}{block:06}.json"


def bundle_files(job: str, block: int, part: str, content: str) -> str:
    """Name files of a block's inputs, as they will stand in the archive, by their own content as well."""
    return f"{bundles(job)}{block:06}-{part}-{content}"


def bundles(job: str) -> str:
    return f"bundles/{job}/"


def archive(job: str, settled: str) -> str:
    """Name the results of a batch: everything in one ZIP file."""
    return f"{results(job, settled)}results.zip"


def clip_marks(digest: str, content: str) -> str:
    """Name when the service passed which mark of a clip, by the clip's own content as well."""
    return f"clips/{digest}-{content}.marks.json"


def withdrawn(job: str) -> str:
    """Name the word that a job was deleted. It exists = nothing more is spoken or made for it."""
    return f"withdrawn/{job}"


def everything_of(job: str) -> tuple[str, ...]:
    """Return the prefixes of all that a job leaves in the jobs bucket; clips belong to nobody."""
    kinds = "takes outcomes gathered sound layouts recipes parts joins results drafts reports bundles inputs"
    folders = (f"{kind}/{job}/" for kind in kinds.split())
    return (*folders, plan(job), batch(job), layout(job), report(job))
