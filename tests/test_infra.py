"""infra/ as far as it can be checked without Terraform: that it agrees with the code; what its scripts do.

What it plans is tested in infra/tests, by `make infra-check`, where Terraform can fetch its providers.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import hcl2
import pytest
from ruamel.yaml import YAML

from planted.infra import PLANTS

ROOT = Path(__file__).parents[1]
INFRA = ROOT / "infra"
BIN = Path(sys.executable).parent
TO_PYTHON = {"THREADS", "LOG_EXECUTION_ID", "MALLOC_ARENA_MAX", "MALLOC_MMAP_THRESHOLD_"}  # not to our code
FOR_STAND_INS = {"SPEECH_EMULATOR_HOST"}
DERIVED = {"SIGNING_KEY"}  # from the keys
PLAIN_TOOLS = (
    "bash",
    "dirname",
    "mktemp",
    "rm",
    "mkdir",
    "touch",
    "cat",
    "cp",
    "od",
    "tr",
    "env",
    "sed",
    "head",
)


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def configuration():
    """Return what each file of infra/ says."""
    return {path.name: hcl2.loads(path.read_text(encoding="utf-8")) for path in sorted(INFRA.glob("*.tf"))}


def bare(text):
    return text.strip('"')


def of_kind(kind):
    """Return all blocks of a kind by their names: resource and data by type and name."""
    found = {}
    for said in configuration().values():
        for block in said.get(kind, []):
            for first, inner in block.items():
                if first.startswith("__"):
                    continue
                if kind in ("resource", "data"):
                    (second,) = (name for name in inner if not name.startswith("__"))
                    found[f"{bare(first)}.{bare(second)}"] = inner[second]
                else:
                    found[bare(first)] = inner
    return found


def local(name):
    (found,) = (
        block[name] for said in configuration().values() for block in said.get("locals", []) if name in block
    )
    return found


def test_every_entry_point_of_the_code_is_a_stage_and_no_other():
    entry_points = re.findall(
        r"^@functions_framework\.http\ndef (\w+)\(", read("functions/main.py"), re.MULTILINE
    )
    assert list(local("stages")) == entry_points


def test_every_setting_that_the_code_reads_is_set_and_no_other():
    code = read("functions/dropcast/wiring.py") + read("functions/dropcast/batchapi/settings.py")
    used = {name for name in re.findall(r'"([A-Z]+_[A-Z_]+)"', code) if not name.startswith("DISABLE_")}
    service = of_kind("resource")["google_cloudfunctions2_function.this"]["service_config"][0]
    given = set(re.findall(r"\b([A-Z]+(?:_[A-Z]+)+) =", local("environment")))
    by_secret = re.findall(r"[A-Z]+(?:_[A-Z]+)+", json.dumps(service["dynamic"]))
    assert given | set(by_secret) == used - FOR_STAND_INS - DERIVED
    assert set(re.findall(r"\b([A-Z]+(?:_[A-Z]*)*) =", service["environment_variables"])) == TO_PYTHON


def test_every_kind_of_object_in_the_jobs_bucket_has_its_time():
    kinds = set(re.findall(r'return f"([a-z]+)/', read("functions/dropcast/jobs/names.py")))
    (cached,) = re.findall(
        r"cache = \{ days = var\.days\.cache, prefixes = \[(.*?)\] \}", read("infra/buckets.tf")
    )
    of_jobs = [bare(kind) for kind in local("job_kinds")]
    assert of_jobs == sorted(of_jobs)
    assert {*of_jobs, *re.findall(r'"([a-z]+)/"', cached)} == kinds


def test_what_is_counted_of_the_logs_is_logged():
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "functions").rglob("*.py"))
    counted = read("infra/monitoring.tf")
    messages = re.findall(r'jsonPayload\.message=\\"(\w+)\\"', counted)
    assert sorted(messages) == ["failed", "spoken", "succeeded"]
    assert [each for each in messages if not re.search(rf'log\.\w+\("{each}"', code)] == []
    fields = {*re.findall(r"jsonPayload\.(\w+)", counted), *re.findall(r'value = "(\w+)"', counted)} - {
        "message"
    }
    assert fields == {"cached", "characters", "job"}
    assert [each for each in fields if f'"{each}":' not in code] == []


def test_every_variable_says_what_it_is_and_is_used():
    names = re.findall(r'^variable "(\w+)"', read("infra/variables.tf"), re.MULTILINE)
    assert names == sorted(names)
    files = "".join(
        path.read_text(encoding="utf-8") for path in INFRA.glob("*.tf") if path.name != "variables.tf"
    )
    for name, variable in of_kind("variable").items():
        assert len(bare(variable["description"])) > 20, name
        assert bare(variable["type"]) != "any", name
        assert "default" in variable or name == "project", f"{name} must not have to be set"
        assert f"var.{name}" in files, f"{name} is used nowhere"


def test_every_output_says_what_it_is():
    assert [name for name, output in of_kind("output").items() if len(bare(output["description"])) < 20] == []


# Whoever adds a grant adds it here and in infra/tests/access.tftest.hcl, and says in the commit what for.
def test_every_grant_is_known():
    resources = of_kind("resource")
    assert {name: bare(resources[name]["role"]) for name in resources if "_iam_" in name} == {
        "google_artifact_registry_repository_iam_member.this": "roles/artifactregistry.writer",
        "google_cloud_run_service_iam_member.this": "roles/run.invoker",
        "google_kms_crypto_key_iam_member.this": "roles/cloudkms.cryptoKeyEncrypterDecrypter",
        "google_project_iam_member.this": "${each.key}",
        "google_pubsub_subscription_iam_member.this": "roles/pubsub.subscriber",
        "google_pubsub_topic_iam_member.this": "${local.speaks}",
        "google_secret_manager_secret_iam_member.this": "roles/secretmanager.secretAccessor",
        "google_storage_bucket_iam_member.public": "roles/storage.objectViewer",
        "google_storage_bucket_iam_member.this": "${each.value.role}",
    }
    in_the_project = resources["google_project_iam_member.this"]["for_each"]
    assert set(map(bare, in_the_project)) == {"roles/logging.logWriter", "roles/storage.objectViewer"}
    roles = {name: bare(local(name)) for name in ("reads", "adds", "keeps", "speaks")}
    assert roles == {
        "reads": "roles/storage.objectViewer",
        "adds": "roles/storage.objectCreator",
        "keeps": "roles/storage.objectUser",
        "speaks": "roles/pubsub.publisher",
    }
    granted = re.findall(r'\["(\w+)", "(\w+)", local\.(\w+)\]', local("bucket_grants"))
    assert sorted(map(" ".join, granted)) == [
        "api jobs keeps",
        "api uploads keeps",
        "bury episodes keeps",
        "bury jobs adds",
        "bury jobs reads",
        "dispatch episodes keeps",
        "dispatch jobs adds",
        "dispatch jobs reads",
        "dispatch uploads reads",
        "finalize episodes keeps",
        "finalize jobs adds",
        "finalize jobs reads",
        "sweep jobs keeps",
        "sweep uploads keeps",
        "synthesize jobs adds",
        "synthesize jobs reads",
        "synthesize uploads reads",
    ]
    assert set(map(bare, local("agent_grants"))) == {"storage uploads", "pubsub dead-letters"}
    published = re.findall(r'\["(\w+)", "(\w+)"\]', local("topic_grants"))
    assert sorted(map(" ".join, published)) == [
        "bury blocks",
        "dispatch lines",
        "finalize blocks",
        "sweep blocks",
        "sweep lines",
        "synthesize blocks",
    ]


def test_everybody_is_only_let_in_where_the_operator_asks():
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(INFRA.glob("*.tf")))
    assert re.findall(r".*\ball(?:Authenticated)?Users\b.*", text) == [
        '    var.api.public ? { "everybody api" = { function = "api", member = "allUsers" } } : {},',
        '  for_each = var.episodes.public ? toset(["allUsers"]) : []',
    ]
    assert bare(of_kind("variable")["api"]["type"]).count("public = optional(bool, false)") == 1
    assert bare(of_kind("variable")["episodes"]["type"]).count("public = optional(bool, false)") == 1


def test_a_delivery_may_take_longer_than_its_function():
    push = of_kind("resource")["google_pubsub_subscription.push"]
    stages = local("stages").items()
    assert push["ack_deadline_seconds"] == 600
    assert [name for name, stage in stages if stage["topic"] and stage["timeout"] > 540] == []


def test_what_is_given_up_is_kept_and_buried():
    resources = of_kind("resource")
    (burial,) = (
        block['"dead_letter_policy"'] for block in resources["google_pubsub_subscription.push"]["dynamic"]
    )
    assert burial["for_each"] == '${each.value.topic == "dead-letters" ? [] : ["dead-letters"]}'
    assert burial["content"][0]["max_delivery_attempts"] >= 20
    kept = resources["google_pubsub_subscription.dead_letters"]
    assert kept["topic"] == '${google_pubsub_topic.this["dead-letters"].id}'
    assert bare(local("stages")["bury"]["topic"]) == "dead-letters"


def test_nothing_that_terraform_makes_is_kept_in_git():
    made = ["infra/.terraform/functions.zip", "infra/deployment.tfplan", "infra/.terraform.lock.hcl"]
    done = subprocess.run(
        ["git", "check-ignore", *made], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.stdout.split() == made


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
def test_the_text_of_every_plant_stands_there_once(plant):
    assert read(plant.file).count(plant.old) == 1


# Scripts and checks


def tools(folder, *names):
    """A folder for PATH with nothing in it but these programs."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        if program := shutil.which(name):
            (folder / name).symlink_to(program)
    return folder


