"""How many appointments a second, and for how much processor time each, beside a small reference view?

Patients who are signed in send the form of the page "Check your answers" to the site as the demo runs it, one client
and sixteen, in turns with the reference (bench/reference/) on the same database server; then once more with worker and
e-mail function running. Ends with 1 when, at sixteen, ours makes less than half of the reference's bookings a second,
or takes more than twice its processor time for one, or not all that were answered for are there.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hms_project.settings.demo")
django.setup()

from bench.http.hospital import PEOPLE, booked_in, booking_form  # noqa: E402
from bench.http.load import Crowd, Lane, TimedAnswer, request  # noqa: E402
from bench.http.report import Promise, conclude, median, milliseconds, run, table  # noqa: E402
from bench.http.servers import OURS, Both, Site, booked_at_reference, both  # noqa: E402

LEAST_RATE, LEAST_CPU = 0.50, 0.50  # ours to the reference's: bookings a second; processor time for a booking, inverse
ROUNDS, ROUNDS_WITH_WORKERS = 4, 2
SECONDS = 2.5
CROWDS = (1, 16)
JUDGED = 16
MOST_TURNS = 10  # of free times that one round may use up


@dataclass(frozen=True)
class Round:
    """`cpu`: milliseconds of each part for a booking. `foreign`: the share of the machine that others used."""

    booked: int
    rate: float
    p50: float
    p95: float
    cpu: dict[str, float]
    foreign: float

    @property
    def all_cpu(self) -> float:
        """What is compared: web and database."""
        return self.cpu["web"] + self.cpu["db"]


class Times:
    """Gives each round the next free times, whole turns of them: a patient never gets two that overlap."""

    def __init__(self, asks: Callable[[int, int], str], count: int) -> None:
        self.asks, self.count, self.next = asks, count, 0

    def lanes(self, clients: int) -> list[Lane]:
        """The next requests dealt out: a patient's are all in one lane, so nobody waits for themselves."""
        places = range(self.next, min(self.count, self.next + MOST_TURNS * PEOPLE))
        requests = [self.asks(place, place % PEOPLE) for place in places]
        return [Lane(name=str(client), requests=requests[client::clients]) for client in range(clients)]

    def use_up(self, came: Crowd, clients: int) -> None:
        """All turns that the lane which got furthest has begun."""
        furthest = max(Counter(answer.lane for answer in came.answers).values())
        self.next += -(-furthest * clients // PEOPLE) * PEOPLE


def ours(found: Both) -> Times:
    def asks(place: int, who: int) -> str:
        patient = found.hospital.patients[who]
        path, form = booking_form(patient, found.hospital.slots[place], f"bench-{place}")
        return request(found.site.host, path, cookies=patient.cookies, form=form)

    return Times(asks, len(found.hospital.slots))


def theirs(found: Both) -> Times:
    def asks(place: int, who: int) -> str:
        patient = found.reference.patients[who]
        form = urlencode({"csrfmiddlewaretoken": patient.token})
        return request(found.reference.site.host, f"/book/{place + 1}/", cookies=patient.cookies, form=form)

    return Times(asks, len(found.hospital.slots))


def is_booked(answer: TimedAnswer) -> bool:
    return answer.status == 302 and answer.location.startswith("/bookings/") and answer.location != "/bookings/new/"


def one_round(site: Site, times: Times, clients: int) -> Round:
    watched = site.watch(times.lanes(clients), seconds=SECONDS)
    came = watched.came
    times.use_up(came, clients)
    booked = [answer for answer in came.answers if is_booked(answer)]
    if others := sorted({(answer.status, answer.location) for answer in came.answers if not is_booked(answer)}):
        print(f"{len(came.answers) - len(booked)} were not booked: {others[:5]}")
    return Round(
        booked=len(booked),
        rate=len(booked) / came.seconds,
        p50=milliseconds(booked, 0.5),
        p95=milliseconds(booked, 0.95),
        cpu=watched.cpu(len(booked)),
        foreign=watched.foreign,
    )


@dataclass
class Rounds:
    """By the number of clients, ours and the reference's beside it; and ours with everything that sends mail."""

    pairs: dict[int, list[tuple[Round, Round]]]
    with_workers: list[Round]

    @property
    def answered_for(self) -> int:
        both_sites = [one for pairs in self.pairs.values() for pair in pairs for one in pair]
        return sum(one.booked for one in [*both_sites, *self.with_workers])


def measured(found: Both) -> Rounds:
    mine, other = ours(found), theirs(found)
    rounds = Rounds({clients: [] for clients in CROWDS}, [])
    for number in range(ROUNDS):
        for clients, pairs in rounds.pairs.items():
            if number % 2 == 0:
                our = one_round(found.site, mine, clients)
                pairs.append((our, one_round(found.reference.site, other, clients)))
            else:
                their = one_round(found.reference.site, other, clients)
                pairs.append((one_round(found.site, mine, clients), their))
    with found.with_workers() as site:
        rounds.with_workers = [one_round(site, mine, JUDGED) for _ in range(ROUNDS_WITH_WORKERS)]
    return rounds


def row(label: str, rounds: list[Round]) -> list[str | float]:
    parts = ("web", "db", "worker", "mail")
    spent = [median(one.cpu.get(part, 0.0) for one in rounds) for part in parts]
    return [
        label,
        *(median(getattr(one, name) for one in rounds) for name in ("rate", "p50", "p95")),
        *spent,
        median(one.foreign for one in rounds),
    ]


def main() -> int:
    with both() as found:
        rounds = measured(found)
        written = booked_in(OURS) - found.hospital.booked + booked_at_reference()
    lines = []
    figures: dict[str, Any] = {}
    for clients, pairs in rounds.pairs.items():
        lines += [row(f"ours, {clients} at once", [our for our, _ in pairs])]
        lines += [row(f"reference, {clients} at once", [their for _, their in pairs])]
        figures[f"{clients} at once"] = {
            "by rate": median(our.rate / their.rate for our, their in pairs),
            "by CPU": median(their.all_cpu / our.all_cpu for our, their in pairs),
            "rounds": [(asdict(our), asdict(their)) for our, their in pairs],
        }
    lines.append(row(f"ours, {JUDGED} at once, with worker and mail", rounds.with_workers))
    table(["", "a second", "p50 ms", "p95 ms", "web ms", "db ms", "worker ms", "mail ms", "others' share"], lines)
    for label, told in figures.items():
        print(f"Ours to the reference, {label}: {told['by rate']:.2f} by rate, {told['by CPU']:.2f} by processor time.")
    judged = figures[f"{JUDGED} at once"]
    figures["with worker and mail"] = [asdict(one) for one in rounds.with_workers]
    promises = [
        Promise(said="bookings a second, ours to the reference's", found=judged["by rate"], least=LEAST_RATE),
        Promise(said="processor time of one, the reference's to ours", found=judged["by CPU"], least=LEAST_CPU),
        Promise(said="bookings answered for and not there", found=rounds.answered_for - written, most=0, least=0),
    ]
    return conclude("booking", figures, promises)


if __name__ == "__main__":
    run(main)
