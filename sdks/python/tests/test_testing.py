"""The test kit."""

from __future__ import annotations

import pytest

from sluice.testing import MemoryClient, StrictlyRefused
from sluice.testing.pytest_plugin import WithFlag

DEFINITIONS = {
    "format": 1,
    "environment": "production",
    "epoch": "e",
    "seq": 9,
    "salt": "s",
    "flags": {"site.diary": {"rules": [{"if": ["equals", "plan", "pro"], "serve": "on"}]}},
}


def test_a_flag_has_its_value_inside_the_block_only() -> None:
    client = MemoryClient({"a": True})
    with client.with_flag("a", False), client.with_flag("b", "text"):
        assert client.get_boolean("a", True) is False
        assert client.get_string("b", "") == "text"
    assert client.get_boolean("a", False) is True
    assert client.get_string("b", "none") == "none"


def test_a_fixture_sets_a_flag(sluice_flags: MemoryClient, with_flag: WithFlag) -> None:
    with_flag("a", {"list": [1, None]})
    assert sluice_flags.get_object("a", {}) == {"list": [1, None]}


def test_and_nothing_of_it_is_left_for_the_next(sluice_flags: MemoryClient) -> None:
    assert sluice_flags.get_object("a", {}) == {}


def test_definitions_answer_by_their_rules() -> None:
    client = MemoryClient(definitions=DEFINITIONS)
    assert client.get_boolean("site.diary", False, {"plan": "pro"}) is True
    assert client.explain("site.diary", {"plan": "free"})[1] == "Rule #1 does not apply."
    with client.with_flag("site.diary", False):
        assert client.get_boolean("site.diary", False, {"plan": "pro"}) is False


def test_strictly_an_unknown_key_and_another_default_fail() -> None:
    client = MemoryClient(definitions=DEFINITIONS, mode="strict")
    assert client.get_boolean("site.diary", False) is False
    with pytest.raises(StrictlyRefused, match="no definition has it"):
        client.get_boolean("site.dairy", False)
    with pytest.raises(StrictlyRefused, match="serves False when off"):
        client.get_boolean_details("site.diary", True)
