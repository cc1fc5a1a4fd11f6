#!/usr/bin/env python
"""Django's own entry point. `python3 run.py manage …` runs it with the demo's settings."""

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    # Secure by default: who names no settings gets production's, which refuse to start without secrets.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hms_project.settings.production")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
