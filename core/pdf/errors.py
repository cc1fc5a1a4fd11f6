"""Why there is no PDF."""

from __future__ import annotations


class PdfError(Exception):
    """A document couldn't be made. Its text names the template and the place in it, and nothing of what the document
    says: it ends in logs, where nothing clinical may be."""
