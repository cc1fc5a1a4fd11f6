"""An entry of the trail, with all that is known of who is at work, from where and on which page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models

from audit import context
from audit.choices import Kind
from audit.models import Entry
from audit.triggers import key_of, label_of
from core.web.logs import request_id

Detail = str | int | bool | None


def entry_of(
    kind: Kind, *, details: Mapping[str, Detail], actor: Any = None, target: models.Model | None = None
) -> Entry:
    """Not saved yet."""
    said = context.current_context() | context.actor_facts(actor)
    return Entry(
        pgh_label=kind,
        pgh_context_id=context.said_id(),
        model=label_of(target.__class__) if target is not None else "",
        object_id=str(target.pk) if target is not None else "",
        about=[key_of(target)] if target is not None else [],
        details=dict(details),
        actor_id=said.get("actor"),
        actor_role=said.get("role", ""),
        address=said.get("address"),
        request_id=said.get("request") or _request_id(),
        place=said.get("place", ""),
        reason=said.get("reason", ""),
    )


def _request_id() -> str:
    """The log's id for this request; "-" there stands for none."""
    return request_id.get().strip("-")
