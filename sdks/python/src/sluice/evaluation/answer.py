"""What one flag answers for one context."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from .counter import Counter

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"

Context: TypeAlias = Mapping[str, object]
"""The person and customer a question is about. ``targetingKey`` is the user. Other attributes may be nested or flattened
(``"plan.tier"``); a flattened name wins over a nested one. Strings, finite numbers, booleans, lists of these and mappings
count; anything else is missing."""


class _Missing:
    """The type of `MISSING`: JSON's null is a value, so None cannot say that there is none."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()

UNCOUNTED: Final = Counter(itertools.repeat(None), itertools.count().__next__)
"""Counts nothing: its ticks have no end, and nobody reads it."""


class Answer:
    """Made once when the flag is compiled and shared by all who ask: never change one.

    ``value`` is `MISSING` and ``variant`` None only with reason ``ERROR``, where the caller's default is the value.
    ``reason`` is OpenFeature's; ``cause`` is the exact step of the precedence that decided (``kill``, ``prerequisite``,
    ``ineligible``, ``pin``, ``exposure``, ``rule``, ``default``, or ``unknownFlag``, ``wrongType``, ``noSnapshot``);
    ``by`` names it further. ``problems`` says what was skipped because it could not be read.
    """

    __slots__ = ("by", "cause", "counter", "problems", "reason", "value", "variant")

    def __init__(
        self,
        *,
        reason: str,
        cause: str,
        value: object = MISSING,
        variant: str | None = None,
        by: str | None = None,
        problems: tuple[str, ...] = (),
        counter: Counter = UNCOUNTED,
    ) -> None:
        self.value = value
        self.variant = variant
        self.reason = reason
        self.cause = cause
        self.by = by
        self.problems = problems
        self.counter = counter

    def __repr__(self) -> str:
        return f"Answer(value={self.value!r}, variant={self.variant!r}, reason={self.reason!r}, cause={self.cause!r}, by={self.by!r})"


@dataclass(frozen=True)
class Asker:
    """The process that asks: what an SDK was configured with. Kill scopes may name it."""

    service: str | None = None
    version: str | None = None
