"""The crowd that measures asks what it was told to, and tells what was answered."""

from __future__ import annotations

import subprocess

import pytest

from bench.http.load import NO_ANSWER, Job, Lane, crowd, request
from tests.bench.toy import toy_server
from tools.paths import free_port


def lane(*paths: str, **facts: object) -> Lane:
    return Lane(requests=[request("127.0.0.1", path) for path in paths], **facts)  # type: ignore[arg-type]


def test_each_lane_is_one_connection_that_asks_in_turn() -> None:
    with toy_server() as server:
        came = crowd(
            Job(port=server.server_port, lanes=[lane("/here/", "/parts/", "/here/", name="a"), lane("/here/")])
        )

    assert sorted(server.asked.values()) == [["/here/"], ["/here/", "/parts/", "/here/"]]
    assert [(answer.status, answer.location) for answer in came.of("a")] == [
        (302, "/bookings/1/"),
        (200, ""),
        (302, "/bookings/1/"),
    ]
    begun = [answer.began for answer in came.of("a")]
    assert begun == sorted(begun)
    assert all(before.ended <= after.began for before, after in zip(came.of("a"), came.of("a")[1:], strict=False))
    assert max(answer.ended for answer in came.answers) <= came.seconds
    assert came.cpu > 0


def test_a_closed_connection_is_opened_again() -> None:
    with toy_server() as server:
        came = crowd(Job(port=server.server_port, lanes=[lane("/gone/", "/here/")]))

    assert [answer.status for answer in came.answers] == [409, 302]
    assert sorted(server.asked.values()) == [["/gone/"], ["/here/"]]


def test_a_form_is_posted_as_a_browser_does() -> None:
    sent = request("127.0.0.1:1", "/here/", cookies="a=b; c=d", form="x=1&y=2")
    head, _, body = sent.partition("\r\n\r\n")

    assert head.startswith("POST /here/ HTTP/1.1\r\nHost: 127.0.0.1:1\r\n")
    assert {"Cookie: a=b; c=d", "Origin: http://127.0.0.1:1", "Content-Length: 7"} <= set(head.split("\r\n"))
    assert body == "x=1&y=2"
    with toy_server() as server:
        came = crowd(Job(port=server.server_port, lanes=[Lane(requests=[sent])]))
    assert [answer.status for answer in came.answers] == [302]


def test_200_at_once_are_all_answered_once() -> None:
    with toy_server() as server:
        came = crowd(Job(port=server.server_port, lanes=[lane("/here/") for _ in range(200)]))

    assert [answer.status for answer in came.answers] == [302] * 200
    assert len(server.asked) == 200


def test_who_follows_goes_on_until_the_others_are_done() -> None:
    with toy_server() as server:
        leading = lane(*["/here/"] * 50, name="leading")
        came = crowd(Job(port=server.server_port, lanes=[leading, lane("/parts/", repeats=True, follows=True)]))

    assert len(came.of("leading")) == 50
    assert len(came.of("")) > 1
    assert all(answer.began < came.seconds for answer in came.of(""))


def test_who_repeats_ends_with_the_time() -> None:
    with toy_server() as server:
        came = crowd(Job(port=server.server_port, lanes=[lane("/parts/", repeats=True, pause=0.01)], seconds=0.3))

    assert 1 < len(came.answers) <= 30
    assert all(answer.status == 200 for answer in came.answers)
    assert all(answer.began < 0.3 for answer in came.answers)


def test_nobody_answers_for_a_server_that_hangs_up() -> None:
    with toy_server() as server:
        cut = request("127.0.0.1", "/here/").replace("GET /here/", "POST /here/")  # says of no length
        came = crowd(Job(port=server.server_port, lanes=[Lane(requests=[cut])]))

    assert [(answer.status, answer.location) for answer in came.answers] == [(NO_ANSWER, "")]


def test_the_port_of_nobody_is_an_error() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        crowd(Job(port=free_port(), lanes=[lane("/")]))
