"""Tools from npm: installed once into the user's cache folder under their lock's hash, and found there ever after."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tools.paths import RunError

TOOL_FILES = ("package.json", "package-lock.json", ".npmrc")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hms-tools"


def node_modules(folder: Path) -> Path:
    """What the lock file of `folder` names, installed. A half-made folder never gets this name. Raises RunError."""
    files = [folder / name for name in TOOL_FILES]
    finished = CACHE / hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]
    if not finished.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(dir=CACHE))
        for path in files:
            shutil.copy(path, making)
        try:
            subprocess.run(["npm", "ci", "--prefer-offline"], cwd=making, check=True, timeout=900)
        except subprocess.CalledProcessError as error:
            shutil.rmtree(making)
            raise RunError(f"npm could not install the tools of {folder}; the reason is above.") from error
        try:
            making.rename(finished)
        except OSError:  # another process was faster
            shutil.rmtree(making)
    return finished / "node_modules"