def check(path):
    environment = {"PATH": str(path), "HOME": str(path), "BIN": str(BIN)}
    return subprocess.run(
        [INFRA / "check.sh"], capture_output=True, text=True, env=environment, timeout=100, check=False
    )


def program(path, text):
    path.write_text(f"#!/usr/bin/env bash\n{text}")
    path.chmod(0o755)


def test_the_check_says_what_it_cannot_check(tmp_path):
    done = check(tools(tmp_path / "bin", *PLAIN_TOOLS))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped: shellcheck is not installed" in done.stdout
    assert "skipped: terraform is not installed: what is planned was not checked" in done.stdout


def test_the_check_says_that_providers_are_out_of_reach(tmp_path):
    path = tools(tmp_path / "bin", *PLAIN_TOOLS)
    program(path / "terraform", '[ "$1" != init ] || { echo "Error: no network"; exit 1; }')
    done = check(path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Error: no network\nskipped: the providers cannot be fetched from here" in done.stdout


@pytest.mark.parametrize("step", ["fmt", "validate", "test"])
def test_the_check_fails_where_terraform_finds_something(step, tmp_path):
    path = tools(tmp_path / "bin", *PLAIN_TOOLS)
    program(path / "terraform", f'[ "$1" != {step} ]')
    assert check(path).returncode == 1


def test_it_is_formatted_as_terraform_does():
    if not shutil.which("terraform"):
        pytest.skip("terraform is not installed")
    done = subprocess.run(
        ["terraform", "fmt", "-check", "-recursive", INFRA], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("script", ["check.sh", "deploy.sh"])
def test_the_scripts_are_good_bash(script):
    subprocess.run(["bash", "-n", INFRA / script], check=True)
    if not shutil.which("shellcheck"):
        pytest.skip("it is bash; shellcheck, which sees more, is not installed")
    done = subprocess.run(["shellcheck", INFRA / script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


# Cloud Build


@cache
def build():
    return YAML(typ="safe").load(read("cloudbuild.yaml"))


def test_the_build_is_valid_by_its_public_schema(tmp_path):
    command = [BIN / "check-jsonschema", "--builtin-schema", "vendor.cloudbuild"]
    good = subprocess.run([*command, ROOT / "cloudbuild.yaml"], capture_output=True, text=True, check=False)
    assert good.returncode == 0, good.stdout
    bad = tmp_path / "cloudbuild.yaml"
    bad.write_text(read("cloudbuild.yaml").replace("entrypoint", "entry_point"))
    assert subprocess.run([*command, bad], capture_output=True, check=False).returncode == 1


def test_each_step_of_the_build_is_a_verb_of_make():
    verbs = re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE)
    done = []
    for step in build()["steps"]:
        if step["entrypoint"] == "make":
            (verb,) = step["args"]
        else:  # Terraform's image has no make
            verb = re.fullmatch(r"apk add --quiet bash make && make (\w+)", step["args"][-1])[1]
        done.append(verb)
    assert done == ["setup", "lint", "test", "package", "plan", "release"]
    assert set(done) <= set(verbs)


def test_every_substitution_of_the_build_is_described_and_used():
    text = read("cloudbuild.yaml")
    assert re.findall(r"^#   (_[A-Z]+) ", text, re.MULTILINE) == list(build()["substitutions"])
    below = text.partition("\nsteps:")[2] + str(build()["substitutions"].values())
    known = {*build()["substitutions"], "PROJECT_ID", "TAG_NAME"}
    assert set(re.findall(r"\$\{?([A-Z_]+)", below)) == known


def test_only_a_tag_is_released(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "infra").mkdir()
    program(tmp_path / "infra" / "deploy.sh", 'echo "deploy.sh $*"')

    def released(tag):
        environment = {"PATH": os.environ["PATH"], "TAG": tag}
        command = ["make", "--silent", "release"]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    assert released("") == "no tag: the plan is not applied\n"
    assert released("v1.2.3") == "deploy.sh apply\n"


# infra/deploy.sh, with programs on its PATH that only note what they are asked

GCLOUD = """
echo "gcloud $*" >> "$WORLD/calls"
case "$*" in
  "auth "*) [ ! -e "$WORLD/stranger" ] ;;
  "storage buckets describe gs://my-project-dropcast-state"*) [ -e "$WORLD/state" ] ;;
  "storage buckets create gs://my-project-dropcast-state"*) touch "$WORLD/state" ;;
  "secrets list"*)
    [ ! -e "$WORLD/outage" ] || exit 1
    [ ! -e "$WORLD/keys" ] || echo projects/1/secrets/dropcast-api-keys
    ;;
  "secrets versions list"*) [ ! -s "$WORLD/keys" ] || echo 1 ;;
  "secrets versions access"*) cat "$WORLD/keys" ;;
  "storage buckets list"*) printf 'my-project-dropcast-%s\\n' uploads episodes ;;
  "storage objects list gs://my-project-dropcast-episodes"*) [ ! -e "$WORLD/episode" ] || echo show.mp3 ;;
esac
"""
TERRAFORM = """
echo "terraform $* project=$TF_VAR_project region=$TF_VAR_region name=$TF_VAR_name" >> "$WORLD/calls"
case "$1" in
  plan) printf '%s' "${TF_VAR_api_keys:-}" > deployment.tfplan ;;
  apply) [ ! -e "$WORLD/refusal" ] || exit 1; cat "$2" > "$WORLD/keys" ;;
  output) echo 'api_url = "https://dropcast-api.example"' ;;
esac
"""
DROPCAST = """
echo "dropcast $*" >> "$WORLD/calls"
mkdir -p ../build/smoke
cat "$WORLD/report" > ../build/smoke/smoke.report.json
"""


class World:
    """A copy of what `make deploy` uses, and a Google Cloud of a few files."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "infra").mkdir()
        shutil.copy(INFRA / "deploy.sh", folder / "infra")
        self.path = tools(folder / "path", *PLAIN_TOOLS)
        program(self.path / "gcloud", GCLOUD)
        program(self.path / "terraform", TERRAFORM)
        (folder / "bin").mkdir()
        program(folder / "bin" / "dropcast", DROPCAST)
        (folder / "bin" / "python").symlink_to(sys.executable)
        self.say(seconds=4)

    def say(self, seconds):
        (self.folder / "report").write_text(
            json.dumps({"samples": seconds * 24000, "sampleRateHertz": 24000})
        )

    def has(self, name, text=""):
        (self.folder / name).write_text(text)

    @property
    def keys(self):
        return (self.folder / "keys").read_text()

    @property
    def calls(self):
        return (self.folder / "calls").read_text().splitlines()

    def asked(self, beginning):
        return [call for call in self.calls if call.startswith(beginning)]

    def run(self, verb, **environment):
        """Run a verb in a project and return how it ended."""
        (self.folder / "calls").write_text("")
        return subprocess.run(
            [self.folder / "infra" / "deploy.sh", verb],
            env={
                "PATH": str(self.path),
                "WORLD": str(self.folder),
                "BIN": str(self.folder / "bin"),
                "PROJECT": "my-project",
                "REGION": "europe-north1",
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def test_a_first_deployment_makes_a_bucket_and_a_key_applies_and_listens(world):
    done = world.run("deploy")
    assert done.returncode == 0, done.stderr
    order = [
        "gcloud services enable",
        "gcloud beta services identity create",
        "gcloud storage buckets create",
    ]
    order += [
        "terraform init",
        "gcloud secrets list",
        "terraform plan",
        "terraform apply",
        "dropcast render",
        "terraform output",
    ]
    firsts = [world.calls.index(world.asked(each)[0]) for each in order]
    assert firsts == sorted(firsts)
    assert re.fullmatch('{"first":"[0-9a-f]{48}"}', world.keys)
    assert world.asked("terraform plan") == [
        "terraform plan -out deployment.tfplan project=my-project region=europe-north1 name=dropcast"
    ]
    assert "It works: two lines became 4 s of sound" in done.stdout
    assert "https://dropcast-api.example" in done.stdout
    assert not (world.folder / "infra" / "deployment.tfplan").exists(), "it holds the keys"


def test_a_second_deployment_keeps_the_bucket_and_the_keys(world):
    assert world.run("deploy").returncode == 0
    keys = world.keys
    assert world.run("deploy").returncode == 0
    assert world.keys == keys
    assert world.asked("gcloud storage buckets create") == []


def test_keys_that_cannot_be_looked_for_are_not_replaced(world):
    world.has("outage")
    done = world.run("deploy")
    assert done.returncode == 1
    assert "The API's keys cannot be read: nothing is planned." in done.stderr
    assert world.asked("terraform plan") == []


def test_a_secret_that_never_got_a_key_gets_one(world):
    world.has("keys")
    assert world.run("plan").returncode == 0
    assert "first" in (world.folder / "infra" / "deployment.tfplan").read_text()


def test_cloud_build_plans_without_gcloud_by_the_keys_that_it_is_given(world):
    (world.path / "gcloud").unlink()
    assert world.run("plan", API_KEYS='{"a":"b"}').returncode == 0
    plan = world.folder / "infra" / "deployment.tfplan"
    assert plan.read_text() == '{"a":"b"}'
    assert plan.stat().st_mode & 0o077 == 0, "it holds the keys"
    assert world.run("apply").returncode == 0
    assert world.asked("terraform apply") == [
        "terraform apply deployment.tfplan project=my-project region=europe-north1 name=dropcast"
    ]


def test_there_must_be_a_plan_to_apply(world):
    done = world.run("apply")
    assert (done.returncode, done.stderr) == (
        1,
        "There is no plan to apply: make plan PROJECT=my-project REGION=europe-north1\n",
    )


def test_what_fails_ends_a_deployment(world):
    world.has("refusal")
    done = world.run("deploy")
    assert done.returncode == 1
    assert world.asked("dropcast") == []


@pytest.mark.parametrize("seconds", [0, 31])
def test_an_episode_of_another_length_is_no_success(world, seconds):
    world.say(seconds)
    done = world.run("deploy")
    assert done.returncode == 1
    assert f"became {seconds} s of sound: that cannot be them" in done.stderr


def test_a_stranger_is_told_to_log_in(world):
    world.has("stranger")
    done = world.run("deploy")
    assert done.returncode == 1
    assert "gcloud auth application-default login" in done.stderr
    assert len(world.calls) == 1


@pytest.mark.parametrize("verb", ["deploy", "destroy"])
@pytest.mark.parametrize("name", ["gcloud", "terraform"])
def test_a_tool_that_is_missing_is_named(world, name, verb):
    (world.path / name).unlink()
    done = world.run(verb)
    assert done.returncode == 1
    assert done.stderr.startswith(f"{name} is not installed: see https://")
    assert world.calls == []


def test_somebody_must_say_which_project(world):
    done = world.run("deploy", PROJECT="")
    assert (done.returncode, done.stderr) == (
        1,
        "Say which project: make deploy PROJECT=my-project REGION=europe-west1\n",
    )


def test_nothing_is_destroyed_while_there_is_an_episode(world):
    world.has("episode")
    done = world.run("destroy")
    assert done.returncode == 1
    assert done.stderr == (
        "gs://my-project-dropcast-episodes is not empty, so nothing was destroyed. Save what you need, then\n"
        "  gcloud storage rm 'gs://my-project-dropcast-episodes/**' --recursive --all-versions\n"
    )
    assert world.asked("terraform destroy") == []


def test_what_is_empty_is_destroyed_and_what_stays_is_told(world):
    done = world.run("destroy")
    assert done.returncode == 0, done.stderr
    assert len(world.asked("terraform destroy -auto-approve")) == 1
    assert "gcloud storage rm gs://my-project-dropcast-state --recursive" in done.stdout
    assert "gcloud storage rm gs://my-project-dropcast-uploads/smoke.* --all-versions" in world.calls


def test_the_keys_are_shown(world):
    world.has("keys", '{"first":"k"}')
    assert world.run("api-keys").stdout == '{"first":"k"}\n'


def test_two_deployments_live_in_one_project(world):
    assert world.run("plan", NAME="second").returncode == 0
    assert "-backend-config=bucket=my-project-second-state" in world.asked("terraform init")[0]
    assert world.asked("terraform plan")[0].endswith("name=second")
