"""What a client shows of contexts, in virtual time; vectors and hashes are those of conformance/sampling."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from test_client import URL
from virtual_world import VirtualWorld, reply, snapshot_at

from sluice import Options, SluiceClient
from sluice.evaluation.sampling import compile_pick, number_text, seal
from sluice.ports import HttpReply, HttpRequest, NetworkFailed

# A copy of the SDK stands deeper in the repository than the SDK itself.
_FILES = (folder / "conformance/sampling/vectors.json" for folder in Path(__file__).parents)
VECTORS: dict[str, Any] = json.loads(next(file for file in _FILES if file.exists()).read_text("utf-8"))
KEY = VECTORS["key"]
TERMS: dict[str, Any] = {
    "id": "terms-1",
    "attributes": {"plan": "plain", "country": "hashed"},
    "customer": "customer",
    "key": KEY,
    "everyMs": 60_000,
}
# By the vectors: the hash of "DE" at country.
GERMANY = "swt5XNbxzhcagfCL-dGZP5b"
MINUTE = 60_000


class Rig:
    """A client whose stream lives and whose server samples on the terms that a test sets."""

    def __init__(self, **options: Any) -> None:
        self.terms: object = TERMS
        self.status = 204
        self.world = VirtualWorld()
        self.world.live()
        assert self.world.hello is not None
        self.world.hello["sampling"] = "terms-1"
        self.world.answer = self._answer
        self.client = SluiceClient(Options(url=URL, key="k", **options), lambda _: self.world)
        self.world.pass_time(10)

    def _answer(self, request: HttpRequest) -> HttpReply | NetworkFailed:
        path = request.url.removeprefix(URL)
        if path.endswith("/sampling"):
            return reply(200, self.terms)
        if path.endswith("/samples"):
            return reply(self.status, b"")
        return reply(204, b"") if request.method == "POST" else reply(200, snapshot_at(3))

    def ask(self, context: Mapping[str, object]) -> None:
        self.client.get_boolean("site.diary", False, context)

    def terms_are(self, terms_id: str, attributes: dict[str, str]) -> None:
        assert self.world.hello is not None
        self.terms = {**TERMS, "id": terms_id, "attributes": attributes}
        self.world.hello["sampling"] = terms_id
        self.world.pass_time(10_000)

    @property
    def reports(self) -> list[list[dict[str, object]]]:
        posted: list[Any] = self.world.posted("/sdk/v1/samples")
        return [each["contexts"] for each in posted]

    @property
    def contexts(self) -> list[dict[str, object]]:
        return [context for report in self.reports for context in report]

    @property
    def bytes(self) -> bytes:
        return b"\n".join(f"{request.url} {dict(request.headers)}".encode() + request.body for _, request in self.world.requests)


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: str(vector["name"]))
def test_what_leaves_a_process_is_what_the_vectors_say(vector: dict[str, Any]) -> None:
    picked = compile_pick(VECTORS["attributes"], VECTORS["customer"])(vector["context"])
    assert seal(picked, VECTORS["attributes"], KEY) == {"plain": vector["plain"], "hashed": vector["hashed"]}


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (5, "5"),
        (-1.5, "-1.5"),
        (1e21, "1e+21"),
        (123456789012345678901.0, "123456789012345680000"),
        (0.000001, "0.000001"),
        (1.5e-7, "1.5e-7"),
        (2**60, "1152921504606847000"),
    ],
)
def test_numbers_are_written_as_ecmascript_says(number: float, text: str) -> None:
    assert number_text(number) == text


def test_contexts_leave_as_they_are_declared_each_different_one_once_and_nothing_else_does() -> None:
    rig = Rig()
    rig.ask({"targetingKey": "u-canary", "customer": "canary-acme", "plan": "pro", "country": "DE", "email": "canary@example.com"})
    rig.ask({"targetingKey": "u-other", "customer": "canary-bolt", "plan": "pro", "country": "DE"})
    rig.client.get_string_details("greeting", "?", {"plan": "free"})
    rig.client.for_request().get_boolean("site.diary", False, {"plan": "team"})
    rig.ask({"email": "canary@example.com"})
    rig.world.pass_time(MINUTE)
    assert rig.contexts == [
        {"plain": {"plan": "pro"}, "hashed": {"country": GERMANY}},
        {"plain": {"plan": "free"}, "hashed": {}},
        {"plain": {"plan": "team"}, "hashed": {}},
    ]
    assert b"canary" not in rig.bytes
    assert b'"DE"' not in rig.bytes
    counts = rig.client.samples
    assert (counts.attributes, counts.sent, counts.dropped) == (("plan", "country"), 3, 0)


def test_the_key_of_customer_or_user_never_leaves_plain_whatever_a_server_asks_for() -> None:
    rig = Rig()
    rig.terms_are("terms-2", dict.fromkeys(["customer", "targetingKey", "tenant", "plan"], "plain"))
    rig.ask({"targetingKey": "u-canary", "customer": "canary-acme", "tenant": "canary-acme", "plan": "pro"})
    rig.world.pass_time(MINUTE)
    assert rig.contexts == [{"plain": {"plan": "pro"}, "hashed": {}}]
    assert b"canary" not in rig.bytes


def test_no_more_is_sampled_than_the_application_allows_and_nothing_unasked_beside_signatures() -> None:
    rig = Rig(sampled_attributes=["country"])
    rig.ask({"plan": "pro", "country": "DE"})
    rig.world.pass_time(MINUTE)
    assert rig.contexts == [{"plain": {}, "hashed": {"country": GERMANY}}]
    none = Rig(sampled_attributes=[])
    none.ask({"plan": "pro"})
    none.world.pass_time(MINUTE)
    assert b"sampl" not in none.bytes
    assert Options(signature_keys=["slv_any"]).sampled_in_force == ()
    assert Options(signature_keys=["slv_any"], sampled_attributes=["plan"]).sampled_in_force == ["plan"]
    assert Options().sampled_in_force is None


def test_reports_come_once_a_minute_at_most_and_what_was_reported_is_not_again() -> None:
    rig = Rig()
    for second in range(0, 600, 5):
        rig.ask({"plan": f"p{second}"})
        rig.ask({"plan": "always"})
        rig.world.pass_time(5_000)
    assert 8 <= len(rig.reports) <= 10
    assert len([context for context in rig.contexts if context["plain"] == {"plan": "always"}]) == 1


def test_a_flood_of_100_000_stays_within_bounds() -> None:
    rig = Rig()
    for at in range(100_000):
        rig.ask({"plan": f"p{at}"})
    rig.world.pass_time(MINUTE)
    assert [len(report) for report in rig.reports] == [100]
    assert rig.client.samples.dropped > 100
    assert max(len(request.body) for _, request in rig.world.requests) < 64 * 1024


def test_other_terms_are_followed_and_nothing_is_sampled_where_there_are_none() -> None:
    rig = Rig()
    rig.ask({"plan": "before"})
    rig.terms_are("terms-2", {"seats": "plain"})
    rig.ask({"plan": "pro", "seats": 5})
    rig.world.pass_time(MINUTE)
    assert rig.contexts == [{"plain": {"seats": 5}, "hashed": {}}]
    rig.terms_are("", {})
    rig.ask({"seats": 6})
    rig.world.pass_time(5 * MINUTE)
    assert len(rig.reports) == 1


@pytest.mark.parametrize(
    "terms", [{"id": "terms-1", "attributes": "all"}, {**TERMS, "attributes": {f"a{at}": "plain" for at in range(21)}}]
)
def test_terms_that_cannot_be_read_are_asked_for_twice_a_minute_at_most(terms: dict[str, Any]) -> None:
    rig = Rig()
    rig.terms_are("terms-2", {})
    before = len(rig.world.requests)
    assert rig.world.hello is not None
    rig.world.hello["sampling"] = "terms-3"
    rig.terms = {**terms, "id": "terms-3"}
    rig.world.pass_time(5 * MINUTE)
    rig.ask({"plan": "pro"})
    rig.world.pass_time(2 * MINUTE)
    asked = [request for _, request in rig.world.requests[before:] if request.url.endswith("/sdk/v1/sampling")]
    assert 0 < len(asked) <= 14
    assert rig.reports == []


def test_what_the_server_does_not_take_is_lost_and_nothing_is_said() -> None:
    rig = Rig()
    lines = len(rig.world.lines.lines)
    rig.status = 500
    rig.ask({"plan": "pro"})
    rig.world.pass_time(3 * MINUTE)
    assert (len(rig.reports), rig.client.samples.sent, rig.client.samples.dropped) == (1, 0, 1)
    assert len(rig.world.lines.lines) == lines
    assert rig.client.get_boolean("site.diary", False) is True


def test_a_context_that_raises_is_not_sampled_and_one_that_is_too_large_neither() -> None:
    class Broken(dict[str, object]):
        def get(self, *_: object) -> object:
            raise ValueError("a host's own")

    rig = Rig()
    rig.terms_are("terms-2", {f"a{at}": "plain" for at in range(12)})
    rig.ask({f"a{at}": "x" * 200 for at in range(12)})
    rig.ask(Broken())
    rig.ask({"a1": "seen"})
    rig.world.pass_time(MINUTE)
    assert rig.contexts == [{"plain": {"a1": "seen"}, "hashed": {}}]


def test_what_is_left_goes_out_when_the_client_is_closed() -> None:
    rig = Rig()
    rig.ask({"plan": "pro"})
    closing = threading.Thread(target=rig.client.close)
    closing.start()
    while closing.is_alive():
        rig.world.pass_time(1)
    rig.ask({"plan": "late"})
    assert rig.contexts == [{"plain": {"plan": "pro"}, "hashed": {}}]
