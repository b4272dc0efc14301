"""What the documents say is what happens: their commands run, their files and variables exist."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from simulated_costs import cost
from simulated_limits import Deployment

from dropcast.scripts.reading import read_conversation

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def shell_lines():
    lines = [line.partition("#")[0].strip() for block in blocks("sh") for line in block.splitlines()]
    return [line for line in lines if line]


@pytest.mark.parametrize("command", [line for line in shell_lines() if line.startswith("dropcast ")])
def test_every_dropcast_command_of_the_readme_works(command, tmp_path):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "XDG_CACHE_HOME": str(tmp_path)}
    done = subprocess.run(
        command.split(),
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    if " -o " in command:
        assert (tmp_path / "episodes" / "deepseek.mp3").stat().st_size > 100_000


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_verb_that_is_named_exists(document):
    verbs = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = document.read_text(encoding="utf-8")
    named = {*re.findall(r"`make ([a-z-]+)", text), *re.findall(r"^make ([a-z-]+)", text, re.MULTILINE)}
    assert named <= verbs


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_is_named_exists(document):
    text = document.read_text(encoding="utf-8")
    named = re.findall(r"`((?:functions|local|tests|docs|examples|infra)/[\w./-]*)`", text)
    made_by_operators = {"infra/terraform.tfvars"}
    assert [name for name in named if not (ROOT / name).exists() and name not in made_by_operators] == []


@pytest.mark.parametrize("number", range(len(blocks("json"))))
def test_every_script_of_the_readme_is_a_good_one(number):
    script = blocks("json")[number]
    assert json.loads(script)
    assert read_conversation(script.encode()).warnings == ()


def test_every_setting_of_the_code_is_documented_and_no_other():
    package = ROOT / "functions" / "dropcast"
    code = "".join((package / name).read_text() for name in ("wiring.py", "batchapi/settings.py"))
    used = set(re.findall(r'"([A-Z]+(?:_[A-Z]+)+)"', code)) - {"SPEECH_EMULATOR_HOST"}  # for stand-ins only
    used = {name for name in used if not name.startswith("DISABLE_")}
    (table,) = re.findall(r"^\| variable \|.*?\n\n", OPERATIONS, re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", table)) == used


COSTS = {"speech": "speech", "storage operations": "operations", "functions": "functions"}
COSTS |= {"storage of clips": "storage", "messages": "messages", "all": "total"}


@pytest.mark.parametrize("what", COSTS)
def test_what_a_conversation_costs_is_what_the_simulation_says(what):
    (row,) = re.findall(
        rf"^\| {what}\b[^|]* \| ((?:under )?[\d.]+) \| ([\d.]+) \|$", OPERATIONS, re.MULTILINE
    )
    for told, lines in zip(row, (100, 10_000), strict=True):
        dollars = getattr(cost(lines, Deployment()), COSTS[what])
        number = told.removeprefix("under ")
        decimals = len(number.partition(".")[2])
        assert dollars < float(number) if told != number else f"{dollars:.{decimals}f}" == number


# gcloud


def filled_in(text):
    """Give every variable of a shell or of Terraform some value."""
    return re.sub(r"\$(\{[^}]*\}|\w+)", "my-project", text.replace("\\$", "").replace("\\\n", " "))


def gcloud_lines():
    """Every command of gcloud's that people are told to give, or that we give ourselves."""
    lines = set()
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        told = re.findall(r"`(gcloud [a-z]+ [^`]+ [^`]+)`", text)  # with more than its name
        lines |= {*re.findall(r"^gcloud .*", text, re.MULTILINE), *told}
    script = filled_in((ROOT / "infra" / "deploy.sh").read_text())
    groups = "auth|beta|services|storage|secrets"
    lines |= set(re.findall(rf'gcloud (?:{groups}) (?:[^\n>|)"]|"[^"\n]*")+', script))
    outputs = filled_in((ROOT / "infra" / "outputs.tf").read_text())
    lines |= {line.replace('\\"', '"') for line in re.findall(r'"(gcloud (?:[^"\\]|\\.)*)"', outputs)}
    return sorted(line.strip() for line in lines)


def test_gcloud_knows_every_command_and_flag_that_is_named(tmp_path):
    if not shutil.which("gcloud"):
        pytest.skip("gcloud, which checks its own commands, is not installed")
    lines = gcloud_lines()
    assert len(lines) > 20
    file = tmp_path / "commands.json"
    file.write_text(json.dumps([{"command_string": line} for line in lines]))
    command = ["gcloud", "meta", "lint-gcloud-commands", "--commands-file", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    if "Invalid choice: 'lint-gcloud-commands'" in done.stderr:
        pytest.skip("this gcloud has no checker")
    found = json.loads(done.stdout)
    assert len(found) == len(lines)
    assert [(each["command_string"], each["error_message"]) for each in found if not each["success"]] == []
