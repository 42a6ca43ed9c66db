"""How often each answer was given."""

from __future__ import annotations

import itertools
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from .alone import Alone
from .evaluation.counter import Counter, Steps

# Different flags × variants × reasons counted in one process: 10,000 flags of two variants. Memory is bounded by it.
_COUNTS_MAX = 20_000
# Flags whose default was answered, by why: a host that makes keys up from data must not grow this for ever.
_DEFAULTS_MAX = 1_000
_KEY_CHARS_MAX = 200
# Different counts of customers that wait to be told, about 400 bytes each; an answer beyond them counts for nobody in particular.
_CUSTOMER_COUNTS_MAX = 2_000
# Those of one batch, and characters that one has beside its names.
_CUSTOMERS_PER_BATCH_MAX = 500
_CUSTOMER_CHARS = 30
# Answers of one batch, and characters of their names, so that its body stays below the server's 256 KiB.
_COUNTS_PER_BATCH_MAX = 1_000
_CHARS_PER_BATCH_MAX = 50_000
# Answers of one counter between two looks at a context, at the most. So many ticks are handed out at once: what that costs is
# nothing to each of them, and to take back what is left of them, for 20,000 counters, a tenth of a second.
LOOK_EVERY_MAX = 4_096


@dataclass(frozen=True)
class AnswerCount:
    """Answers of one flag with one variant and reason, since the process began.

    ``variant`` is None where the code's default was answered; ``cause`` says why it was, and is None elsewhere.
    """

    flag: str
    variant: str | None
    reason: str
    count: int
    cause: str | None = None


@dataclass(frozen=True)
class Usage:
    """All counts; ``dropped`` are answers that had no room for a count of their own."""

    counts: tuple[AnswerCount, ...]
    dropped: int


class _Counted(NamedTuple):
    flag: str
    variant: str | None
    reason: str
    cause: str | None


class _OfCustomer(NamedTuple):
    flag: str
    variant: str | None
    reason: str
    customer: str


def _steps() -> Steps:
    """`itertools.count` makes whole steps in any thread where there is the one lock of the interpreter, and none else is needed."""
    steps = itertools.count().__next__
    if _has_one_lock():
        return steps
    # A signal handler may count in the middle of a count.
    lock = threading.RLock()

    def locked() -> int:
        with lock:
            return steps()

    return locked


def _counter() -> Counter:
    return Counter(iter(()), _steps())


def _has_one_lock() -> bool:
    """False in a free-threaded interpreter, whose iterators may lose steps; where the lock is on, it stays on."""
    is_on: Callable[[], bool] | None = getattr(sys, "_is_gil_enabled", None)
    return is_on is None or is_on()


