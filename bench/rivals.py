"""200 people want the same time at the same moment: how long does the last one wait, and what do others notice?

All are signed in, each on a connection of their own, all released at once; exactly one of them may be booked. In turns
with the reference (bench/reference/), and in turns with quiet moments in which two people read other pages, who read on
while the next 200 rush. Ends with 1 when the last of ours waits more than 2.5 times as long as the last at the
reference, when an answer costs more than 7 ms of processor time, when the readers' 95th percentile is more than three
times what it is in a quiet moment, or when not exactly one was booked each time.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import asdict, dataclass, field
from urllib.parse import urlencode

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hms_project.settings.demo")
django.setup()

from bench.http.hospital import booked_in, booking_form  # noqa: E402
from bench.http.load import Job, Lane, TimedAnswer, crowd, request  # noqa: E402
from bench.http.pace import Pace  # noqa: E402
from bench.http.report import Promise, conclude, median, milliseconds, percentile, run, table  # noqa: E402
from bench.http.servers import OURS, Both, both  # noqa: E402

MOST_SLOWEST, MOST_CALM = 2.5, 3.0  # times the reference's slowest; times a quiet moment's 95th percentile
MOST_LOSER_MS = 7.0  # processor time, web and database
ROUNDS = 4
RIVALS = 200
READERS, PAUSE, CALM_SECONDS = 2, 0.03, 2.0
WARM = 40  # times booked first, for which nobody rushes: a server that has just begun is no measure
READ = "read"


@dataclass(frozen=True)
class Rush:
    """What 200 rivals met, in seconds; `cpu`: milliseconds of web and database for each answer."""

    statuses: dict[int, int]
    slowest: float
    winner: float
    p50: float
    cpu: float
    foreign: float

    @property
    def winners(self) -> int:
        return self.statuses.get(302, 0)


def rivals_of_ours(found: Both, place: int) -> list[Lane]:
    slot = found.hospital.slots[place]

    def one(number: int) -> str:
        patient = found.hospital.patients[number]
        path, form = booking_form(patient, slot, f"rush-{place}")
        return request(found.site.host, path, cookies=patient.cookies, form=form)

    return [Lane(requests=[one(number)]) for number in range(RIVALS)]


def rivals_of_reference(found: Both, place: int) -> list[Lane]:
    def one(number: int) -> str:
        patient = found.reference.patients[number]
        form = urlencode({"csrfmiddlewaretoken": patient.token})
        return request(found.reference.site.host, f"/book/{place + 1}/", cookies=patient.cookies, form=form)

    return [Lane(requests=[one(number)]) for number in range(RIVALS)]


def readers(found: Both, *, in_rush: bool) -> list[Lane]:
    """People who have nothing to do with it, and no hurry."""
    host, who = found.site.host, found.hospital.patients[RIVALS + 1]
    pages = [
        request(host, "/doctors/"),
        request(host, f"/doctors/{found.hospital.slots[-1].doctor}/"),
        request(host, "/patient/", cookies=who.cookies),
    ]
    return [
        Lane(name=READ, requests=pages[number:] + pages[:number], repeats=True, follows=in_rush, pause=PAUSE)
        for number in range(READERS)
    ]


def rush(
    found: Both, place: int, *, at_reference: bool = False, with_readers: bool = False
) -> tuple[Rush, list[TimedAnswer]]:
    """One rush for one time, and what the readers met meanwhile, if there were any."""
    site = found.reference.site if at_reference else found.site
    lanes = rivals_of_reference(found, place) if at_reference else rivals_of_ours(found, place)
    watched = site.watch([*lanes, *(readers(found, in_rush=True) if with_readers else [])])
    came = watched.came
    answers = came.of("")
    won = [answer.seconds for answer in answers if is_booked(answer)]
    told = Rush(
        statuses=dict(Counter(302 if is_booked(answer) else _refusal(answer) for answer in answers)),
        slowest=max(answer.seconds for answer in answers),
        winner=min(won, default=float("nan")),
        p50=percentile((answer.seconds for answer in answers), 0.5),
        cpu=sum(watched.cpu(RIVALS).values()),
        foreign=watched.foreign,
    )
    return told, came.of(READ)


def is_booked(answer: TimedAnswer) -> bool:
    return answer.status == 302 and answer.location.startswith("/bookings/")


def _refusal(answer: TimedAnswer) -> int:
    """The reference sends whoever comes too late to another page."""
    return 409 if answer.status == 302 else answer.status


def calm(found: Both) -> list[TimedAnswer]:
    return found.site.watch(readers(found, in_rush=False), seconds=CALM_SECONDS).came.answers


def warm_up(found: Both) -> None:
    """Both sites book a little, and refuse as much; ours shows each page that will be read."""
    for site, rivals in ((found.site, rivals_of_ours), (found.reference.site, rivals_of_reference)):
        crowd(
            Job(
                port=site.port,
                lanes=[lane for place in range(WARM) for lane in rivals(found, place)[place : place + 2]],
            )
        )
    calm(found)


@dataclass
class Measured:
    """All rushes, and the readers' answers; `written` appointments of ours in the times rushed for."""

    ours: list[Rush] = field(default_factory=list)
    reference: list[Rush] = field(default_factory=list)
    watched: list[Rush] = field(default_factory=list)
    quiet: list[TimedAnswer] = field(default_factory=list)
    during: list[TimedAnswer] = field(default_factory=list)
    written: int = 0

    @property
    def slower(self) -> float:
        pairs = zip(self.ours, self.reference, strict=True)
        return median(our.slowest / their.slowest for our, their in pairs)

    @property
    def louder(self) -> float:
        return milliseconds(self.during, 0.95) / milliseconds(self.quiet, 0.95)

    @property
    def astray(self) -> int:
        rushes = [*self.ours, *self.watched, *self.reference]
        return sum(one.winners != 1 or one.statuses.get(409) != RIVALS - 1 for one in rushes)


