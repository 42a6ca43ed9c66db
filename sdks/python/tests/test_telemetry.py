"""What a client reports of outcomes and answers, and requests whose flags agree, in virtual time."""

from __future__ import annotations

import os
import threading
from typing import Any

import pytest
from test_client import KILL, URL, patch, start
from virtual_world import VirtualWorld, reply, snapshot_at

from sluice import Options, SluiceClient
from sluice.ports import HttpReply, HttpRequest, NetworkFailed
from sluice.testing import MemoryClient

FLAG = "site.photos"
ACME = {"customer": "acme", "email": "ada@acme.example"}
# Those of the salt "pepper", by conformance/hashing.
ACME_HASH, BOLT_HASH = "63895c04068c7c14", "8b3dcfd72fdc8fe6"


def connected(status: list[int] | None = None, counted: tuple[str, ...] = ()) -> tuple[VirtualWorld, SluiceClient]:
    """A client whose stream lives; ``status`` holds what the server answers to telemetry, 0 for nothing."""
    world = VirtualWorld()
    world.live()

    def answer(request: HttpRequest) -> HttpReply | NetworkFailed:
        if request.method != "POST":
            return reply(200, snapshot_at(3))
        code = status[0] if status and request.url.endswith("/telemetry") else 204
        return reply(code, b"") if code else NetworkFailed("connection refused")

    world.answer = answer
    return world, start(world, count_customers_of=counted)


def outcome(customer: str, ok: int, failed: int) -> dict[str, object]:
    return {"flag": FLAG, "variant": "on", "outcome": "export", "customer": customer, "ok": ok, "failed": failed}


def test_outcomes_are_sent_as_counts_within_10_s_and_no_name_with_them() -> None:
    world, client = connected()
    for _ in range(3):
        client.track("export", ACME, flag=FLAG)
    client.track("export", ACME, flag=FLAG, failed=True)
    client.track("export", {"customer": "bolt"}, flag=FLAG, failed=True)
    world.pass_time(1)
    assert world.told() == []
    world.pass_time(10_000)
    assert world.told() == [
        {
            "instance": world.token(),
            "batch": 1,
            "outcomes": [outcome(ACME_HASH, 3, 1), outcome(BOLT_HASH, 0, 1)],
            "droppedOutcomes": 0,
            "answers": [],
            "droppedAnswers": 0,
            "applied": {"epoch": "e1", "seq": 3},
        }
    ]
    world.pass_time(120_000)
    assert len(world.told()) == 1


def test_outcomes_of_nobody_of_unknown_flags_or_under_no_name_are_not_counted() -> None:
    world, client = connected()
    client.track("export", {}, flag=FLAG)
    client.track("export", ACME, flag="site.fotos")
    client.track("two words", ACME, flag=FLAG)
    client.track("two words", ACME, flag=FLAG)
    SluiceClient(Options(url=URL, key="k"), lambda _: VirtualWorld()).track("export", ACME, flag=FLAG)
    world.pass_time(120_000)
    assert world.told() == []
    assert [line for line in world.lines.lines if "not the name of an outcome" in line] == [
        '"two words" is not the name of an outcome: letters, digits, dots, dashes and underscores, at most 100. It is not counted.'
    ]


def test_a_batch_that_did_not_come_through_goes_again_as_the_same() -> None:
    status = [0]
    world, client = connected(status)
    client.track("export", ACME, flag=FLAG)
    world.pass_time(20_000)
    client.track("export", ACME, flag=FLAG)
    status[0] = 503
    world.pass_time(20_000)
    status[0] = 204
    world.pass_time(120_000)
    told: list[Any] = world.told()
    assert [(each["batch"], each["outcomes"]) for each in told if each["batch"] == 2] == [(2, [outcome(ACME_HASH, 1, 0)])]
    assert len(told) > 3
    assert all(each == told[0] and each["batch"] == 1 for each in told[:-1])


@pytest.mark.parametrize("code", [400, 404, 413])
def test_what_a_server_will_never_take_is_not_sent_again(code: int) -> None:
    world, client = connected([code])
    client.track("export", ACME, flag=FLAG)
    world.pass_time(120_000)
    assert len(world.told()) == 1


def test_a_client_that_is_closed_sends_what_is_left_and_nothing_after_it() -> None:
    world, client = connected()
    client.track("export", ACME, flag=FLAG)
    client.get_boolean("site.diary", False)
    closing = threading.Thread(target=client.close)
    closing.start()
    while closing.is_alive():
        world.pass_time(1)
    told: list[Any] = world.told()
    assert [(each["outcomes"], [answer["flag"] for answer in each["answers"]]) for each in told] == [
        ([outcome(ACME_HASH, 1, 0)], ["site.diary"])
    ]
    client.track("export", ACME, flag=FLAG)
    world.pass_time(120_000)
    assert len(world.told()) == 1


