from __future__ import annotations
def record_pdf(record, version): return b""
def file_name(record, now): return "record.pdf"