class UsageCounters:
    """Gives every answer its counter when a flag is compiled, the same one again after a patch.

    Finding a counter takes no lock: it is one step of a dict, which is whole for threads and for signal handlers, and whoever goes
    through all counters goes through a copy, which is one step too.
    """

    def __init__(self) -> None:
        # Reading, handing out and taking back.
        self._alone = Alone()
        self._counters: dict[_Counted, Counter] = {}
        self._defaults: dict[_Counted, Counter] = {}
        self._of_customers = Alone()
        self._customers: dict[_OfCustomer, int] = {}
        self._last_read = Usage((), 0)
        self._dropped = _counter()
        self._look_every = LOOK_EVERY_MAX

    def look_every(self, answers: int) -> None:
        """From now on so many answers of a counter end its ticks, 1 to `LOOK_EVERY_MAX`: whoever gives the last one comes to `answered`."""
        if answers >= self._look_every:
            self._look_every = answers
            return
        self._look_every = answers
        self._alone.do(self._take_back)

    def answered(self, counter: Counter) -> None:
        """Counts an answer that found no tick. Nobody waits: where a batch is being made, the next answer gets new ticks."""
        counter.apart()
        # Ticks are steps of an iterator, too.
        ticks = self._look_every - 1 if _has_one_lock() else 0
        if ticks > 0:
            self._alone.do_at_once(lambda: counter.hand_out(ticks))

    def counter_of(self, flag: str, variant: str | None, reason: str) -> Counter:
        """What counts the answers of one flag, variant and reason."""
        name = _Counted(flag, variant, reason, None)
        counter = self._counters.get(name)
        if counter is None:
            if len(self._counters) >= _COUNTS_MAX:
                return self._dropped
            # Of two who come at once, both get what was there first.
            counter = self._counters.setdefault(name, _counter())
        return counter

    def default_of(self, flag: str, cause: str) -> Counter:
        """What counts a code's default: ``unknownFlag``, ``wrongType`` or ``noSnapshot``."""
        name = _Counted(flag, None, "ERROR", cause)
        counter = self._defaults.get(name)
        if counter is None:
            if len(self._defaults) >= _DEFAULTS_MAX or not 0 < len(flag) <= _KEY_CHARS_MAX:
                return self._dropped
            counter = self._defaults.setdefault(name, _counter())
        return counter

    def defaulted(self, flag: str, cause: str) -> None:
        """Counts a code's default, as `default_of` names it."""
        self.default_of(flag, cause).apart()

    def of_customer(self, flag: str, variant: str | None, reason: str, customer: str) -> None:
        """An answer that was counted was one customer's, named by a hash.

        What has no room is told without a customer, and what a signal handler asks in the middle of another such count.
        """
        name = _OfCustomer(flag, variant, reason, customer)
        self._of_customers.do(lambda: self._count_customer(name))

    def _count_customer(self, name: _OfCustomer) -> None:
        count = self._customers.get(name)
        if count is not None or len(self._customers) < _CUSTOMER_COUNTS_MAX:
            self._customers[name] = (count or 0) + 1

    def _all(self) -> list[tuple[_Counted, Counter]]:
        return [*self._counters.copy().items(), *self._defaults.copy().items()]

    def _take_back(self) -> None:
        for _, counter in self._all():
            counter.take_back()
        self._dropped.take_back()

    def _take_customers(self) -> tuple[list[dict[str, object]], int]:
        """Forgets what it gives, and how many characters that has."""
        taken: list[dict[str, object]] = []
        chars = 0
        for name in list(self._customers)[:_CUSTOMERS_PER_BATCH_MAX]:
            chars += len(name.flag) + len(name.variant or "") + _CUSTOMER_CHARS
            if chars > _CHARS_PER_BATCH_MAX:
                break
            counter = self._counter_of(name)
            # A batch that was made between an answer and its customer has told it already.
            count = min(self._customers.pop(name), counter.grown())
            # Told here, it is not told again without the customer.
            counter.tell(count)
            if count > 0:
                taken.append({**{part: value for part, value in name._asdict().items() if value is not None}, "count": count})
        return taken, chars

    def take(self) -> tuple[list[dict[str, object]], int]:
        """What was counted since it was last taken, as much as one batch holds, and how many were dropped."""
        return self._alone.do(self._take) or ([], 0)

    def _take(self) -> tuple[list[dict[str, object]], int]:
        taken, chars = self._of_customers.do(self._take_customers) or ([], 0)
        waiting: dict[Counter, int] = {}
        for customer, count in self._customers.copy().items():
            waiting[self._counter_of(customer)] = waiting.get(self._counter_of(customer), 0) + count
        for name, counter in self._all():
            # What the next batch says of customers waits for it.
            grown = counter.grown() - waiting.get(counter, 0)
            if grown <= 0:
                continue
            chars += len(name.flag) + len(name.variant or "")
            if len(taken) == _COUNTS_PER_BATCH_MAX or chars > _CHARS_PER_BATCH_MAX:
                break
            counter.tell(grown)
            parts = {"flag": name.flag, "variant": name.variant, "reason": name.reason, "cause": name.cause, "count": grown}
            taken.append({part: value for part, value in parts.items() if value is not None})
        dropped = self._dropped.grown()
        self._dropped.tell(dropped)
        return taken, dropped

    def _counter_of(self, name: _OfCustomer) -> Counter:
        return self._counters.get(_Counted(name.flag, name.variant, name.reason, None), self._dropped)

    @property
    def is_told(self) -> bool:
        """Whether nothing was counted since it was last taken."""
        # Who asks while a batch is being made, in a signal handler, is told by that.
        return self._alone.do(lambda: self._dropped.grown() == 0 and all(counter.grown() == 0 for _, counter in self._all())) is not False

    def read(self) -> Usage:
        """All counts so far that are not 0. In a signal handler in the middle of such a read: what was read before."""
        return self._alone.do(self._read) or self._last_read

    def _read(self) -> Usage:
        read = [(name, counter.read()) for name, counter in self._all()]
        counts = tuple(AnswerCount(name.flag, name.variant, name.reason, count, name.cause) for name, count in read if count > 0)
        self._last_read = Usage(counts, self._dropped.read())
        return self._last_read
