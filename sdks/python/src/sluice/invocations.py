"""Flags of a process that is frozen between invocations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from .connection import Receiver
from .ports import Cancel, World
from .snapshot_request import Fetched, SnapshotSource, fetch_snapshot
from .trouble import Trouble, unreachable

# A process without any flags asks sooner, so that a server that was away for a moment is no half minute of the code's defaults.
_NOTHING_HELD_MS = 1_000


@runtime_checkable
class LentThread(Protocol):
    """A world whose callbacks come while somebody lends it a thread."""

    def run(self, is_done: Callable[[], bool], max_s: float) -> None:
        """Until it is done, or the time is over."""

    def end_workers(self) -> None:
        """Waits for the threads of requests that were ended."""


class Invocations:
    """Asks for the snapshot within invocations alone, in place of a `Connection`: no stream, and no timer that somebody waits for."""

    def __init__(self, world: World, source: SnapshotSource, receiver: Receiver, every_ms: float) -> None:
        self._world = world
        self._source = source
        self._receiver = receiver
        self._every_ms = every_ms
        self._asked_ms: float | None = None
        self._cancel: Cancel | None = None
        self.trouble: Trouble | None = None
        """Why the server did not give its flags the last time; None where it did."""

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return self._cancel is None

    def refresh(self) -> None:
        """Asks where the last time is long enough ago."""
        now_ms = self._world.monotonic_ms()
        due_ms = min(self._every_ms, _NOTHING_HELD_MS) if self._receiver.version is None else self._every_ms
        if self._cancel is not None or (self._asked_ms is not None and now_ms - self._asked_ms < due_ms):
            return
        self._asked_ms = now_ms
        self._cancel = fetch_snapshot(self._world, self._source, self._receiver.version, 0, self._got)

    def stop(self, waited_s: float) -> None:
        """Ends what is under way: the invocation has waited long enough."""
        if self._cancel is not None:
            self._cancel()
            self._got(unreachable(self._source.address.base, f"no whole answer within {waited_s:g} s"))

    def _got(self, fetched: Fetched | Trouble) -> None:
        self._cancel = None
        if isinstance(fetched, Trouble):
            if self.trouble is None or self.trouble.kind != fetched.kind:
                self._world.log.warning(str(fetched))
            self.trouble = fetched
            self._receiver.disconnected()
            return
        self.trouble = None
        if fetched.snapshot is not None:
            offer = self._receiver.took_snapshot(fetched.snapshot, fetched.urgent, fetched.steps)
            if offer.kind == "refused":
                self._world.log.warning(f"The server's snapshot is not used: {offer.why}. Answers stay as they are.")
        self._receiver.reached()
