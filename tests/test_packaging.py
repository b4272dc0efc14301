"""What deployment asks of functions/, checked with the framework's own loader and the locked packages."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
FUNCTIONS = ROOT / "functions"
DEPLOYED = ROOT / ".venv-deployed" / "bin" / "python"
STAGES = ["dispatch", "synthesize", "finalize", "bury"]
ENTRY_POINTS = [*STAGES, "api", "sweep"]
KINDS = (
    *("plans", "outcomes", "clips", "takes", "sound", "gathered", "layouts", "recipes", "encoded"),
    *("parts", "joins", "drafts", "results", "reports"),
    *("batches", "bundles", "inputs", "operations", "withdrawn"),
)
NOWHERE = {"PATH": os.environ["PATH"]}  # an environment that says nothing of buckets, topics or credentials


def python(*arguments, program=sys.executable, environment=NOWHERE):
    command = [program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=FUNCTIONS, env=environment, timeout=60)


@pytest.mark.parametrize("target", ENTRY_POINTS)
def test_every_entry_point_loads_with_the_locked_packages_alone(target):
    if not DEPLOYED.exists():
        pytest.skip("make test builds .venv-deployed from functions/requirements.txt first")
    load = f"from functions_framework import create_app; app = create_app({target!r}, 'main.py')"
    deliver = "print(app.test_client().post('/', data=b'nonsense').status_code)" if target in STAGES else ""
    done = python("-W", "error", "-c", f"{load}; {deliver}", program=DEPLOYED)
    assert done.returncode == 0, done.stderr
    if target in STAGES:
        assert done.stdout.splitlines()[-1] == "204", "what can never be read is acknowledged"


def test_importing_main_makes_no_client_and_reads_no_environment():
    check = (
        "import os, sys\n"
        "class Watched(dict):\n"
        "    def __getitem__(self, key): self.note(key); return dict.__getitem__(self, key)\n"
        "    def get(self, key, default=None): self.note(key); return dict.get(self, key, default)\n"
        "    def note(self, key):\n"  # libraries read settings of their own
        "        reader = sys._getframe(2).f_globals['__name__']\n"
        "        if reader.split('.')[0] in ('main', 'dropcast'): print('READ', key, 'in', reader)\n"
        "os.environ = Watched(os.environ)\n"
        "import main\n"
        "print(*sorted(name for name in sys.modules if name.startswith('google.cloud')), sep='\\n')\n"
    )
    done = python("-c", check)
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stdout.splitlines() if line.startswith("READ")] == []
    clients = ("google.cloud.storage", "google.cloud.pubsub", "google.cloud.texttospeech")
    assert [line for line in done.stdout.splitlines() if line.startswith(clients)] == []


def test_the_lock_holds_what_pyproject_asks_for_and_no_address():
    text = (FUNCTIONS / "requirements.txt").read_text()
    locked: dict[str, list[str]] = {}
    for line in text.splitlines():
        found = Requirement(line)
        locked.setdefault(found.name, []).extend(spec.version for spec in found.specifier)
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    for requirement in map(Requirement, asked):
        versions = locked.get(requirement.name, [])
        assert versions, f"{requirement.name} is not locked: run make lock"
        assert all(version in requirement.specifier for version in versions), requirement
    assert "://" not in text


def test_nothing_installed_shadows_our_package():
    # The framework appends functions/ to sys.path, so an installed namesake would win.
    import dropcast

    assert Path(dropcast.__file__).is_relative_to(FUNCTIONS)


def test_one_name_per_stage_everywhere():
    for stage in [*STAGES, "sweep"]:
        assert (FUNCTIONS / "dropcast" / "stages" / f"{stage}.py").exists()
        assert f"def {stage}(" in (FUNCTIONS / "main.py").read_text()


@pytest.mark.parametrize(
    ("what", "only_in"),
    [
        (r"\bbase64\b", {"events.py"}),
        (r"os\.environ|getenv", {"wiring.py"}),
        (rf"\"({'|'.join(KINDS)})/", {"jobs/names.py"}),
        (r"upload_from_string|\.rewrite\(|\.compose\(|\.blob\(", {"gateways/gcs.py"}),
        (r"if_generation_match", {"gateways/gcs.py"}),
    ],
)
def test_each_outside_shape_is_known_in_one_file(what, only_in):
    package = FUNCTIONS / "dropcast"
    found = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if re.search(what, path.read_text(encoding="utf-8"))
    }
    assert found == only_in


def test_only_code_that_is_deployed_lies_in_functions():
    files = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "functions"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    ).stdout.split()
    assert all(name.endswith((".py", "requirements.txt")) for name in files)
