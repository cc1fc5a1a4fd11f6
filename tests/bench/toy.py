"""A web server whose answers are known beforehand, and which counts what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Toy(ThreadingHTTPServer):
    """/here/ answers 302 to /bookings/1/, /gone/ 409 and closes, /parts/ 200 in chunks; of each connection the asks."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self) -> None:
        self.asked: dict[tuple[str, int], list[str]] = {}
        self.lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Answers)


class _Answers(BaseHTTPRequestHandler):
    server: Toy
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_GET(self) -> None:
        with self.server.lock:
            self.server.asked.setdefault(self.client_address, []).append(self.path)
        if self.path == "/parts/":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n")
            return
        self.send_response(302 if self.path == "/here/" else 409)
        if self.path == "/here/":
            self.send_header("Location", "/bookings/1/")
        else:
            self.send_header("Connection", "close")
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"abc")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_words: object) -> None:
        """Nothing."""


@contextmanager
def toy_server() -> Iterator[Toy]:
    with Toy() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
