"""The forms of a page as a browser has them: which controls somebody types into, and what stands in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

NOT_TYPED = {"hidden", "password", "file", "submit", "button", "reset", "image"}


@dataclass
class Form:
    method: str
    identity: str
    marks: dict[str, str] = field(default_factory=dict)  # hidden
    kinds: dict[str, str] = field(default_factory=dict)  # typed into: name, kind of control
    values: dict[str, list[str]] = field(default_factory=dict)
    options: dict[str, list[str]] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms = [Form("get", "")]
        self._on = self.forms[0]
        self._area = self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name, kind = given.get("name", ""), given.get("type", "text") if tag == "input" else tag
        if tag == "form":
            self._on = Form(given.get("method", "get").lower(), given.get("id", ""))
            self.forms.append(self._on)
        elif tag == "option" and self._select:
            self._on.options[self._select].append(given.get("value", ""))
            if "selected" in given:
                self._on.values[self._select].append(given.get("value", ""))
        elif tag in {"input", "textarea", "select"} and name and "disabled" not in given:
            self._control(kind, name, given)

    def _control(self, kind: str, name: str, given: dict[str, str]) -> None:
        if kind == "hidden":
            self._on.marks[name] = given.get("value", "")
        if kind in NOT_TYPED or given.get("autocomplete") == "one-time-code":
            return
        self._on.kinds[name] = kind
        values = self._on.values.setdefault(name, [])
        if kind in {"checkbox", "radio"}:
            self._on.options.setdefault(name, []).append(given.get("value", "on"))
            values += [given.get("value", "on")] if "checked" in given else []
        elif kind == "textarea":
            self._area = name
        elif kind == "select":
            self._select = name
            self._on.options[name] = []
        else:
            values.append(given.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self._area:
            self._on.values[self._area].append(data.removeprefix("\n"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._on = self.forms[0]
        elif tag == "textarea":
            self._area = ""
        elif tag == "select":
            self._select = ""


def forms_of(text: str) -> list[Form]:
    """Those that are sent, and in which something is typed or chosen."""
    reader = _Reader()
    reader.feed(text)
    return [form for form in reader.forms if form.method == "post" and form.kinds]


def controls_of(text: str) -> dict[str, list[str]]:
    """What stands in the controls of these forms."""
    return {name: values for form in forms_of(text) for name, values in form.values.items()}
