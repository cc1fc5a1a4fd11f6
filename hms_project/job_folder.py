"""Celery's filesystem transport, safe for several processes at once.

The library's own opens a message's file under its final name and then fills it: a worker that looks in between reads
half of it, and ends (kombu 5.7, `kombu/transport/filesystem.py`). Here a file has its name once it is complete.
"""

from __future__ import annotations

import logging
import os
import time
import uuid
from pathlib import Path
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps

MOST_DEAF = 0.5  # seconds

logger = logging.getLogger(__name__)


class JobFolderChannel(filesystem.Channel):
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:
        """Raises ChannelError."""
        name = f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        folder = Path(self.data_folder_out)
        try:
            _unfinished(folder, dumps(payload)).rename(folder / name)
        except OSError as error:
            raise ChannelError(f"The job folder {folder} can't be written ({error.strerror}).") from error

    def _get(self, queue: str) -> Any:
        """Raises queue.Empty. What can't be read has been taken out of the folder: the next one follows."""
        while True:
            try:
                return super()._get(queue)
            except ValueError:
                logger.warning("A job that can't be read was thrown away.")

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        file = self._exchange_file(exchange)
        if not file.exists():
            file.parent.mkdir(exist_ok=True)
            empty = _unfinished(file.parent, "[]")
            try:
                file.hardlink_to(empty)  # unlike a rename it never takes another process's table away
            except FileExistsError:
                pass  # which is just as good
            finally:
                empty.unlink()
        super()._queue_bind(exchange, routing_key, pattern, queue)


def _unfinished(folder: Path, text: str) -> Path:
    """A complete file under a name that nobody looks for."""
    path = folder / f".{os.getpid()}-{uuid.uuid4()}"
    path.write_text(text)
    return path


class Transport(filesystem.Transport):
    Channel = JobFolderChannel

    def drain_events(self, connection: Any, timeout: float | None = None) -> None:
        """A worker asks for two seconds, in which it does not hear that it is to stop. Raises TimeoutError."""
        super().drain_events(connection, timeout=min(timeout or MOST_DEAF, MOST_DEAF))
