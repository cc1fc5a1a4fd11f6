"""The environment beside run.py: installed when the lock file changed, never twice, never left half made."""

import importlib.util
import re
import shutil
from pathlib import Path

import pytest

from tools import environment
from tools.environment import ROOT, UNFINISHED, install, install_programs
from tools.paths import RunError


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in which pip only notes that it was called, and an environment is an empty folder."""
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(environment, "PYTHON", tmp_path / ".venv" / "python")
    monkeypatch.setattr(environment, "make_environment", lambda: make_empty(tmp_path))
    note = f"echo $0 >> {tmp_path}/pip-calls"
    monkeypatch.setattr(environment, "pip_install", lambda name: ["/bin/sh", "-c", note, name])
    for name in ("requirements.txt", "requirements-dev.txt"):
        (tmp_path / name).write_text("one==1\n")
    return tmp_path


def make_empty(project: Path) -> None:
    shutil.rmtree(project / ".venv", ignore_errors=True)
    (project / ".venv").mkdir()
    (project / ".venv" / "python").touch(mode=0o755)


def pip_calls(project: Path) -> list[str]:
    return (project / "pip-calls").read_text().split()


def test_packages_are_installed_once_and_again_when_the_lock_changes(project: Path) -> None:
    install("requirements.txt")
    install("requirements.txt")
    assert pip_calls(project) == ["requirements.txt"]

    (project / "requirements.txt").write_text("one==2\n")
    install("requirements.txt")
    assert pip_calls(project) == ["requirements.txt"] * 2


def test_the_test_set_holds_the_running_set(project: Path) -> None:
    install("requirements-dev.txt")
    install("requirements.txt")
    assert pip_calls(project) == ["requirements-dev.txt"]


def test_both_lock_files_name_the_same_versions() -> None:
    running, testing = (pins(name) for name in ("requirements.txt", "requirements-dev.txt"))
    assert running
    assert running.items() <= testing.items()


def pins(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)(?:\[.*?\])?==(\S+)", (ROOT / name).read_text(), re.MULTILINE))


def test_every_pinned_package_has_a_hash() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        blocks = re.split(r"\n(?=\S)", (ROOT / name).read_text())
        unguarded = [block for block in blocks if "==" in block.splitlines()[0] and "--hash=sha256:" not in block]
        assert unguarded == []


def test_an_installation_that_was_killed_is_done_again_from_the_start(project: Path) -> None:
    make_empty(project)
    (project / ".venv" / "half-written").touch()
    (project / ".venv.lock").write_text(UNFINISHED)

    install("requirements.txt")

    assert not (project / ".venv" / "half-written").exists()
    assert (project / ".venv.lock").read_text() == ""


def test_packages_that_cannot_be_installed_are_said_and_tried_again(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(environment, "pip_install", lambda _: ["/bin/sh", "-c", "exit 1"])
        with pytest.raises(RunError, match="could not be installed"):
            install("requirements.txt")

    install("requirements.txt")
    assert pip_calls(project) == ["requirements.txt"]


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_missing_venv_module_is_said_before_anything_is_made(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == module else find(name))
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")

    with pytest.raises(RunError, match="apt-get install python3-venv"):
        environment.make_environment()
    assert not (tmp_path / ".venv").exists()


def test_missing_programs_are_named_when_they_cannot_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    present = {"redis-server", "pgbouncer", "java", "npm", "apt-get"}
    monkeypatch.setattr(shutil, "which", lambda name: name if name in present else None)
    monkeypatch.setattr("os.geteuid", lambda: 1000)

    with pytest.raises(RunError, match="the tests need chromium: install with sudo apt-get install chromium"):
        install_programs()
