"""Plant bugs one by one in a copy of the project, and show which test catches which.

A fault test is worth nothing until it has been seen to fail. Each plant is a plausible mistake: a line that
somebody might write, or leave out. One that no test catches makes this program fail.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
COPIED = ("functions", "local", "tests", "examples", "pyproject.toml")
AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Plant:
    """A bug: in this file, this text becomes that one; `tests` are where it should be caught."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...] = ("tests/unit", "tests/faults")


PLANTS = (
    Plant(
        "a create without its precondition",
        "gateways/gcs.py",
        "PATIENCE\n        return _unless_taken(name, lambda: blob.upload_from_string(data, **options))",
        'PATIENCE\n        del options["if_generation_match"]\n'
        "        return _unless_taken(name, lambda: blob.upload_from_string(data, **options))",
        ("tests/contract/test_object_store.py",),
    ),
    Plant(
        "a streamed create without its precondition",
        "gateways/gcs.py",
        'options = {"content_type": _content_type(blob.name), "if_generation_match": generation} | PATIENCE',
        'options = {"content_type": _content_type(blob.name)} | PATIENCE',
        ("tests/contract/test_object_store.py",),
    ),
    Plant(
        "a stable name replaced unseen",
        "gateways/gcs.py",
        "_rewrite(self._results.blob(result), blob, seen)",
        "_rewrite(self._results.blob(result), blob, None)",
        ("tests/contract/test_episode_store.py",),
    ),
    Plant(
        "counting outcomes instead of naming them",
        "stages/completion.py",
        "if expected <= jobs.sizes(names.outcomes(block)).keys():",
        "if len(jobs.sizes(names.outcomes(block))) + 1 >= len(expected):",
    ),
    Plant(
        "the last utterance, not the last to come, ends a block",
        "stages/completion.py",
        "if expected <= jobs.sizes(names.outcomes(block)).keys():",
        "if max(expected) in jobs.sizes(names.outcomes(block)):",
    ),
    Plant(
        "no look at the block where the outcome was there already",
        "stages/synthesize.py",
        "        jobs.create(names.outcome(block, utterance.index), encode_outcome(outcome))\n",
        "        if not jobs.create(names.outcome(block, utterance.index), encode_outcome(outcome)):\n"
        "            raise SpeechRefused('there already')\n",
    ),
    Plant(
        "an error swallowed: what may pass later becomes a rejection",
        "stages/synthesize.py",
        "except (SpeechRefused, MediaRefused) as refused:",
        "except Exception as refused:",
    ),
    Plant(
        "acknowledged before publishing: a redelivered script publishes nothing",
        "stages/dispatch.py",
        "        return _stored(upload.job, jobs)\n    except",
        "        _stored(upload.job, jobs)\n        raise ScriptRejected(())\n    except",
    ),
    Plant(
        "the lines published before the plan is there",
        "stages/dispatch.py",
        "return plan if jobs.create_from(names.plan(upload.job), encode_plan(plan)) else",
        "return plan or",
    ),
    Plant(
        "the report before the audio",
        "stages/joining.py",
        "    for output in layout.sounds:\n        joiner.make(output)\n",
        "",
    ),
    Plant(
        "the episode joined as soon as any part is there",
        "stages/joining.py",
        "        if any(\n            names.part(",
        "        if not stored and any(\n            names.part(",
    ),
    Plant(
        "a part counted as there when one of its codings is",
        "stages/joining.py",
        "        if any(\n            names.part(",
        "        if all(\n            names.part(",
    ),
    Plant(
        "parts published only by whoever settles the episode, who may die before",
        "stages/settling.py",
        "        return read_layout(job, jobs)\n    except",
        "        read_layout(job, jobs)\n        return None\n    except",
    ),
    Plant(
        "our own layout gone by, not the one that was written first",
        "stages/settling.py",
        "    return read_layout(layout.upload.job, jobs)\n",
        "    return layout\n",
    ),
    Plant(
        "what another release named shared under its name",
        "stages/rendering.py",
        "    is_ours = part.maker == maker_of(encoder.version())\n",
        "    is_ours = True\n",
    ),
    Plant(
        "the word that a part is there before the part is",
        "stages/rendering.py",
        "        jobs.create(names.part_frames(part.job, digest, content, coding.name), frames.body)\n"
        "        jobs.create(names.part(part.job, digest, coding.name), encode_made(made))\n",
        "        jobs.create(names.part(part.job, digest, coding.name), encode_made(made))\n"
        "        jobs.create(names.part_frames(part.job, digest, content, coding.name), frames.body)\n",
    ),
    Plant(
        "a part that does not know the gain of its words",
        "sound/codings.py",
        "        float(piece.gain_db),\n",
        "",
    ),
    Plant(
        "pieces that a cut goes through told to one part only",
        "sound/cutting.py",
        "        for part in range(first, last):\n",
        "        for part in range(first, min(last, first + 1)):\n",
    ),
    Plant(
        "parts that do not begin on a frame",
        "sound/laying.py",
        "            start = aligned(start)\n            self._cuts.cut_before(start)\n        placed",
        "            self._cuts.cut_before(start)\n        placed",
    ),
    Plant(
        "a line after an overlap waits for the last line only, not for whoever ends last",
        "sound/laying.py",
        "self._end = max(self._end, placed.end)",
        "self._end = placed.end",
    ),
    Plant(
        "the explicit pause of a line that is left out lost with it",
        "sound/laying.py",
        "            waiting.rest_ms += line.pacing.rest_ms\n",
        "            waiting.rest_ms = line.pacing.rest_ms\n",
    ),
    Plant(
        "the episode rendered as soon as any block is complete",
        "stages/finalize.py",
        "if not {names.sound(each) for each in blocks} <= complete.keys():",
        "if not {names.sound(each) for each in blocks} & complete.keys():",
    ),
    Plant(
        "a report that is there already ends the work, published or not",
        "stages/publication.py",
        "    for output in ending.outputs:\n",
        "    if episodes.standing(f'{stem(ending.upload.name)}.report.json'):\n        return True\n"
        "    for output in ending.outputs:\n",
    ),
    Plant(
        "the report published before what it names",
        "stages/publication.py",
        "    for output in ending.outputs:\n        _publish(output.result, output.name, ending, episodes)\n"
        '    _publish(names.report(job), f"{stem(ending.upload.name)}.report.json", ending, episodes)\n',
        '    _publish(names.report(job), f"{stem(ending.upload.name)}.report.json", ending, episodes)\n'
        "    for output in ending.outputs:\n        _publish(output.result, output.name, ending, episodes)\n",
    ),
    Plant(
        "an older script's episode over a newer one's",
        "stages/publication.py",
        "if standing is None or standing.script_generation < ending.upload.generation:",
        "if standing is None or standing.script_generation != ending.upload.generation:",
    ),
    Plant(
        "our own take measured instead of the clip that another delivery stored",
        "stages/clip_cache.py",
        "        jobs.copy(clip, take)\n    data = jobs.read(take)",
        "        jobs.copy(clip, take)\n        return take, made\n    data = jobs.read(take)",
    ),
    Plant(
        "the cache not asked",
        "stages/clip_cache.py",
        "        jobs.copy(clip, take)\n    except ObjectMissing:",
        "        raise ObjectMissing(clip)\n    except ObjectMissing:",
    ),
    Plant(
        "marks stored behind their clip",
        "stages/clip_cache.py",
        "    if made.marks:\n        jobs.create(_marks_name(digest, data), _encode(made.marks))\n"
        "    return jobs.create(names.clip(digest), data)",
        "    created = jobs.create(names.clip(digest), data)\n"
        "    if made.marks:\n        jobs.create(_marks_name(digest, data), _encode(made.marks))\n"
        "    return created",
        ("tests/unit/test_synthesize.py",),
    ),
    Plant(
        "a deleted batch is spoken to its end",
        "stages/withdrawal.py",
        "    return True",
        "    return False",
        ("tests/faults/test_batch_weather.py",),
    ),
    Plant(
        "the archive made as soon as any bundle is there",
        "stages/finalize.py",
        "for index in head.bundles} <= jobs.sizes",
        "for index in head.bundles} & jobs.sizes",
        ("tests/faults/test_batch_weather.py",),
    ),
    Plant(
        "a bundle left to the block that it ends in, whichever block completes it",
        "stages/bundling.py",
        "        if index not in wanted:\n            continue",
        "        if index not in wanted or index > block.index:\n            return",
        ("tests/faults/test_batch_weather.py",),
    ),
    Plant(
        "an archive's steps named by its job alone",
        "stages/archiving.py",
        "    return whole.hexdigest()[:DIGEST_DIGITS]",
        '    return "settled"',
        ("tests/faults/test_batch_weather.py", "tests/unit/test_archiving.py"),
    ),
    Plant(
        "the results of a batch of the API published for all to see",
        "stages/publication.py",
        "    if ending.upload.name.startswith(BATCHES):\n        return ",
        "    if not ending.upload.name:\n        return ",
        ("tests/faults/test_batch_weather.py",),
    ),
    Plant(
        "the newest upload read instead of the one that was told of",
        "stages/dispatch.py",
        "uploads.read(upload.name, upload.generation, ",
        "uploads.read(upload.name, ",
    ),
    Plant(
        "a look that began before the outcome is taken for one that began after it",
        "stages/shared_look.py",
        "wanted, end = looks.begun + 1, monotonic() + self._patience",
        "wanted, end = max(1, looks.begun), monotonic() + self._patience",
    ),
    Plant(
        "the look left to a delivery that may be acknowledged elsewhere",
        "stages/shared_look.py",
        "                elif looks.at_work and left > 0:",
        "                elif looks.at_work:\n                    return None\n"
        "                elif looks.at_work and left > 0:",
    ),
    Plant(
        "the rendering left to a delivery that may be acknowledged elsewhere",
        "stages/finalize.py",
        "    with in_flight.alone(block.job):",
        "    if block.job in in_flight._jobs:\n        return\n    with in_flight.alone(block.job):",
        ("tests/unit/test_finalize.py", "tests/faults"),
    ),
    Plant(
        "a buried utterance does not look at its block",
        "stages/bury.py",
        "    publish_if_full(utterance.block, jobs, blocks)\n",
        "",
    ),
    Plant(
        "a digest that does not know the voice",
        "voices/request.py",
        "whole = self.to_json() | {",
        'whole = self.to_json() | {"voice": "", ',
    ),
    Plant(
        "silence passes the gate",
        "sound/gate.py",
        "if loudest <= SILENCE:",
        "if loudest < 0:",
    ),
    Plant(
        "a pause after the last line as well",
        "sound/laying.py",
        "        return (self._last.pacing.after_ms or 0) if self._last else 0",
        "        return (self._last.pacing.after_ms or 250) if self._last else 0",
    ),
    Plant(
        "messages queued but not awaited",
        "gateways/pubsub.py",
        "                _settle(future)\n",
        "                future.done()\n",
        ("tests/contract/test_topic.py",),
    ),
)
NOTHING = Plant("nothing", "ports.py", "", "")


def caught_by(plant: Plant) -> str | None:
    """Plant one bug in a copy and return the first test that fails, or None."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, copy / name)
        file = copy / "functions" / "dropcast" / plant.file
        file.write_text(file.read_text(encoding="utf-8").replace(plant.old, plant.new), encoding="utf-8")
        quiet = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
        itself = "--ignore=tests/unit/test_planted.py"  # which fails of every plant, as it should
        command = [sys.executable, "-m", "pytest", *quiet, itself, *plant.tests]
        done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{plant.name}: the tests did not run\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    failed = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    return failed[1] if failed else None


def main() -> int:
    """Print a line for each plant, or for those whose names hold the first argument; return the exit code."""
    if test := caught_by(NOTHING):
        raise SystemExit(f"{test} fails without any bug being planted: mend that first")
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    plants = [plant for plant in PLANTS if wanted in plant.name]
    survivors = 0
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for plant, test in zip(plants, threads.map(caught_by, plants), strict=True):
            survivors += test is None
            print(
                f"{'NOT CAUGHT' if test is None else 'caught'}  {plant.name}\n            {test or ''}",
                flush=True,
            )
    print(f"{len(plants) - survivors} of {len(plants)} planted bugs were caught")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
