"""Fixtures for pytest; found by its entry point."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TypeAlias

import pytest

from ..evaluation import JsonValue
from .memory_client import MemoryClient

WithFlag: TypeAlias = Callable[[str, JsonValue], None]


@pytest.fixture
def sluice_flags() -> MemoryClient:
    """A client in memory, without flags. Override it to begin with your definitions, or to be strict."""
    return MemoryClient()


@pytest.fixture
def with_flag(sluice_flags: MemoryClient) -> Iterator[WithFlag]:
    """``with_flag("key", value)``: the flag of ``sluice_flags`` has this value until the test ends."""
    with ExitStack() as stack:
        yield lambda key, value: stack.enter_context(sluice_flags.with_flag(key, value))