def measured(found: Both, pace: Pace) -> Measured:
    told = Measured()
    places = iter(range(WARM, WARM + 2 * ROUNDS))
    for number in range(ROUNDS):
        place = next(places)
        turns = [(False, told.ours), (True, told.reference)]
        for at_reference, rushes in turns if number % 2 == 0 else turns[::-1]:
            rushes.append(rush(found, place, at_reference=at_reference)[0])
        pace.look()
        told.quiet += calm(found)
        watched, answers = rush(found, next(places), with_readers=True)
        told.watched.append(watched)
        told.during += answers
    told.written = sum(booked_in(OURS, found.hospital.slots[place].id) for place in range(WARM, WARM + 2 * ROUNDS))
    return told


def main() -> int:
    with both() as found:
        warm_up(found)
        pace = Pace(found, next=WARM + 2 * ROUNDS)
        told = measured(found, pace)
    rushes = {"ours": told.ours, "reference": told.reference, "ours, while others read": told.watched}
    lines = [
        [
            label,
            *(median(getattr(one, name) for one in some) for name in ("slowest", "winner", "p50", "cpu", "foreign")),
        ]
        for label, some in rushes.items()
    ]
    table(["", "slowest s", "winner s", "p50 s", "CPU ms an answer", "others' share"], lines)
    pages = {"in a quiet moment": told.quiet, "during the rush": told.during}
    lines = [
        [label, f"{len(some)}", milliseconds(some, 0.5), milliseconds(some, 0.95)] for label, some in pages.items()
    ]
    table(["pages of others", "pages", "p50 ms", "p95 ms"], lines)
    print(f"Answers of ours: {[one.statuses for one in [*told.ours, *told.watched]]}.")
    spent = median(one.cpu for one in told.ours)
    promises = [
        Promise(said="the last one's wait, ours to the reference's", found=told.slower, most=MOST_SLOWEST),
        Promise(said="processor time of an answer, ms at our pace", found=pace.at_ours(spent), most=MOST_LOSER_MS),
        Promise(said="others' 95th percentile, to a quiet moment's", found=told.louder, most=MOST_CALM),
        Promise(said="rushes without exactly one booked and all others told", found=told.astray, most=0),
        Promise(said="appointments written beyond one a rush", found=told.written - 2 * ROUNDS, most=0, least=0),
    ]
    print(pace)
    figures = {
        "a booking at the reference": pace.reference_ms,
        "slowest to reference": told.slower,
        "others to calm": told.louder,
        "CPU ms an answer": spent,
    }
    return conclude("rivals", figures | asdict(told), promises)


if __name__ == "__main__":
    run(main)
