"""`python -m tools.parent_watch COMMAND ...`: a command that ends when the process which asked for it has ended.

For systems without Linux's parent-death signal.
"""

import os
import signal
import subprocess
import sys
import time


def main() -> int:
    parent = os.getppid()
    child = subprocess.Popen(sys.argv[1:], close_fds=False)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    while child.poll() is None:
        if os.getppid() != parent:
            child.terminate()
        time.sleep(0.2)
    return child.returncode


if __name__ == "__main__":
    sys.exit(main())
