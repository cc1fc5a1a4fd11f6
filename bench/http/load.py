"""A crowd of clients in a process of its own, so that what it uses is not taken for the server's.

Each lane is one client on one kept connection: it sends its requests in turn, each when the last was answered. All are
connected before the first one sends. `crowd` runs a job; the process it starts is this module.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

HEAD = (
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
    "Accept-Language: en-GB,en;q=0.5\r\nAccept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\n"
)
PATIENCE = 120.0  # seconds for one answer
NO_ANSWER = 0


def request(host: str, path: str, *, cookies: str = "", form: str | None = None) -> str:
    """As a browser sends it; a `form`, already encoded, is posted from the same page."""
    lines = f"{'GET' if form is None else 'POST'} {path} HTTP/1.1\r\nHost: {host}\r\n{HEAD}"
    lines += f"Cookie: {cookies}\r\n" if cookies else ""
    if form is None:
        return f"{lines}\r\n"
    lines += f"Origin: http://{host}\r\nReferer: http://{host}{path}\r\n"
    return f"{lines}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n\r\n{form}"


@dataclass(frozen=True, kw_only=True)
class Lane:
    """One client. `repeats`: begins again at the end. `follows`: goes on until the lanes that don't are done."""

    requests: list[str]
    name: str = ""
    repeats: bool = False
    follows: bool = False
    pause: float = 0.0  # seconds between an answer and the next request


@dataclass(frozen=True, kw_only=True)
class Job:
    """What a crowd does at one address; `seconds` after the start nobody sends another request."""

    port: int
    lanes: Sequence[Lane]
    seconds: float = PATIENCE


@dataclass(frozen=True)
class TimedAnswer:
    """`began` and `seconds` count from the moment all began; status 0: none came, or half of one."""

    lane: str
    began: float
    seconds: float
    status: int
    location: str

    @property
    def ended(self) -> float:
        return self.began + self.seconds


@dataclass(frozen=True)
class Crowd:
    """What came of a job: all answers, in which time, and the processor time of the crowd itself."""

    answers: list[TimedAnswer]
    seconds: float
    cpu: float

    def of(self, lane: str) -> list[TimedAnswer]:
        return [answer for answer in self.answers if answer.lane == lane]


def crowd(job: Job) -> Crowd:
    """Let a crowd loose on the server, and wait for it. Raises CalledProcessError."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.http.load"],
        input=json.dumps(asdict(job)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    said: dict[str, Any] = json.loads(done.stdout)
    return Crowd([TimedAnswer(*one) for one in said["answers"]], said["seconds"], said["cpu"])


# The process itself


class Client:
    """One kept connection, opened again when the server has closed it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def connect(self) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)

    async def ask(self, sent: bytes) -> tuple[int, str]:
        """Status and Location. Where the connection has been closed a page is asked for again, nothing posted twice."""
        kept = self.reader is not None
        try:
            return await asyncio.wait_for(self._ask(sent), PATIENCE)
        except (OSError, EOFError, ValueError):  # too late is an OSError as well
            self.close()
            if kept and sent.startswith(b"GET"):
                return await self.ask(sent)
            return NO_ANSWER, ""

    async def _ask(self, sent: bytes) -> tuple[int, str]:
        if self.reader is None:
            await self.connect()
        assert self.reader is not None
        assert self.writer is not None
        self.writer.write(sent)
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        await self._read_body(headers)
        if headers.get("connection") == "close":
            self.close()
        return int(head[0].split()[1]), headers.get("location", "")

    async def _read_body(self, headers: dict[str, str]) -> None:
        assert self.reader is not None
        if headers.get("transfer-encoding") == "chunked":
            while size := int(await self.reader.readline(), 16):
                await self.reader.readexactly(size + 2)
            await self.reader.readline()
        else:
            await self.reader.readexactly(int(headers.get("content-length", 0)))

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


async def go_along(lane: dict[str, Any], client: Client, until: float, done: asyncio.Event, begin: float) -> list[Any]:
    answers: list[Any] = []
    sent = [one.encode() for one in lane["requests"]]
    place = 0
    while sent and (place < len(sent) or lane["repeats"]):
        now = time.perf_counter()
        if now >= until or (lane["follows"] and done.is_set()):
            break
        status, location = await client.ask(sent[place % len(sent)])
        answers.append((lane["name"], now - begin, time.perf_counter() - now, status, location))
        place += 1
        if lane["pause"]:
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(done.wait()), lane["pause"])
    client.close()
    return answers


async def run(job: dict[str, Any]) -> dict[str, Any]:
    lanes = job["lanes"]
    clients = [Client(job["port"]) for _ in lanes]
    for client in clients:
        await client.connect()
    done = asyncio.Event()
    used, begin = time.process_time(), time.perf_counter()
    tasks = [
        asyncio.create_task(go_along(lane, client, begin + job["seconds"], done, begin))
        for lane, client in zip(lanes, clients, strict=True)
    ]
    leading = [task for task, lane in zip(tasks, lanes, strict=True) if not lane["follows"]]
    await asyncio.gather(*leading)
    ended = time.perf_counter()
    done.set()
    answers = [answer for found in await asyncio.gather(*tasks) for answer in found]
    return {"answers": answers, "seconds": ended - begin, "cpu": time.process_time() - used}


if __name__ == "__main__":
    json.dump(asyncio.run(run(json.load(sys.stdin))), sys.stdout)
