"""The Nu HTML checker (https://validator.github.io/validator/), the field's judge of HTML, run on this machine."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tools.npm import node_modules

HERE = Path(__file__).parent


def errors_in(folder: Path) -> list[str]:
    """What it finds in the pages of a folder, as "file: what is wrong: where", each kind of fault once a page."""
    jar = node_modules(HERE) / "vnu-jar" / "build" / "dist" / "vnu.jar"
    command = ["java", "-jar", str(jar), "--format", "json", "--exit-zero-always", "--skip-non-html", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stderr)["messages"]
    faults = (item for item in found if item["type"] != "info")
    return sorted(
        {f"{Path(item['url']).stem}: {item['message']}: {item.get('extract', '').strip()[:80]}" for item in faults}
    )
