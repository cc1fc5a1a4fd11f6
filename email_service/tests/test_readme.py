"""The README promises what is there."""

import json
import re

from email_service import contract
from email_service.build import HERE

README = (HERE / "README.md").read_text()


def _examples() -> dict[str, dict]:
    blocks = re.findall(r"```json\n(.*?)```", README, re.DOTALL)
    return {posted["action"]: posted for posted in map(json.loads, blocks)}


def test_every_action_has_an_example_that_keeps_the_contract():
    examples = _examples()

    assert examples.keys() == contract.ACTIONS.keys()
    for posted in examples.values():
        assert contract.check(posted).action == posted["action"]


def test_every_field_of_the_contract_is_in_the_readme():
    known = set()
    for posted in _examples().values():
        known |= _names(posted["data"])
    assert known >= {"calendar", "code", "cancel_until", "book_again_url"}
    assert all(f"`{name}`" in README or f'"{name}"' in README for name in known)


def _names(value) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_names, value))
    if not isinstance(value, dict):
        return set()
    return set(value).union(*map(_names, value.values()))
