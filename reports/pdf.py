"""A report as a PDF, in the language of whoever asks; the same bytes for the same report and language (D5)."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.pdf.maker import make_pdf
from reports.models import MonthlyReport
from reports.presenters import report_page
from reports.rows import month_code

TEMPLATE = Path(__file__).with_name("report.typ")


def report_pdf(report: MonthlyReport) -> bytes:
    """Read with its doctor. Raises PdfError."""
    page = report_page(report)
    facts = {
        "people": [{"label": _("Doctor"), "text": page.doctor}],
        "header": list(page.header),
        "rows": [asdict(row) for row in page.rows],
        "made": page.made,
    }
    return make_pdf(
        TEMPLATE,
        facts,
        title=page.title,
        language=get_language() or "en-gb",
        made_at=report.made_at,
        running=f"{page.doctor}, {page.header[1]}",
    )


def file_name(report: MonthlyReport) -> str:
    """Nobody's name in it: files lie about in download folders."""
    return f"monthly-report-{month_code(report.month)}.pdf"
