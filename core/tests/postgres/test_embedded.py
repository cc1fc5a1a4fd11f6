"""The embedded server, for real: every test starts servers of its own in a folder of its own."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import psycopg2
import pytest

from core.postgres import account, embedded
from core.postgres.embedded import EmbeddedPostgres, EmbeddedPostgresError, bin_dir
from core.tests.postgres.user import connect, server_pid

ROOT = Path(__file__).resolve().parents[3]
NOBODY = 65534
AS_ROOT = os.geteuid() == 0
User = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def home() -> Iterator[Path]:
    """A short path, so that the socket fits into the data folder; no server outlives the test."""
    home = Path(tempfile.mkdtemp(prefix="hms-test-")).resolve()
    home.chmod(0o755)
    yield home
    for folder in home.rglob("data/PG_VERSION"):
        EmbeddedPostgres(folder.parent.parent).stop()
    shutil.rmtree(home)


@pytest.fixture(scope="module")
def new_cluster() -> Iterator[Path]:
    """The files of a server that was started once: copying them is quicker than making them."""
    folder = Path(tempfile.mkdtemp(prefix="hms-test-")).resolve()
    server = EmbeddedPostgres(folder).start()
    server.ensure_database("hms")
    server.release()
    yield folder / "data"
    shutil.rmtree(folder)


@pytest.fixture
def server(home: Path, new_cluster: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(home / "postgres")
    shutil.copytree(new_cluster, server.folder / "data")
    yield server
    server.release()


@pytest.fixture
def user() -> Iterator[User]:
    """Starts `postgres_user` in a process of its own."""
    processes = []

    def start(server: EmbeddedPostgres, scenario: str, *programs: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "core.tests.postgres.user", str(server.folder), scenario, *programs]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        processes.append(subprocess.Popen(command, cwd=ROOT, **pipes))
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def leave(process: subprocess.Popen[str]) -> None:
    process.communicate(timeout=30)
    assert process.returncode == 0


def ask(server: EmbeddedPostgres, question: str) -> str:
    connection = connect(server)
    try:
        with connection.cursor() as cursor:
            cursor.execute(question)
            return str(cursor.fetchone()[0])
    finally:
        connection.close()


def test_rows_outlive_the_server(server: EmbeddedPostgres) -> None:
    server.start().ensure_database("hms")
    connect(server).cursor().execute("CREATE TABLE note AS SELECT 'kept' AS text")
    server.release()
    assert not server.running

    assert ask(server.start(), "SELECT text FROM note") == "kept"


def test_text_is_unicode_and_times_are_utc_whatever_the_machine_prefers(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LANG"):
        monkeypatch.setenv(name, "POSIX")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    server = EmbeddedPostgres(home / "postgres")
    server.start().ensure_database("hms")

    assert ask(server, "SHOW server_encoding") == "UTF8"
    assert ask(server, "SELECT upper('álvarez')") == "ÁLVAREZ"
    assert ask(server, "SHOW timezone") == "UTC"
    server.release()


def test_attaching_to_a_running_server_is_cheap(server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> None:
    server.start().ensure_database("hms")
    programs: list[str] = []
    monkeypatch.setattr(EmbeddedPostgres, "_run", lambda _, program, *__, **___: programs.append(program))

    other = EmbeddedPostgres(server.folder).start()
    other.ensure_database("hms")
    other.release()

    assert programs == []  # no process is started for it
    monkeypatch.undo()
    assert server.running


def test_four_processes_race_to_start_and_the_last_one_out_stops_the_server(
    server: EmbeddedPostgres, user: User
) -> None:
    users = [user(server, "hold") for _ in range(4)]
    births = [process.stdout.readline() for process in users]
    assert births[0].strip()
    assert len(set(births)) == 1, "they got different servers"

    for process in users[:3]:
        leave(process)
    assert server.running

    leave(users[3])
    assert not server.running


def test_kill_9_of_the_server_loses_no_acknowledged_row_even_while_its_zombie_remains(
    server: EmbeddedPostgres, user: User
) -> None:
    output, _ = user(server, "kill_server_while_inserting").communicate(timeout=60)

    acknowledged, lost = map(int, output.split())
    assert acknowledged >= 200
    assert lost == 0


def test_kill_9_of_the_application_leaves_a_server_the_next_one_takes_over(
    server: EmbeddedPostgres, user: User
) -> None:
    killed = user(server, "hold")
    birth = killed.stdout.readline().strip()
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert server.running

    assert ask(server.start(), "SELECT pg_postmaster_start_time()::text") == birth
    server.release()
    assert not server.running


def test_a_pid_file_that_names_a_stranger_does_not_stop_the_start(server: EmbeddedPostgres) -> None:
    """As after a restart of the machine, when another process has the number."""
    server.start().ensure_database("hms")
    pid_file = server.folder / "data" / "postmaster.pid"
    pid = server_pid(server)
    lines = pid_file.read_text().splitlines()
    os.kill(pid, signal.SIGKILL)
    with subprocess.Popen(["sleep", "60"]) as stranger:
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        assert server.start().running
        assert stranger.poll() is None
        stranger.kill()


def test_a_server_whose_socket_was_deleted_is_replaced(server: EmbeddedPostgres) -> None:
    server.start().ensure_database("hms")
    before = server_pid(server)
    shutil.rmtree(server.host)
    assert not server.running

    server.start()

    assert server.running
    assert server_pid(server) != before


def test_a_creation_that_was_killed_halfway_is_begun_again(home: Path) -> None:
    half = home / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    server = EmbeddedPostgres(home / "postgres").start()

    assert server.running
    assert not half.exists()
    server.release()


def test_a_forked_child_that_ends_does_not_stop_the_server(server: EmbeddedPostgres, user: User) -> None:
    output, _ = user(server, "fork_and_exit").communicate(timeout=30)
    assert output.split() == ["True"]


def test_a_forked_child_that_lives_on_does_not_lock_others_out(server: EmbeddedPostgres, user: User) -> None:
    output, _ = user(server, "release_before_forked_child_ends").communicate(timeout=30)
    assert output.split() == ["False", "True"]


def test_two_folders_are_two_servers(home: Path) -> None:
    first, second = EmbeddedPostgres(home / "a").start(), EmbeddedPostgres(home / "b").start()
    first.release()

    assert (first.running, second.running) == (False, True)
    second.release()


def test_stop_stops_a_server_that_others_use_and_start_brings_it_back(server: EmbeddedPostgres) -> None:
    server.start().ensure_database("hms")
    EmbeddedPostgres(server.folder).stop()
    assert not server.running

    assert server.start().running


def test_the_socket_lies_in_a_folder_of_our_own_and_no_port_is_opened(server: EmbeddedPostgres) -> None:
    server.start().ensure_database("hms")

    assert Path(server.host).parent == server.folder
    assert stat.S_IMODE(Path(server.host).stat().st_mode) == 0o700
    assert ask(server, "SHOW listen_addresses") == ""


@pytest.mark.parametrize("name", ["x" * 100, "a b, 'c' \"d\" $HOME"], ids=["long", "odd"])
def test_a_path_no_socket_can_have_gets_a_private_folder_elsewhere(home: Path, name: str) -> None:
    server = EmbeddedPostgres(home / name / "postgres").start()
    server.ensure_database("hms")
    host = Path(server.host)

    assert ask(server, "SELECT 1") == "1"
    assert len(server.host) < 89
    assert stat.S_IMODE(host.stat().st_mode) == 0o700
    server.release()
    assert not host.exists()


def test_a_socket_folder_made_by_somebody_else_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trap = home / "trap"
    trap.symlink_to(home)
    monkeypatch.setattr(embedded, "_socket_folder", lambda _: trap)

    with pytest.raises(EmbeddedPostgresError, match="belongs to somebody else"):
        EmbeddedPostgres(home / "postgres").start()


def test_a_database_is_made_once(server: EmbeddedPostgres) -> None:
    server.start()
    for _ in range(2):
        server.ensure_database('odd "name"')

    connection = psycopg2.connect(host=server.host, port=server.port, user=server.user, dbname='odd "name"')
    connection.close()


def test_there_are_connections_enough_for_web_worker_and_tests(server: EmbeddedPostgres) -> None:
    server.start().ensure_database("hms")
    assert ask(server, "SHOW max_connections") == "200"


def test_a_wrong_setting_is_reported_in_one_sentence_at_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[float] = []
    # In this module alone: other threads sleep as well.
    monkeypatch.setattr("core.postgres.embedded.time", SimpleNamespace(monotonic=time.monotonic, sleep=tries.append))
    with pytest.raises(EmbeddedPostgresError) as caught:
        EmbeddedPostgres(home / "postgres", {"max_connections": "many"}).start()

    assert "max_connections" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert tries == []  # nothing is waited for that would not pass by itself


def test_the_programs_for_backups_are_there() -> None:
    for program in ("psql", "pg_dump", "pg_restore"):
        assert os.access(bin_dir() / program, os.X_OK)


def test_root_is_refused_with_advice_where_there_are_no_namespaces_to_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(sys, "platform", "darwin")
    account.user_namespaces_work.cache_clear()

    with pytest.raises(EmbeddedPostgresError, match="run as an ordinary user"):
        account.account_for(Path("/"), bin_dir())
    account.user_namespaces_work.cache_clear()


if AS_ROOT:  # nobody else can become another user

    @pytest.fixture
    def programs(home: Path) -> Path:
        """A copy everybody can reach: the wheel may lie in a folder only root may enter."""
        package = bin_dir().parents[1]
        for folder in package.parent.glob(f"{package.name}*"):  # its shared libraries lie beside it
            shutil.copytree(folder, home / "programs" / folder.name, symlinks=True)
        return home / "programs" / bin_dir().relative_to(package.parent)

    def test_root_needs_no_other_user_and_changes_no_parent_folder(home: Path) -> None:
        private = home / "private"
        private.mkdir(mode=0o700)
        server = EmbeddedPostgres(private / "postgres").start()
        owner = (server.folder / "data" / "PG_VERSION").stat().st_uid
        server.release()

        assert stat.S_IMODE(private.stat().st_mode) == 0o700
        if account.user_namespaces_work():
            assert owner == 0

    def test_root_without_namespaces_gives_the_folder_to_a_service_account(
        home: Path, programs: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(account, "user_namespaces_work", lambda: False)
        monkeypatch.setattr(embedded, "bin_dir", lambda: programs)
        server = EmbeddedPostgres(home / "postgres").start()
        server.ensure_database("hms")
        server.release()
        owner = (server.folder / "data" / "PG_VERSION").stat().st_uid
        assert owner == account._service_account().pw_uid

        monkeypatch.undo()  # a folder that has an owner keeps it, also where namespaces work
        monkeypatch.setattr(embedded, "bin_dir", lambda: programs)
        assert server.start().running
        server.release()
        assert (server.folder / "data" / "PG_VERSION").stat().st_uid == owner

    def test_root_is_told_when_no_service_account_reaches_the_folder(
        home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(account, "user_namespaces_work", lambda: False)
        private = home / "private"
        private.mkdir(mode=0o700)

        with pytest.raises(EmbeddedPostgresError, match="run as an ordinary user, or set DATABASE_NAME"):
            EmbeddedPostgres(private / "postgres").start()

    def test_an_ordinary_user_runs_it_as_itself(home: Path, programs: Path, user: User) -> None:
        os.chown(home, NOBODY, NOBODY)
        output, _ = user(EmbeddedPostgres(home / "postgres"), "as_ordinary_user", str(programs)).communicate(timeout=30)
        assert output.split() == [str(NOBODY), "True"]

    def test_an_ordinary_user_is_told_when_the_folder_is_roots(home: Path, programs: Path, user: User) -> None:
        folder = home / "postgres"
        folder.mkdir(mode=0o755)
        output, _ = user(EmbeddedPostgres(folder), "as_ordinary_user", str(programs)).communicate(timeout=30)
        assert "HMS_HOME" in output


def test_a_server_that_is_just_being_told_to_stop_is_started_again(server: EmbeddedPostgres) -> None:
    server.ensure_database("hms")
    last_client = connect(server)
    stopping = server_pid(server)
    os.kill(stopping, signal.SIGTERM)  # it takes no new clients, and ends with its last one
    threading.Timer(0.5, last_client.close).start()
    server.ensure_database("again")
    assert server_pid(server) != stopping
    assert ask(server, "SELECT count(*)::text FROM pg_database WHERE datname = 'again'") == "1"


def test_the_log_tells_of_an_error_but_not_what_was_written(server: EmbeddedPostgres) -> None:
    server.start()
    server.ensure_database("hms")
    connection = connect(server)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE notes (text text CHECK (length(text) < 20))")
        with pytest.raises(psycopg2.IntegrityError):
            cursor.execute("INSERT INTO notes VALUES ('canary, and some more of it')")
    connection.close()

    told = server.log.read_text()
    assert "violates check constraint" in told
    assert "canary" not in told
