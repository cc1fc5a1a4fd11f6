"""An application that writes down each time it is loaded, and answers with the process that answers."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

with Path(os.environ["LOADED"]).open("a") as _file:
    _file.write(f"{os.getpid()}\n")


def application(environ: dict[str, object], start_response: Callable[..., object]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
