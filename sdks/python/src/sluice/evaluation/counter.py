"""How often one answer was given."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterator
from typing import TypeAlias

Steps: TypeAlias = Callable[[], int]
"""Gives 0, 1, 2, … to whoever calls it, from any thread: each number once."""


class Counter:
    """Counts an answer by taking a tick: one step of an iterator in C, which no other thread can fall into.

    Who answers runs ``for _ in counter.ticks: break``, the cheapest increment that CPython has (docs/decisions/0028). Where no
    tick is left he counts ``apart``, and new ticks are handed out, as many as there are answers until a context is looked at.
    What was counted is what was handed out less what is left, and what was counted apart.

    Any thread may take ticks and count apart. All else is done by whoever is alone at the counts.
    """

    __slots__ = ("_handed_out", "_reads", "_told", "apart", "ticks")

    def __init__(self, ticks: Iterator[None], apart: Steps) -> None:
        self.ticks = ticks
        self.apart = apart
        self._handed_out = 0
        self._reads = 0
        self._told = 0

    def hand_out(self, ticks: int) -> None:
        """New ticks, unless some are left. Ticks that are used up stay so: whoever still holds them counts apart."""
        if ticks > 0 and operator.length_hint(self.ticks) == 0:
            self._handed_out += ticks
            self.ticks = itertools.repeat(None, ticks)

    def take_back(self) -> None:
        """The ticks that are left: the next answer counts apart."""
        left = len(list(self.ticks))
        self._handed_out -= left

    def read(self) -> int:
        """All that was counted. `apart` can only be read by counting once more."""
        apart = self.apart() - self._reads
        self._reads += 1
        return apart + self._handed_out - operator.length_hint(self.ticks)

    def grown(self) -> int:
        """What it has grown since `tell`."""
        return self.read() - self._told

    def tell(self, grown: int) -> None:
        """So much of what it has grown is told."""
        self._told += grown
