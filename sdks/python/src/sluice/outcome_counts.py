"""How often what a flag is about went well or failed, by customer: counts alone, in fixed memory."""

from __future__ import annotations

import re
from typing import NamedTuple

from .alone import Alone

# Different counts held at once, about 400 bytes each: a host that makes names up from data fills no memory.
_COUNTS_MAX = 2_000
# Counts of one batch, so that its body stays below the server's 256 KiB.
_COUNTS_PER_BATCH_MAX = 500
_NAME_CHARS_MAX = 200
# Names of outcomes, as guards name them.
_OUTCOME_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")


class OutcomeOf(NamedTuple):
    """What is counted apart; ``customer`` is a hash, as snapshots hold it: names do not travel."""

    flag: str
    variant: str
    outcome: str
    customer: str


class OutcomeCounts:
    """Any thread may note, and any signal handler; one takes."""

    def __init__(self) -> None:
        self._alone = Alone()
        self._counts: dict[OutcomeOf, list[int]] = {}
        self._dropped = 0
        self._missed_told = 0

    def note(self, what: OutcomeOf, *, failed: bool) -> bool:
        """Counts one; as dropped where there is no room, or a signal handler notes in the middle of a count. False: the name is none."""
        if not _OUTCOME_NAME.match(what.outcome) or len(what.flag) > _NAME_CHARS_MAX or len(what.variant) > _NAME_CHARS_MAX:
            return False
        self._alone.do(lambda: self._count(what, 1 if failed else 0))
        return True

    def _count(self, what: OutcomeOf, which: int) -> None:
        count = self._counts.get(what)
        if count is None:
            if len(self._counts) >= _COUNTS_MAX:
                self._dropped += 1
                return
            count = self._counts[what] = [0, 0]
        count[which] += 1

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not self._counts and self._dropped == 0 and self._alone.missed == self._missed_told

    def take(self) -> tuple[list[dict[str, object]], int]:
        """What one batch holds, and how many were dropped; forgets both."""
        return self._alone.do(self._take) or ([], 0)

    def _take(self) -> tuple[list[dict[str, object]], int]:
        taken: list[dict[str, object]] = []
        for name in list(self._counts)[:_COUNTS_PER_BATCH_MAX]:
            ok, failed = self._counts.pop(name)
            taken.append({**name._asdict(), "ok": ok, "failed": failed})
        missed = self._alone.missed
        dropped = self._dropped + missed - self._missed_told
        self._dropped, self._missed_told = 0, missed
        return taken, dropped
