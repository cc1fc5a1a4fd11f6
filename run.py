#!/usr/bin/env python3
"""HMS by one command, on Linux and macOS, with nothing but Python 3.11 or newer.

python3 run.py               start everything here, with sample people
python3 run.py test [...]    every test; what follows goes to pytest
python3 run.py test fast     for daily work: no browsers, crowds, storms, whole copies, walks, nor the longest
python3 run.py lint          format, style, types, templates, style sheets, scripts, migrations
python3 run.py bench [...]   the measurements
python3 run.py shell         a Python shell with the models
python3 run.py manage ...    any command of manage.py, with the demo's settings
python3 run.py backup [...]  back the database up, while it runs (docs/backup.md)
python3 run.py restore ...   restore a backup; the site must not run
python3 run.py stop          stop the copy that runs here
python3 run.py lock          pin requirements*.in again

HMS_HOME (data folder, default var), PORT (8000) and EMAIL_PORT (3000) let several copies run side by side;
the stand-in for Google takes any free port, unless GOOGLE_PORT says which.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this file must stay readable for a Python that is too old
    sys.exit("HMS needs Python 3.11 or newer, and this is Python %d.%d." % sys.version_info[:2])  # noqa: UP031

import os
import subprocess
from pathlib import Path

from tools.environment import PYTHON, VENV, install, install_programs
from tools.npm import node_modules
from tools.paths import Place, RunError

ROOT = Path(__file__).resolve().parent
TEST_VERBS = {"test", "lint"}


def main() -> None:
    verb, *arguments = sys.argv[1:] or ["start"]
    if verb not in VERBS:
        print(__doc__)
        sys.exit(0 if verb in {"help", "-h", "--help"} else 2)
    set_variables("test" if verb in TEST_VERBS else "demo")
    os.chdir(ROOT)
    try:
        VERBS[verb](*arguments)
    except RunError as error:
        sys.exit(f"HMS: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def set_variables(settings: str) -> None:
    """What every process started from here inherits."""
    home = ROOT / "var" / "test" if settings == "test" else ROOT / "var"
    os.environ["HMS_HOME"] = str(Path(os.environ.get("HMS_HOME") or home).resolve())
    os.environ["DJANGO_SETTINGS_MODULE"] = f"hms_project.settings.{settings}"
    os.environ.setdefault("PORT", "8000")
    os.environ.setdefault("EMAIL_PORT", "3000")
    # Else the C library of Linux keeps a heap for each thread, and none of them gives back what it no longer needs.
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")
    # Images often set it. Here every process would then compile every module anew, a second or two each time.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def start() -> None:
    place = Place.from_environment()
    place.claim()  # said before the long installation, and claimed again behind it
    place.leave()
    install("requirements.txt")
    become("-m", "tools.demo")


def test(*arguments: str) -> None:
    install("requirements-dev.txt")
    if arguments[:1] == ("fast",):
        become("-m", "pytest", "-n", "auto", "-p", "tools.fast_lane", *arguments[1:])
    install_programs()
    become("-m", "pytest", "-n", "auto", *arguments)


def lint() -> None:
    install("requirements-dev.txt")
    install_programs("npm")
    checks: dict[str, list[str | Path]] = {
        "ruff check": [VENV / "bin" / "ruff", "check", "."],
        "ruff format": [VENV / "bin" / "ruff", "format", "--check", "."],
        "djlint": [VENV / "bin" / "djlint", "--lint", "--quiet", "."],
        "biome": [node_modules(ROOT / "tools" / "biome") / ".bin" / "biome", "check", "--error-on-warnings", "static"],
        "mypy": [VENV / "bin" / "mypy"],
        "migrations": [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"],
    }
    failed = []
    for name, command in checks.items():
        print(f"--- {name}", flush=True)
        if subprocess.run(command, check=False).returncode:
            failed.append(name)
    if failed:
        raise RunError(f"not in order: {', '.join(failed)}.")


def bench(*arguments: str) -> None:
    install("requirements-dev.txt")
    become("-m", "bench", *arguments)


def shell(*arguments: str) -> None:
    manage("shell", *arguments)


def manage(*arguments: str) -> None:
    install("requirements.txt")
    become("manage.py", *arguments)


def backup(*arguments: str) -> None:
    manage("backup", *arguments)


def restore(*arguments: str) -> None:
    install("requirements.txt")
    if not any(argument.startswith("--into") for argument in arguments):
        Place.from_environment().keep_others_out()
    manage("restore", *arguments)


def stop() -> None:
    Place.from_environment().stop_holder()
    if os.access(PYTHON, os.X_OK):
        become("-m", "tools.demo", "stop")


def lock() -> None:
    """Write both lock files; the second follows the first, so that one environment can hold both."""
    install("requirements-dev.txt")
    compile_: list[str | Path] = [PYTHON, "-m", "uv", "pip", "compile", "--quiet", "--generate-hashes", "--universal"]
    compile_ += ["--python-version", "3.11", "--no-header", "--no-emit-index-url"]
    for source, *constraint in (["requirements.in"], ["requirements-dev.in", "-c", "requirements.txt"]):
        target = Path(source).with_suffix(".txt")
        subprocess.run([*compile_, source, *constraint, "-o", target], check=True)


def become(*arguments: str) -> None:
    """Go on as the environment's Python, in this same process: signals and the exit code stay simple."""
    os.execv(PYTHON, [str(PYTHON), *arguments])  # noqa: S606 - without a shell, as meant


VERBS = {
    "start": start,
    "test": test,
    "lint": lint,
    "bench": bench,
    "shell": shell,
    "manage": manage,
    "backup": backup,
    "restore": restore,
    "stop": stop,
    "lock": lock,
}

if __name__ == "__main__":
    main()
