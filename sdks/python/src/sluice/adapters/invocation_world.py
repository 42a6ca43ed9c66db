"""The real world of a process that is frozen between invocations."""

from __future__ import annotations

import traceback
from collections.abc import Callable

from .real_world import RealWorld

# What a thread of a request that was ended may take to end as well.
_END_S_MAX = 0.25


class InvocationWorld(RealWorld):
    """Has no thread of its own: what is to be done waits until an invocation lends it its own.

    Threads that wait for the network or the disk are there within an invocation alone.
    """

    def post(self, run: Callable[[], None]) -> None:
        """Runs something with the next `run`."""
        if not self._is_closed:
            self._came.put((run, None))

    def run(self, is_done: Callable[[], bool], max_s: float) -> None:
        """Does what there is to do on the caller's thread until it is done, or the time is over. One caller at a time."""
        is_late = False

        def late() -> None:
            nonlocal is_late
            is_late = True

        stop_timer = self.after(max_s * 1000, late)
        while not is_done() and not is_late:
            step = self._next()
            if step is None:
                break
            try:
                step()
            except Exception:
                # A fault of ours must not end the host's invocation.
                self.log.error(f"The SDK met a fault: {traceback.format_exc().strip()}")
        stop_timer()

    def end_workers(self) -> None:
        """Waits for the threads of requests that were ended, but not for ever."""
        for thread in list(self._workers):
            thread.join(_END_S_MAX)
