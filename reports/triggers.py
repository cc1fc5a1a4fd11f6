"""What the database itself refuses of a report, by whatever road it comes."""

from __future__ import annotations

import pgtrigger

from accounts.erasure_triggers import nothing_for_the_erased

REPORT_TRIGGERS = [
    pgtrigger.Protect(name="report_is_kept", operation=pgtrigger.Delete),
    pgtrigger.Protect(name="report_stays", operation=pgtrigger.Update),
    nothing_for_the_erased("no_report_for_the_erased", doctor="doctor"),
]
