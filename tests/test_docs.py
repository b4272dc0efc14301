"""What the documents say is what happens: their commands run, their files and variables exist."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dropcast.scripts.reading import read_conversation

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
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
    verbs = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)`", document.read_text(encoding="utf-8")))
    named |= {line.split()[1] for line in shell_lines() if line.startswith("make ")}
    assert named <= verbs


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_is_named_exists(document):
    text = document.read_text(encoding="utf-8")
    named = re.findall(r"`((?:functions|local|tests|docs|examples)/[\w./-]*)`", text)
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("number", range(len(blocks("json"))))
def test_every_script_of_the_readme_is_a_good_one(number):
    script = blocks("json")[number]
    assert json.loads(script)
    assert read_conversation(script.encode()).warnings == ()


def test_every_setting_of_the_code_is_documented_and_no_other():
    wiring = (ROOT / "functions/dropcast/wiring.py").read_text()
    used = set(re.findall(r'"([A-Z]+_[A-Z_]+)"', wiring)) - {"SPEECH_EMULATOR_HOST"}  # for stand-ins only
    used = {name for name in used if not name.startswith("DISABLE_")}
    table = (ROOT / "docs/operations.md").read_text().partition("## What is broken")[0]
    assert set(re.findall(r"`([A-Z]+_[A-Z]+)`", table)) == used
