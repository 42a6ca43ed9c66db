"""What the vectors cannot say: Python's own hostile values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from enum import Enum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sluice.evaluation import (
    Answer,
    Patch,
    Snapshot,
    UrgentKill,
    compile_snapshot,
    decode_patch,
    decode_snapshot,
    decode_urgent_kill,
    evaluate,
)
from sluice.evaluation.bucketing import algorithm_of

OPERATORS = [["equals", "plan", "pro"], ["in", "plan", ["pro", "team"]], ["in", "plan", ["pro", 1, True]], ["contains", "plan", "ro"]]


ALMOST_ALL: Mapping[str, object] = {"share": 99_999, "of": "on"}


def answer_of(condition: object, context: Mapping[str, object], serve: object = "on") -> Answer:
    flags = {"f": {"rules": [{"if": condition, "serve": serve}]}}
    snapshot = decode_snapshot({"format": 1, "environment": "p", "epoch": "e", "seq": 1, "salt": "s", "flags": flags})
    assert isinstance(snapshot, Snapshot)
    return evaluate(compile_snapshot(snapshot), "f", context)


class Hostile:
    """Equal to everything, and of a hash that finds it everywhere."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return hash("pro")


class Raising(Mapping[str, object]):
    def __getitem__(self, name: str) -> object:
        raise RuntimeError(name)

    def __iter__(self) -> Iterator[str]:
        raise RuntimeError

    def __len__(self) -> int:
        raise RuntimeError


class Plan(str, Enum):
    PRO = "pro"


@pytest.mark.parametrize("condition", OPERATORS)
@pytest.mark.parametrize("value", [Hostile(), [1], {}, float("nan"), 10**400, object(), b"pro", len])
def test_a_value_that_is_no_text_matches_no_text(condition: object, value: object) -> None:
    assert answer_of(condition, {"plan": value}).value is False


@pytest.mark.parametrize("condition", OPERATORS)
def test_a_context_that_raises_has_no_attributes(condition: object) -> None:
    assert answer_of(condition, Raising()).value is False
    assert answer_of(["not", condition], Raising()).value is True


@pytest.mark.parametrize("condition", OPERATORS)
def test_a_text_of_a_subclass_is_a_text(condition: object) -> None:
    assert answer_of(condition, {"plan": Plan.PRO}).value is True


@pytest.mark.parametrize("condition", [*OPERATORS, ["all", ["equals", "plan", "pro"]]])
@pytest.mark.parametrize(
    ("context", "expected"),
    [({"plan": "pro"}, True), ({"plan": Plan.PRO}, True), ({"plan": Hostile()}, False), ({"plan": [1]}, False), (Raising(), False)],
)
def test_a_percentage_is_of_those_who_match(condition: object, context: Mapping[str, object], expected: bool) -> None:
    asked = context if isinstance(context, Raising) else {"targetingKey": "u1", **context}
    assert answer_of(condition, asked, ALMOST_ALL).value is expected
    assert answer_of(condition, context, ALMOST_ALL).value is False, "without a unit"


@pytest.mark.parametrize("unit", [Hostile(), True, [1], 1.5, None, 10**400])
def test_what_is_no_unit_is_in_no_percentage(unit: object) -> None:
    assert answer_of(["equals", "plan", "pro"], {"targetingKey": unit, "plan": "pro"}, ALMOST_ALL).value is False


@pytest.mark.parametrize("share", [0, 1, 333, 50_000, 73_000, 73_001, 99_999, 100_000])
@pytest.mark.parametrize(("name", "of"), [("sluice-v1", 1 << 32), ("unleash-v1", 100)])
def test_a_share_ends_where_its_slots_end(name: str, of: int, share: int) -> None:
    algorithm = algorithm_of(name)
    assert algorithm is not None
    _, limit = algorithm.share("s", share)
    assert limit * 100_000 // of >= share
    assert limit == 0 or (limit - 1) * 100_000 // of < share


def test_a_default_dict_makes_no_attribute_up() -> None:
    context: defaultdict[str, object] = defaultdict(lambda: "pro")
    assert answer_of(["equals", "plan", "pro"], context).value is False
    assert not context


def test_a_context_within_itself_ends() -> None:
    context: dict[str, object] = {"plan": "pro"}
    context["self"] = context
    assert answer_of(["equals", "self.self.self.plan", "pro"], context).value is True


def test_tuples_are_lists() -> None:
    assert answer_of(["includes", "roles", "admin"], {"roles": ("user", "admin")}).value is True


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
NAMES = st.sampled_from(
    ["format", "environment", "epoch", "seq", "salt", "flags", "kills", "segments", "journals", "set", "drop", "base", "to", "id"]
)
DOCUMENTS = st.dictionaries(NAMES, JSON, max_size=10)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(JSON | DOCUMENTS | st.text() | st.binary().map(lambda data: data.decode(errors="replace")))
def test_decoders_never_raise(source: object) -> None:
    for decode in (decode_snapshot, decode_patch, decode_urgent_kill):
        assert isinstance(decode(source), (Snapshot, Patch, UrgentKill, list))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    flag=JSON | st.dictionaries(st.sampled_from(["rules", "variants", "off", "pins", "exposure", "prerequisites", "eligible"]), JSON),
    context=JSON,
)
def test_no_flag_and_no_context_raises(flag: object, context: object) -> None:
    snapshot = decode_snapshot(
        {"format": 1, "environment": "p", "epoch": "e", "seq": 1, "salt": "s", "flags": {"f": flag}, "kills": {}, "segments": {"s": flag}}
    )
    assert isinstance(snapshot, Snapshot)
    answer = evaluate(compile_snapshot(snapshot), "f", context if isinstance(context, dict) else {})
    assert answer.reason in {"DISABLED", "TARGETING_MATCH", "SPLIT", "STATIC", "DEFAULT", "ERROR"}
