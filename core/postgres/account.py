"""As whom the embedded PostgreSQL runs: the server refuses to run as root, people start demos as root.

Importable without Django: settings use it.
"""

import ctypes
import functools
import os
import pwd
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CLONE_NEWUSER = 0x10000000  # linux/sched.h
UID_INSIDE = 1000  # any uid but 0 will do: it exists only inside the namespace
SERVICE_ACCOUNTS = ("postgres", "nobody")


class EmbeddedPostgresError(RuntimeError):
    """The embedded PostgreSQL can't be used; the text is one sentence for the person at the keyboard."""


@dataclass(frozen=True)
class Account:
    """The owner of the server's files, and what `subprocess.run` needs to run its programs."""

    uid: int
    gid: int
    run_options: dict[str, Any] = field(default_factory=dict)


def account_for(folder: Path, programs: Path) -> Account:
    """The account that may run a server in `folder` with the `programs` of the wheel.

    An ordinary user runs it as itself. Root runs it as the folder's owner; a folder that belongs to
    root is used from a user namespace in which root looks like an ordinary user, so that no file
    changes hands and no mode of a parent folder changes; where namespaces are forbidden, the folder
    is given to a service account.
    Raises EmbeddedPostgresError when none of these is possible.
    """
    owner = folder.stat()
    if os.geteuid() != 0:
        if owner.st_uid != os.geteuid():
            raise EmbeddedPostgresError(
                f"{folder} belongs to another user ({_name(owner.st_uid)}): "
                "run as that user, or choose another folder with HMS_HOME."
            )
        return Account(owner.st_uid, owner.st_gid)
    if owner.st_uid != 0:
        return _other_account(owner.st_uid, owner.st_gid)
    if user_namespaces_work():
        return Account(0, owner.st_gid, {"preexec_fn": _entry_into_user_namespace()})
    return _give_to_service_account(folder, programs)


@functools.cache
def user_namespaces_work() -> bool:
    """Whether this system lets root into a new user namespace (Linux; many containers forbid it)."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        done = subprocess.run(["/bin/sh", "-c", ":"], preexec_fn=_entry_into_user_namespace(), check=False)
    except (OSError, AttributeError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def _entry_into_user_namespace() -> Callable[[], None]:
    libc = ctypes.CDLL(None, use_errno=True)  # loaded here: little is safe between fork and exec
    maps = (
        ("/proc/self/uid_map", f"{UID_INSIDE} {os.geteuid()} 1"),
        ("/proc/self/setgroups", "deny"),  # the kernel's condition for writing gid_map
        ("/proc/self/gid_map", f"{UID_INSIDE} {os.getegid()} 1"),
    )

    def enter() -> None:
        if libc.unshare(CLONE_NEWUSER) != 0:
            raise OSError(ctypes.get_errno(), "no user namespace")
        for path, line in maps:
            Path(path).write_text(line, encoding="ascii")

    return enter


def _give_to_service_account(folder: Path, programs: Path) -> Account:
    if not sys.platform.startswith("linux"):
        raise EmbeddedPostgresError(
            "PostgreSQL refuses to run as root: run as an ordinary user, or set DATABASE_NAME to use another server."
        )
    entry = _service_account()
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    for path in folder.rglob("*"):
        os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)
    account = _other_account(entry.pw_uid, entry.pw_gid)
    if not _reaches(account, folder, programs / "postgres"):
        os.chown(folder, 0, 0)  # as it was, so that another way can still be tried
        raise EmbeddedPostgresError(
            f"PostgreSQL refuses to run as root and the user {entry.pw_name} can't reach {folder} or {programs}: "
            "run as an ordinary user, or set DATABASE_NAME to use another server."
        )
    return account


def _service_account() -> pwd.struct_passwd:
    for name in SERVICE_ACCOUNTS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise EmbeddedPostgresError(
        "PostgreSQL refuses to run as root, and there is neither a postgres nor a nobody user: run as an ordinary user."
    )


def _other_account(uid: int, gid: int) -> Account:
    return Account(uid, gid, {"user": uid, "group": gid, "extra_groups": []})


def _reaches(account: Account, folder: Path, program: Path) -> bool:
    question = ["/bin/sh", "-c", 'test -w "$1" && test -x "$2"', "sh", str(folder), str(program)]
    done = subprocess.run(question, cwd="/", check=False, **account.run_options)  # noqa: S603 - our own words only
    return done.returncode == 0


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
