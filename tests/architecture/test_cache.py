"""Whoever asks the cache itself is a guard, and refuses while it is away; all else goes through core/cache.py."""

from __future__ import annotations

from tests.architecture.source import imports_of, python_files

GUARDS = {
    "core/cache.py",
    "core/web/health.py",  # says whether it answers
    "accounts/second_factor/services.py",  # a code counts once
    "audit/refusal_limits.py",  # catches whatever happens
}


def test_only_guards_ask_the_cache_itself() -> None:
    ask = {
        str(path)
        for path in python_files(tests=False)
        if any(found.target.startswith("django.core.cache") for found in imports_of(path))
    }

    assert {path for path in ask if not path.startswith("bench/")} == GUARDS
