#!/usr/bin/env python
"""Django's own entry point. `python3 run.py manage …` runs it with the demo's settings."""

import os
import sys
from contextlib import nullcontext

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from audit.context import job

MAKES_TABLES = {"migrate", "prepare", "createcachetable"}


def main() -> None:
    # Secure by default: who names no settings gets production's, which refuse to start without secrets.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hms_project.settings.production")
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    # What a command writes, the audit trail says it wrote; but what makes tables is left as it is.
    try:
        with nullcontext() if command in MAKES_TABLES else job(f"command {command}"):
            execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"HMS: {error}")


if __name__ == "__main__":
    main()
