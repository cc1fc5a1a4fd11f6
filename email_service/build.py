"""Make the deployable zip: `python -m email_service.build` writes email_service/build/email_service.zip.

The code stays in its package folder and what it needs lies beside it, so that
`email_service/handler.handler` imports the same way here, under serverless-offline and in Lambda.
"""

import argparse
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
TARGET = HERE / "build" / "email_service.zip"
ONLY_LOCAL = frozenset({"build.py", "local.py"})
# What serverless.yml asks Lambda for, whatever this machine is.
LAMBDA = ("--python-version", "3.11", "--implementation", "cp", "--platform", "manylinux2014_x86_64")
FIXED_TIME = (2020, 1, 1, 0, 0, 0)  # the same content gives the same zip


def build(target: Path = TARGET, *, with_dependencies: bool = True) -> Path:
    """Write the zip and return its path. Raises CalledProcessError when pip fails."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in _own_files():
            _add(archive, path, name=f"email_service/{path.relative_to(HERE).as_posix()}")
        if with_dependencies:
            _install(Path(folder))
            for path in sorted(Path(folder).rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    _add(archive, path, name=path.relative_to(folder).as_posix())
    return target


def _own_files() -> Iterator[Path]:
    for pattern in ("*.py", "senders/*.py", "templates/*"):
        yield from sorted(path for path in HERE.glob(pattern) if path.name not in ONLY_LOCAL)


def _install(folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--only-binary=:all:"]
    where = ["--target", str(folder), "--requirement", str(HERE / "requirements.txt")]
    subprocess.run([*command, *LAMBDA, *where], check=True)  # noqa: S603 - every word is ours


def _add(archive: zipfile.ZipFile, path: Path, *, name: str) -> None:
    entry = zipfile.ZipInfo(name, date_time=FIXED_TIME)
    entry.external_attr = 0o644 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, path.read_bytes())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m email_service.build", description=__doc__)
    parser.add_argument("--without-dependencies", action="store_true", help="for serverless-offline")
    print(build(with_dependencies=not parser.parse_args().without_dependencies))  # noqa: T201
