"""What is done alone: by no two threads at once, and by no signal handler in the middle of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")


class Alone:
    """A lock that nobody waits for forever.

    A signal handler runs on a thread that may hold it, in the middle of anything. A plain lock would hang there, and one that its
    thread may take twice would let it into a dict that is being read. It is taken by ``with`` alone: whoever calls ``acquire`` and
    is interrupted there by a handler that raises keeps it for ever.
    """

    __slots__ = ("_lock", "is_held", "missed")

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.is_held = False
        """Whether somebody is at it now."""
        self.missed = 0
        """How often a handler came into the middle of it. Changed by whoever is alone."""

    def do(self, work: Callable[[], _T]) -> _T | None:
        """Does it as soon as no other thread is at it; in the middle of it, nothing, and gives None."""
        with self._lock:
            if self.is_held:
                self.missed += 1
                return None
            self.is_held = True
            try:
                return work()
            finally:
                self.is_held = False

    def do_at_once(self, work: Callable[[], object]) -> None:
        """Does it where nobody is at it. Nobody waits."""
        # From this look to the lock an interpreter turns to no other thread (3.10 may, for the time of an instruction).
        if self.is_held:
            return
        with self._lock:
            self.do(work)
