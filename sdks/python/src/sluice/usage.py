"""How often each answer was given."""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass

from .evaluation.answer import Count
from .evaluation.shape import is_number

# Different flags × variants × reasons counted in one process: 10,000 flags of two variants. Memory is bounded by it.
_COUNTS_MAX = 20_000
# Different names of outcomes; a host that makes them up from data must not grow this for ever.
_OUTCOMES_MAX = 1_000


@dataclass(frozen=True)
class AnswerCount:
    """Answers of one flag with one variant (None: the code's default) and reason, since the process began."""

    flag: str
    variant: str | None
    reason: str
    count: int


@dataclass(frozen=True)
class Outcome:
    """How often something that matters happened, and the sum of the values that came with it."""

    name: str
    count: int
    total: float


@dataclass(frozen=True)
class Usage:
    """All counts; ``dropped`` are answers and outcomes that had no room for a count of their own."""

    counts: tuple[AnswerCount, ...]
    outcomes: tuple[Outcome, ...]
    dropped: int


class _Counter:
    """`itertools.count` counts whole steps in any thread without a lock, in C. It can only be read by counting once more."""

    def __init__(self) -> None:
        self.count: Count = itertools.count().__next__
        self._reads = 0

    def read(self) -> int:
        value = self.count()
        assert isinstance(value, int)
        self._reads += 1
        return value - self._reads + 1


class UsageCounters:
    """Gives every answer its counter when a flag is compiled, the same one again after a patch."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counters: dict[tuple[str, str | None, str], _Counter] = {}
        self._outcomes: dict[str, tuple[int, float]] = {}
        self._dropped = _Counter()

    def count_of(self, flag: str, variant: str | None, reason: str) -> Count:
        """What counts the answers of one flag, variant and reason."""
        name = (flag, variant, reason)
        with self._lock:
            counter = self._counters.get(name)
            if counter is None:
                if len(self._counters) >= _COUNTS_MAX:
                    return self._dropped.count
                counter = self._counters[name] = _Counter()
            return counter.count

    def track(self, name: str, value: float | None) -> None:
        """Counts an outcome; a value that is no finite number adds nothing."""
        with self._lock:
            known = self._outcomes.get(name)
            if known is None and len(self._outcomes) >= _OUTCOMES_MAX:
                self._dropped.count()
                return
            count, total = known or (0, 0.0)
            self._outcomes[name] = (count + 1, total + (value if is_number(value) else 0))

    def read(self) -> Usage:
        """All counts so far that are not 0."""
        with self._lock:
            read = [(name, counter.read()) for name, counter in self._counters.items()]
            return Usage(
                tuple(AnswerCount(*name, count) for name, count in read if count > 0),
                tuple(Outcome(name, *counted) for name, counted in self._outcomes.items()),
                self._dropped.read(),
            )