def test_answers_are_told_within_a_minute_by_what_they_have_grown() -> None:
    world, client = connected()
    for _ in range(7):
        client.get_boolean(FLAG, False)
    client.get_boolean("site.fotos", False)
    client.get_boolean("greeting", False)
    world.pass_time(29_000)
    assert world.told() == []
    world.pass_time(31_000)
    client.get_boolean(FLAG, False)
    world.pass_time(120_000)
    told: list[Any] = world.told()
    photos = {"flag": FLAG, "variant": "on", "reason": "STATIC"}
    assert [sorted(each["answers"], key=str) for each in told] == [
        sorted(
            [
                {**photos, "count": 7},
                {"flag": "site.fotos", "reason": "ERROR", "cause": "unknownFlag", "count": 1},
                {"flag": "greeting", "variant": "warm", "reason": "STATIC", "count": 1},
                {"flag": "greeting", "reason": "ERROR", "cause": "wrongType", "count": 1},
            ],
            key=str,
        ),
        [{**photos, "count": 1}],
    ]


def test_answers_are_told_by_customer_of_the_flags_that_are_asked_for_so() -> None:
    world, client = connected(counted=(FLAG,))
    for _ in range(3):
        client.get_boolean(FLAG, False, ACME)
    client.for_request().get_boolean(FLAG, False, {"customer": "bolt"})
    client.get_boolean(FLAG, False)
    client.get_string("greeting", "?", ACME)
    client.get_string(FLAG, "?", ACME)
    world.pass_time(120_000)
    told: list[Any] = world.told()
    photos = {"flag": FLAG, "variant": "on", "reason": "STATIC"}
    assert [sorted(each["answers"], key=str) for each in told] == [
        sorted(
            [
                {**photos, "customer": ACME_HASH, "count": 4},
                {**photos, "customer": BOLT_HASH, "count": 1},
                {**photos, "count": 1},
                {"flag": "greeting", "variant": "warm", "reason": "STATIC", "count": 1},
                {"flag": FLAG, "reason": "ERROR", "cause": "wrongType", "count": 1},
            ],
            key=str,
        )
    ]
    assert [each.count for each in client.usage().counts if each.flag == FLAG and each.cause is None] == [6]


def test_answers_of_more_customers_than_there_is_room_for_are_told_without_one() -> None:
    world, client = connected(counted=(FLAG,))
    for at in range(6_000):
        client.get_boolean(FLAG, False, {"customer": f"c{at // 2}"})
    world.pass_time(600_000)
    batches: list[Any] = [each["answers"] for each in world.told()]
    assert [sum("customer" in answer for answer in answers) for answers in batches] == [500, 500, 500, 500]
    told = [answer for answers in batches for answer in answers]
    assert sum(answer["count"] for answer in told) == 6_000
    assert sum(answer["count"] for answer in told if "customer" not in answer) == 2_000


def test_memory_is_fixed_and_what_has_no_room_is_counted() -> None:
    world, client = connected()
    # While there is still room: it has none because it is no key.
    client.get_boolean("x" * 201, False)
    for at in range(5_000):
        client.track("export", {"customer": f"c{at}"}, flag=FLAG)
        client.get_boolean(f"made-up.{at}", False)
    world.pass_time(120_000)
    told: list[Any] = world.told()
    assert max(len(each["outcomes"]) for each in told) == 500
    assert sum(len(each["outcomes"]) for each in told) == 2_000
    assert sum(each["droppedOutcomes"] for each in told) == 3_000
    assert sum(len(each["answers"]) for each in told) == 1_000
    assert sum(each["droppedAnswers"] for each in told) == 4_001
    assert not [answer for each in told for answer in each["answers"] if answer["flag"].startswith("x")]


def test_defaults_before_the_first_flags_are_counted_as_such() -> None:
    client = SluiceClient(Options(url=URL, key="k"), lambda _: VirtualWorld())
    client.get_boolean(FLAG, False)
    assert [(each.flag, each.variant, each.cause, each.count) for each in client.usage().counts] == [(FLAG, None, "noSnapshot", 1)]


def test_two_flags_of_one_request_agree_although_a_change_comes_in_between() -> None:
    flags = MemoryClient({"checkout.new": False, "checkout.label": "old"})
    request = flags.for_request()
    assert request.get_boolean("checkout.new", True) is False
    before = request.version
    flags.set("checkout.new", True)
    flags.set("checkout.label", "new")
    assert request.get_string("checkout.label", "") == "old"
    details = request.get_boolean_details("checkout.new", True)
    assert (details.value, details.version) == (False, before)
    assert (flags.get_boolean("checkout.new", False), flags.for_request().get_string("checkout.label", "")) == (True, "new")
    assert {each.flag: each.count for each in flags.usage().counts if each.variant is not None}["checkout.new"] > 0


def test_a_forgotten_request_does_not_outlive_a_kill() -> None:
    world, client = connected()
    early = client.for_request()
    world.send("patch", patch(3, 4, **KILL))
    world.pass_time(29_000)
    assert early.get_boolean("site.diary", False) is True
    world.pass_time(1_000)
    assert early.get_boolean("site.diary", False) is False


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_counts_anew_under_a_name_of_its_own() -> None:
    world, client = connected()
    client.track("export", ACME, flag=FLAG)
    client._after_fork()
    world.pass_time(10)
    client.track("export", {"customer": "bolt"}, flag=FLAG)
    world.pass_time(10_000)
    told: list[Any] = world.told()
    assert told[-1]["outcomes"] == [outcome(BOLT_HASH, 1, 0)]
