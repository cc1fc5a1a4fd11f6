"""A PDF as the file of a mail."""

from __future__ import annotations

import base64

# Characters of base64 that the e-mail function takes (email_service/fields.py); a larger file goes as its link.
LARGEST = 5 * 1024 * 1024


def mail_attachment(content: bytes, *, name: str) -> dict[str, str] | None:
    """The file as the e-mail function takes it; None when it is too large for a mail."""
    file = base64.b64encode(content).decode()
    if len(file) > LARGEST:
        return None
    return {"filename": name, "content_type": "application/pdf", "base64": file}
