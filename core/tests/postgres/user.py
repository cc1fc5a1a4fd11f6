"""A process that uses an embedded server, for tests that kill it, fork it or let many of them race.

Run with the server's folder, the name of a scenario and, if need be, the folder of PostgreSQL's programs;
prints one line for each thing that happened.
"""

import ctypes
import os
import signal
import sys
import threading
import time
from pathlib import Path

import psycopg2

from core.postgres import embedded
from core.postgres.embedded import EmbeddedPostgres, EmbeddedPostgresError

PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
ACKNOWLEDGED_BEFORE_KILL = 200


def connect(server: EmbeddedPostgres) -> "psycopg2.extensions.connection":
    connection = psycopg2.connect(host=server.host, port=server.port, user=server.user, dbname="hms")
    connection.autocommit = True
    return connection


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def hold(server: EmbeddedPostgres) -> None:
    """Use the server until standard input ends."""
    server.start().ensure_database("hms")
    with connect(server).cursor() as cursor:
        cursor.execute("SELECT pg_postmaster_start_time()::text")
        say(cursor.fetchone()[0])
    sys.stdin.read()


def kill_server_while_inserting(server: EmbeddedPostgres) -> None:
    """Kill the server with -9 amid inserts, keep it as an unreaped zombie, start again, compare the rows."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)  # the dead server becomes our zombie
    server.start().ensure_database("hms")
    connect(server).cursor().execute("CREATE TABLE note (id int PRIMARY KEY)")
    acknowledged: list[int] = []
    writer = threading.Thread(target=insert_until_refused, args=(server, acknowledged))
    writer.start()
    while len(acknowledged) < ACKNOWLEDGED_BEFORE_KILL:
        time.sleep(0.001)
    os.kill(server_pid(server), signal.SIGKILL)
    writer.join()
    server.start()
    with connect(server).cursor() as cursor:
        cursor.execute("SELECT id FROM note")
        kept = {row[0] for row in cursor.fetchall()}
    say(len(acknowledged), len(set(acknowledged) - kept))


def insert_until_refused(server: EmbeddedPostgres, acknowledged: list[int]) -> None:
    cursor = connect(server).cursor()
    number = 0
    while True:
        number += 1
        try:
            cursor.execute("INSERT INTO note VALUES (%s)", [number])
        except psycopg2.Error:
            return
        acknowledged.append(number)


def server_pid(server: EmbeddedPostgres) -> int:
    return int((server.folder / "data" / "postmaster.pid").read_text().split()[0])


def fork_and_exit(server: EmbeddedPostgres) -> None:
    """Fork; the child ends as programs end, with its atexit functions."""
    server.start()
    child = os.fork()
    if child == 0:
        sys.exit(0)
    os.waitpid(child, 0)
    say(server.running)


def release_before_forked_child_ends(server: EmbeddedPostgres) -> None:
    """The child shares the parent's lock file; that must not keep later users out."""
    server.start()
    child = os.fork()
    if child == 0:
        time.sleep(60)
        os._exit(0)
    server.release()
    say(server.running)
    say(server.start().running)
    os.kill(child, signal.SIGKILL)


def as_ordinary_user(server: EmbeddedPostgres) -> None:
    """Root gives up its rights, for good, before it starts the server."""
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
    try:
        server.start().ensure_database("hms")
    except EmbeddedPostgresError as error:
        say(error)
    else:
        say(server.folder.stat().st_uid, server.running)


SCENARIOS = {
    scenario.__name__: scenario
    for scenario in (
        hold,
        kill_server_while_inserting,
        fork_and_exit,
        release_before_forked_child_ends,
        as_ordinary_user,
    )
}

if __name__ == "__main__":
    for programs in sys.argv[3:]:
        embedded.bin_dir = lambda programs=programs: Path(programs)
    SCENARIOS[sys.argv[2]](EmbeddedPostgres(Path(sys.argv[1])))
