"""An SMTP server that delivers to a folder: `python -m integrations.local_inbox.sink --port 2525 --folder inbox`.

Listens on this machine only. Needs no Django.
"""

from __future__ import annotations

import argparse
import signal
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox


def start(*, folder: Path, port: int) -> Controller:
    """Take mail on 127.0.0.1:`port` and keep it in `folder` (a Maildir), until `.stop()`."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    controller = Controller(Mailbox(folder), hostname="127.0.0.1", port=port, enable_SMTPUTF8=True)
    controller.start()
    return controller


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    stop = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, stop)  # before the server's thread starts, so that it inherits the mask
    controller = start(folder=options.folder, port=options.port)
    signal.sigwait(stop)
    controller.stop()


if __name__ == "__main__":
    main()
