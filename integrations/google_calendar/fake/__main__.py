"""`python -m integrations.google_calendar.fake --port 3100 --file calendars.json`"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from integrations.google_calendar.fake.server import FakeGoogle


def main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for Google on this machine.")
    parser.add_argument("--port", type=int, default=3100)
    parser.add_argument(
        "--file", type=Path, default=None, help="where to keep calendars; without it they are forgotten"
    )
    options = parser.parse_args()
    if options.file:
        options.file.parent.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    fake = FakeGoogle(port=options.port, path=options.file)
    sys.stderr.write(f"Stand-in for Google: {fake.url}\n")
    try:
        fake.server.serve_forever()
    except (KeyboardInterrupt, SystemExit):
        fake.server.server_close()


if __name__ == "__main__":
    main()
