"""Plant mistakes one by one in a copy of infra/, and show what catches each: our own tests, or Terraform.

Plans are tested where Terraform can fetch its providers; elsewhere what only they would catch is skipped.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
COPIED = ("infra", "functions", "tests", "Makefile", "cloudbuild.yaml", "pyproject.toml", ".gitignore")
OURS = "not plant and not git and not formatted"  # what is planted is to be caught for what it means


@dataclass(frozen=True, slots=True)
class Plant:
    """A mistake: in this file, this text becomes that one. Our tests catch it, or these of infra/tests."""

    name: str
    file: str
    old: str
    new: str
    plans: str = ""


PLANTS = (
    Plant(
        "a dropped dead letter",
        "infra/topics.tf",
        'each.value.topic == "dead-letters" ? [] : ["dead-letters"]',
        'each.value.topic == "uploads" ? ["dead-letters"] : []',
    ),
    Plant(
        "dead letters that nobody keeps",
        "infra/topics.tf",
        'topic                      = google_pubsub_topic.this["dead-letters"].id',
        'topic                      = google_pubsub_topic.this["lines"].id',
    ),
    Plant("five attempts", "infra/topics.tf", "max_delivery_attempts = 20", "max_delivery_attempts = 5"),
    Plant(
        "an acknowledgement deadline below the timeout",
        "infra/topics.tf",
        "ack_deadline_seconds       = 600",
        "ack_deadline_seconds       = 60",
    ),
    Plant(
        "a backoff that does not",
        "infra/topics.tf",
        'minimum_backoff = "10s"',
        'minimum_backoff = "0s"',
        plans="messages",
    ),
    Plant(
        "a subscription that expires",
        "infra/topics.tf",
        'ttl = "" # never',
        'ttl = "2678400s"',
        plans="messages",
    ),
    Plant(
        "pushed as the schedule's account",
        "infra/topics.tf",
        'service_account_email = google_service_account.this["push"].email',
        'service_account_email = google_service_account.this["schedule"].email',
        plans="messages",
    ),
    Plant(
        "a stage woken by another's topic",
        "infra/stages.tf",
        'finalize   = { topic = "blocks"',
        'finalize   = { topic = "lines"',
        plans="messages",
    ),
    Plant(
        "a function that may outlive its delivery",
        "infra/stages.tf",
        "instances = local.synthesizes, timeout = 540",
        "instances = local.synthesizes, timeout = 900",
    ),
    Plant("a misspelt entry point", "infra/stages.tf", "    bury       = {", "    burry      = {"),
    Plant(
        "a misspelt variable",
        "infra/stages.tf",
        "EPISODES_BUCKET = google",
        "EPISODE_BUCKET  = google",
    ),
    Plant(
        "a missing environment variable",
        "infra/stages.tf",
        "      SPEECH_ENDPOINT          = var.speech.endpoint\n",
        "",
    ),
    Plant(
        "the names of two topics exchanged",
        "infra/stages.tf",
        'BLOCKS_TOPIC    = google_pubsub_topic.this["blocks"].id',
        'BLOCKS_TOPIC    = google_pubsub_topic.this["lines"].id',
        plans="functions",
    ),
    Plant(
        "a setting that is empty and comes back in every plan",
        "infra/stages.tf",
        ' : name => value if value != "" #',
        " : name => value #",
        plans="functions",
    ),
    Plant(
        "more workers than the quota feeds",
        "infra/stages.tf",
        "at_once     = floor(local.in_flight / local.synthesizes)",
        "at_once     = min(16, local.in_flight)",
        plans="functions",
    ),
    Plant(
        "Python serves four at once",
        "infra/functions.tf",
        "      THREADS          = tostring(local.resources[each.key].concurrency) #",
        '      THREADS          = "4" #',
        plans="functions",
    ),
    Plant("memory that is kept", "infra/functions.tf", '      MALLOC_ARENA_MAX       = "2"\n', ""),
    Plant(
        "one account for all functions",
        "infra/functions.tf",
        "service_account_email            = google_service_account.this[each.key].email",
        'service_account_email            = google_service_account.this["api"].email',
        plans="access",
    ),
    Plant(
        "functions open to the internet",
        "infra/functions.tf",
        'each.key == "api" ? "ALLOW_ALL" : "ALLOW_INTERNAL_ONLY"',
        '"ALLOW_ALL"',
        plans="access",
    ),
    Plant(
        "keys for every function",
        "infra/functions.tf",
        ' : version if each.key == "api"]',
        " : version]",
        plans="functions",
    ),
    Plant(
        "the key under another name",
        "infra/functions.tf",
        'key        = "API_KEYS"',
        'key        = "API_KEY"',
    ),
    Plant(
        "an archive of one name for ever",
        "infra/bundle.tf",
        '"functions-${data.archive_file.functions.output_sha256}.zip"',
        '"functions.zip"',
        plans="functions",
    ),
    Plant(
        "a public member",
        "infra/accounts.tf",
        'var.api.public ? { "everybody api"',
        'true ? { "everybody api"',
    ),
    Plant(
        "public episodes",
        "infra/accounts.tf",
        'for_each = var.episodes.public ? toset(["allUsers"]) : []',
        'for_each = toset(["allUsers"])',
    ),
    Plant(
        "public unless it is said otherwise",
        "infra/variables.tf",
        "    public  = optional(bool, false)\n    origins",
        "    public  = optional(bool, true)\n    origins",
    ),
    Plant(
        "buckets that can be made public",
        "infra/buckets.tf",
        'each.key == "episodes" && var.episodes.public ? "inherited" : "enforced"',
        '"inherited"',
        plans="access",
    ),
    Plant(
        "a widened role",
        "infra/accounts.tf",
        'adds   = "roles/storage.objectCreator"',
        'adds   = "roles/storage.objectAdmin"',
    ),
    Plant(
        "one grant more",
        "infra/accounts.tf",
        '["finalize", "jobs", local.reads], ["finalize", "jobs", local.adds]',
        '["finalize", "jobs", local.reads], ["finalize", "jobs", local.keeps]',
    ),
    Plant(
        "a role for the whole project",
        "infra/accounts.tf",
        '    "roles/logging.logWriter"    = null\n',
        '    "roles/logging.logWriter"    = null\n    "roles/editor"               = null\n',
    ),
    Plant(
        "the build reads every bucket",
        "infra/accounts.tf",
        "for_each = each.value == null ? [] : [each.value]",
        "for_each = []",
        plans="access",
    ),
    Plant(
        "dead letters that Pub/Sub may not publish",
        "infra/accounts.tf",
        '    "pubsub dead-letters" = { member = local.pubsub_agent, topic = "dead-letters" }\n',
        "",
    ),
    Plant(
        "dead letters that Pub/Sub may not take out",
        "infra/accounts.tf",
        'name => subscription if name != "bury"',
        'name => subscription if name == "dispatch"',
        plans="access",
    ),
    Plant(
        "a missing secret accessor",
        "infra/accounts.tf",
        'role      = "roles/secretmanager.secretAccessor"',
        'role      = "roles/secretmanager.viewer"',
    ),
    Plant(
        "a role that may call any function",
        "infra/accounts.tf",
        'role     = "roles/run.invoker"',
        'role     = "roles/run.admin"',
    ),
    Plant("a lost lifecycle rule", "infra/buckets.tf", '["clips/", "encoded/"]', '["clips/"]'),
    Plant("a kind of object forgotten", "infra/buckets.tf", '"recipes", ', ""),
    Plant(
        "deleted clips that are paid for",
        "infra/buckets.tf",
        "      versioned        = false\n      soft_delete_days = 0\n",
        "      versioned        = false\n      soft_delete_days = 7\n",
        plans="storage",
    ),
    Plant(
        "uploads that can be destroyed",
        "infra/buckets.tf",
        'contains(["jobs", "source"], each.key)',
        "true",
        plans="storage",
    ),
    Plant(
        "a batch that goes before its time",
        "infra/variables.tf",
        "jobs         = optional(number, 40)",
        "jobs         = optional(number, 10)",
        plans="storage",
    ),
    Plant(
        "uploads that are not told",
        "infra/buckets.tf",
        '["OBJECT_FINALIZE"]',
        '["OBJECT_DELETE"]',
        plans="messages",
    ),
    Plant(
        "the notification to another topic",
        "infra/buckets.tf",
        'topic          = google_pubsub_topic.this["uploads"].id',
        'topic          = google_pubsub_topic.this["lines"].id',
        plans="messages",
    ),
    Plant("a sweep once a day", "infra/schedule.tf", '"*/15 * * * *"', '"0 0 * * *"', plans="messages"),
    Plant(
        "an alert about another subscription",
        "infra/monitoring.tf",
        "kept     = google_pubsub_subscription.dead_letters.name",
        'kept     = google_pubsub_subscription.push["bury"].name',
        plans="monitoring",
    ),
    Plant(
        "an alert without anybody",
        "infra/monitoring.tf",
        "  channels = [for channel in google_monitoring_notification_channel.email : channel.id]\n",
        "  channels = []\n",
        plans="monitoring",
    ),
    Plant(
        "a count of what nobody logs",
        "infra/monitoring.tf",
        'filter = "jsonPayload.message=\\"succeeded\\""',
        'filter = "jsonPayload.message=\\"done\\""',
    ),
    Plant(
        "clips from the cache counted as bought",
        "infra/monitoring.tf",
        ' jsonPayload.cached=false"',
        '"',
        plans="monitoring",
    ),
    Plant(
        "a name too long for accounts",
        "infra/variables.tf",
        '"^[a-z][a-z0-9-]{0,10}[a-z0-9]$", var.name',
        '"^[a-z][a-z0-9-]{0,60}[a-z0-9]$", var.name',
        plans="inputs",
    ),
    Plant(
        "a key that can be guessed",
        "infra/variables.tf",
        '"^[!-~]{24,}$"',
        '"^[!-~]+$"',
        plans="inputs",
    ),
    Plant(
        "an unknown argument",
        "infra/schedule.tf",
        "attempt_deadline =",
        "attempt_dead_line =",
        plans="messages",
    ),
    Plant("a build step misspelt", "cloudbuild.yaml", "args: [package]", "args: [pakage]"),
    Plant(
        "a plan that takes the keys away",
        "infra/deploy.sh",
        '--format "value(name)") || return 1\n  if',
        '--format "value(name)") || true\n  if',
    ),
    Plant(
        "destroyed though it is not empty",
        "infra/deploy.sh",
        "    refuse_unless_empty\n    #",
        "    #",
    ),
    Plant(
        "a deployment that nobody listens to",
        "infra/deploy.sh",
        "    smoke\n    terraform output",
        "    terraform output",
    ),
)


def copy_of_the_project(folder: Path) -> None:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", ".terraform", "*.tfplan", ".terraform.lock.hcl")
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy(source, folder / name)


def run(command: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=False
    )


def by_our_tests(copy: Path) -> str | None:
    """Return the first of our own tests that fails in a copy, or None."""
    quiet = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-k", OURS]
    done = run([sys.executable, "-m", "pytest", *quiet, "tests/test_infra.py"], copy)
    if done.returncode not in (0, 1):
        raise SystemExit(f"the tests did not run\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    failed = re.search(r"^(?:FAILED|ERROR) \S+::(\S+)", done.stdout, re.MULTILINE)
    return failed[1] if failed else None


def by_terraform(copy: Path, plans: str) -> str | None:
    """Return what Terraform says of a copy, in a word, or None where all is well."""
    for command in (["validate"], ["test", f"-filter=tests/{plans}.tftest.hcl"]):
        done = run(["terraform", *command, "-no-color"], copy / "infra")
        if done.returncode:
            said = re.search(r'run "(\w+)"\.\.\. fail', done.stdout) or re.search(
                r"Error: (.*)", done.stdout + done.stderr
            )
            return f"terraform {command[0]}: {said[1] if said else done.returncode}"
    return None


def has_providers(copy: Path) -> bool:
    """Fetch the providers into a copy, if Terraform is installed and can."""
    if not shutil.which("terraform"):
        return False
    return run(["terraform", "init", "-backend=false", "-input=false"], copy / "infra").returncode == 0


def main() -> int:
    """Print a line for each plant, or for those whose names hold the first argument; return the exit code."""
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    plants = [plant for plant in PLANTS if wanted in plant.name]
    survivors = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        copy_of_the_project(copy)
        planned = has_providers(copy)
        if not planned:
            print("skipped: Terraform is not installed or cannot fetch its providers: no plan is tested")
        if found := by_our_tests(copy):
            raise SystemExit(f"{found} fails without any mistake being planted: mend that first")
        for plant in plants:
            file = copy / plant.file
            good = file.read_text(encoding="utf-8")
            file.write_text(good.replace(plant.old, plant.new), encoding="utf-8")
            caught = by_our_tests(copy) or (plant.plans and planned and by_terraform(copy, plant.plans))
            file.write_text(good, encoding="utf-8")
            if not caught:
                survivors.append(plant)
            word = "caught    " if caught else "NOT CAUGHT" if planned or not plant.plans else "not tested"
            print(f"{word}  {plant.name}\n            {caught or ''}", flush=True)
    print(f"{len(plants) - len(survivors)} of {len(plants)} planted mistakes were caught")
    return 1 if any(planned or not plant.plans for plant in survivors) else 0


if __name__ == "__main__":
    sys.exit(main())
