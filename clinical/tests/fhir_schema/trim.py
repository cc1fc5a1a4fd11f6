"""Cut the published FHIR R4 schema down to what the bundle of a history can reach: see SOURCE.md."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

RESOURCES = ("Bundle", "Condition", "Encounter", "MedicationRequest", "Patient")


def trimmed(schema: dict[str, Any]) -> dict[str, Any]:
    """Only these resources and what they are made of, without the descriptions."""
    known = schema["definitions"]
    known["ResourceList"] = {"oneOf": [{"$ref": f"#/definitions/{name}"} for name in RESOURCES]}
    reached: set[str] = set()
    waiting = {"ResourceList"}
    while waiting:
        reached |= waiting
        waiting = {name for here in waiting for name in _references(known[here])} - reached
    return {
        "$schema": schema["$schema"],
        "id": schema["id"],
        "$ref": "#/definitions/ResourceList",
        "definitions": {name: _plain(known[name]) for name in sorted(reached)},
    }


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"].removeprefix("#/definitions/")
        part = list(part.values())
    if isinstance(part, list):
        for item in part:
            yield from _references(item)


def _plain(part: Any) -> Any:
    if isinstance(part, dict):
        is_words = isinstance(part.get("description"), str)
        return {name: _plain(value) for name, value in part.items() if not (is_words and name == "description")}
    return [_plain(item) for item in part] if isinstance(part, list) else part


if __name__ == "__main__":
    whole = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    sys.stdout.write(json.dumps(trimmed(whole), separators=(",", ":"), sort_keys=True) + "\n")
