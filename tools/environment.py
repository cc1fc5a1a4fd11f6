"""The virtual environment beside run.py, and the programs that tests need. Standard library only."""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.paths import RunError

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UNFINISHED = "unfinished"
CONTAINS = {"requirements-dev.txt": ("requirements-dev.txt", "requirements.txt")}  # a test compares their versions

# Programs the tests start, by Debian's package; one of the names must be there.
PROGRAMS = {
    "chromium": (
        "chromium-headless-shell",  # the same without windows: a quarter of the time for each new visitor
        "chromium",
        "chromium-browser",
        "google-chrome",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ),
    "redis-server": ("redis-server",),
    "pgbouncer": ("pgbouncer", "/usr/sbin/pgbouncer"),
    "default-jre-headless": ("java",),  # runs the HTML checker
    "npm": ("npm",),  # brings it, the linter of style sheets and scripts, and the tools of the e-mail function
}


def install(lock_name: str) -> None:
    """Make the environment hold what the lock file says. Does nothing when it already does. Raises RunError."""
    if is_installed(lock_name):
        return
    try:
        with one_at_a_time() as unfinished:
            if is_installed(lock_name):
                return
            if unfinished or not os.access(PYTHON, os.X_OK):
                make_environment()
            say(f"Installing the packages of {lock_name} ...")
            subprocess.run(pip_install(lock_name), check=True, stdin=subprocess.DEVNULL)
            for name in CONTAINS.get(lock_name, (lock_name,)):
                stamp(name).write_text(digest(name))
    except subprocess.CalledProcessError as error:
        raise RunError("the packages could not be installed; the reason is above.") from error
    except OSError as error:
        raise RunError(f"{VENV} can't be used or written ({error.strerror}): work in a copy of your own.") from error


def is_installed(lock_name: str) -> bool:
    """Whether the environment was made from exactly this lock file."""
    if not os.access(PYTHON, os.X_OK) or not os.access(stamp(lock_name), os.R_OK):
        return False
    return stamp(lock_name).read_text() == digest(lock_name)


def stamp(lock_name: str) -> Path:
    """Where the digest of the installed lock file is kept."""
    return VENV / f"{lock_name}.sha256"


def digest(lock_name: str) -> str:
    return hashlib.sha256((ROOT / lock_name).read_bytes()).hexdigest()


def pip_install(lock_name: str) -> list[str]:
    # The lock file is complete, so nothing is resolved again; modules are compiled when first used.
    options = ["--require-hashes", "--no-deps", "--no-compile", "--no-input", "--disable-pip-version-check", "-qq"]
    return [str(PYTHON), "-m", "pip", "install", *options, "--requirement", lock_name]


def make_environment() -> None:
    """A new, empty environment in place of what may be there. Raises RunError."""
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise RunError("Python's venv module is missing: install it, on Debian with `apt-get install python3-venv`.")
    say("Making the Python environment in .venv ...")
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)


@contextmanager
def one_at_a_time() -> Iterator[bool]:
    """Keep other copies waiting. Yields whether the last one to be here was killed before it had finished."""
    with (ROOT / ".venv.lock").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        unfinished = file.read() == UNFINISHED
        file.truncate(0)
        file.write(UNFINISHED)
        file.flush()
        try:
            yield unfinished
        finally:
            file.truncate(0)


def install_programs(*packages: str) -> None:
    """Make sure that these programs, or all that the tests start, are there. Raises RunError with what to install."""
    missing = [package for package in packages or PROGRAMS if not any(map(shutil.which, PROGRAMS[package]))]
    if not missing:
        return
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        advice = f"sudo apt-get install {' '.join(missing)}" if shutil.which("apt-get") else "your package manager"
        raise RunError(f"the tests need {' and '.join(missing)}: install with {advice}.")
    say(f"Installing {' and '.join(missing)} ...")
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in ([*apt, "update"], [*apt, "install", "-y", "--no-install-recommends", *missing]):
        if subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False).returncode:
            raise RunError(f"apt-get could not install {' and '.join(missing)}; the reason is above.")


def say(text: str) -> None:
    """To the person at the keyboard, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
