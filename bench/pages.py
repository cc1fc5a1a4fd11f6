"""What does each of the pages people open most cost, in processor time of web and database?

One client opens them one after another on the site as the demo runs it, page by page in turns. A stranger's page is
asked for in two ways: the same address again and again, which may be answered from memory, and one that nobody has
asked for lately. Ends with 1 when a page costs more than was promised; what is promised for no page is only printed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hms_project.settings.demo")
django.setup()

from bench.http.hospital import Hospital  # noqa: E402
from bench.http.load import Lane, request  # noqa: E402
from bench.http.pace import Pace  # noqa: E402
from bench.http.report import Promise, conclude, median, milliseconds, run, table  # noqa: E402
from bench.http.servers import Both, Site, both  # noqa: E402

ROUNDS = 4
PAGES_A_ROUND, SECONDS_A_ROUND = 32, 1.2  # of each page, whichever is reached first
FROM_MEMORY, MOST = "from memory", 800  # in a round, if there is time: now and then such a page is made anew
WARM_UP = 24  # of each page: every thread of both processes has its connection
MOST_MS = {
    "directory, from memory": 3.0,
    "directory": 12.0,
    "doctor's page, from memory": 3.0,
    "doctor's page": 8.0,
    "patient's home": 15.0,
    "check your answers": 9.0,
}


@dataclass(frozen=True)
class Cost:
    """Of one page, in milliseconds; `web` and `db` of processor time. `foreign`: others' share of the machine."""

    web: float
    db: float
    p50: float
    foreign: float

    @property
    def cpu(self) -> float:
        return self.web + self.db


def requests_of(host: str, hospital: Hospital) -> dict[str, list[str]]:
    """By page, enough for the whole measurement, in the order in which they are asked for."""
    patients = [patient.cookies for patient in hospital.patients]
    doctors = [doctor.cookies for doctor in hospital.doctors]
    slugs = sorted({slot.doctor for slot in hospital.slots})
    asked = WARM_UP + ROUNDS * PAGES_A_ROUND
    numbers = range(asked)
    # A number before the first is the first one: the same page, at an address of its own.
    return {
        f"directory, {FROM_MEMORY}": [request(host, "/doctors/")] * asked,
        "directory": [request(host, f"/doctors/?page=-{n}") for n in numbers],
        "directory, signed in": [request(host, "/doctors/", cookies=patients[n]) for n in numbers],
        f"doctor's page, {FROM_MEMORY}": [request(host, f"/doctors/{slugs[0]}/")] * asked,
        "doctor's page": [request(host, f"/doctors/{slugs[n + 1]}/") for n in numbers],
        "doctor's page, signed in": [request(host, f"/doctors/{slugs[0]}/", cookies=patients[n]) for n in numbers],
        "patient's home": [request(host, "/patient/", cookies=patients[n]) for n in numbers],
        "check your answers": [
            request(host, f"/bookings/new/?slot={hospital.slots[n].id}", cookies=patients[n]) for n in numbers
        ],
        "doctor's home": [request(host, "/doctor/", cookies=doctors[n % len(doctors)]) for n in numbers],
        "doctor's appointments": [
            request(host, "/doctor/appointments/", cookies=doctors[n % len(doctors)]) for n in numbers
        ],
        "doctor's week": [request(host, "/doctor/availability/", cookies=doctors[n % len(doctors)]) for n in numbers],
        "the desk's day": [request(host, "/staff/desk/", cookies=hospital.desk.cookies)] * asked,
        "front page": [request(host, "/")] * asked,
        "signing in": [request(host, "/accounts/login/")] * asked,
    }


def cost(site: Site, page: str, requests: list[str]) -> Cost:
    requests = requests * (MOST // len(requests)) if FROM_MEMORY in page else requests
    watched = site.watch([Lane(requests=requests)], seconds=SECONDS_A_ROUND)
    answers = watched.came.answers
    if wrong := sorted({(one.status, one.location) for one in answers if one.status != 200}):
        raise SystemExit(f"{page}: answered with {wrong}")
    return Cost(**watched.cpu(len(answers)), p50=milliseconds(answers, 0.5), foreign=watched.foreign)


def measured(sites: Both, pace: Pace) -> dict[str, list[Cost]]:
    found: dict[str, list[Cost]] = {}
    pages = requests_of(sites.site.host, sites.hospital)
    for page, requests in pages.items():
        cost(sites.site, page, requests[:WARM_UP])
    for number in range(ROUNDS):
        begin = WARM_UP + number * PAGES_A_ROUND
        pace.look()
        for page in list(pages) if number % 2 == 0 else list(pages)[::-1]:
            spent = cost(sites.site, page, pages[page][begin : begin + PAGES_A_ROUND])
            found.setdefault(page, []).append(spent)
    return {page: found[page] for page in pages}


def main() -> int:
    with both() as sites:
        pace = Pace(sites, next=0)
        found = measured(sites, pace)
    table(
        ["", "web ms", "db ms", "CPU ms", "p50 ms", "others' share", "at our pace", "promised"],
        [
            [
                page,
                *(median(getattr(one, name) for one in costs) for name in ("web", "db", "cpu", "p50", "foreign")),
                f"{pace.at_ours(median(one.cpu for one in costs)):.2f}",
                f"{MOST_MS[page]:g}" if page in MOST_MS else "",
            ]
            for page, costs in found.items()
        ],
    )
    print(pace)
    spent = {page: pace.at_ours(median(one.cpu for one in costs)) for page, costs in found.items()}
    promises = [
        Promise(said=f"{page}, ms of processor time at our pace", found=spent[page], most=most)
        for page, most in MOST_MS.items()
    ]
    figures = {page: median(one.cpu for one in costs) for page, costs in found.items()}
    figures |= {"a booking at the reference": pace.reference_ms}
    return conclude("pages", figures, promises)


if __name__ == "__main__":
    run(main)
