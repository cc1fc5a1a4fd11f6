"""The folders that carry wake-ups when no broker is named: many writers and readers, and nobody falls over."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection, Queue
from kombu.transport import filesystem

from hms_project import env, job_folder

JOBS, WRITERS, READERS = 2_000, 4, 4


@pytest.fixture
def connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    monkeypatch.setenv("HMS_HOME", str(tmp_path))
    with Connection("filesystem://", transport_options=env.broker_options("filesystem://")) as opened:
        yield opened


def rush(connection: Connection) -> list[int]:
    """Everybody writes and reads at once; the jobs that arrived. Raises what any of them met."""

    def write(first: int) -> list[int]:
        channel = connection.channel()
        for number in range(first, JOBS, WRITERS):
            channel._put("celery", {"number": number})
        return []

    def read() -> list[int]:
        channel, got = connection.channel(), []
        while any(not writer.done() for writer in writers) or any(folder_of(connection).glob("*.msg")):
            try:
                got.append(channel._get("celery")["number"])
            except Empty:
                continue
        return got

    with ThreadPoolExecutor(WRITERS + READERS) as pool:
        writers = [pool.submit(write, first) for first in range(WRITERS)]
        readers = [pool.submit(read) for _ in range(READERS)]
        return [number for task in (*writers, *readers) for number in task.result()]


def folder_of(connection: Connection) -> Path:
    return Path(connection.transport_options["data_folder_in"])


def test_every_job_is_read_once_and_whole(connection: Connection) -> None:
    assert sorted(rush(connection)) == list(range(JOBS))


def test_the_librarys_own_transport_reads_unfinished_jobs(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control, and the day it fails ours can go: a reader that looks at just that moment meets an empty file."""
    for name in ("_put", "_get"):
        monkeypatch.setattr(job_folder.JobFolderChannel, name, getattr(filesystem.Channel, name))
    reader, lock = connection.channel(), filesystem.lock

    def somebody_looks(*args: object) -> None:
        monkeypatch.setattr(filesystem, "lock", lock)
        reader._get("celery")

    monkeypatch.setattr(filesystem, "lock", somebody_looks)
    with pytest.raises(ValueError, match="Expecting value"):
        connection.channel()._put("celery", {"number": 1})


def test_a_worker_that_waits_for_jobs_soon_hears_that_it_is_to_stop(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("kombu.transport.virtual.base.sleep", slept.append)
    monkeypatch.setattr("kombu.transport.virtual.base.monotonic", lambda: sum(slept))
    with connection.Consumer([Queue("celery")], callbacks=[print]), pytest.raises(TimeoutError):
        connection.drain_events(timeout=2.0)

    assert sum(slept) < 1


def test_a_job_that_cannot_be_read_is_passed_over(connection: Connection) -> None:
    (folder_of(connection) / "0_broken.celery.msg").write_text('{"numb')
    channel = connection.channel()
    channel._put("celery", {"number": 1})
    assert channel._get("celery") == {"number": 1}
    with pytest.raises(Empty):
        channel._get("celery")


def test_two_who_bind_a_new_exchange_at_once_are_both_in_its_table(connection: Connection) -> None:
    for number in range(200):
        with ThreadPoolExecutor(2) as pool:
            binds = [
                pool.submit(connection.channel()._queue_bind, f"exchange{number}", "key", "", queue)
                for queue in ("one", "other")
            ]
            for bind in binds:
                bind.result()
        assert {entry.queue for entry in connection.channel().get_table(f"exchange{number}")} == {"one", "other"}
