"""The last good flags on disk."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass

from .evaluation import Snapshot, UrgentKill, decode_snapshot
from .ports import Cancel, World
from .signature_check import SIGNED_KINDS
from .signed_trail import SignedStep
from .wire import parse_record, read_urgent_items

# Changes that come in a burst are written once; a busy configuration must not wear out the disk. Kills do not wait for this.
_WRITE_DELAY_MS = 200
_WRITE_PERIOD_MS = 1_000
# A disk that refused is asked again after this, also without a further change.
_WRITE_RETRY_MS = 30_000


@dataclass(frozen=True)
class StoredState:
    """A state as it is kept on disk."""

    snapshot: Snapshot
    urgent: tuple[UrgentKill, ...]


@dataclass(frozen=True)
class SignedState:
    """The same, where signatures are checked: the signed texts that it is made of."""

    steps: tuple[SignedStep, ...]


# More than a trail ever has, with those of a replaced epoch.
_SIGNED_MAX = 10_000


def stored_name(environment: str | None, key: str) -> str:
    """The name of the file: the environment where it was stated, else 16 hex digits of the key's SHA-256.

    Letters of the key itself would put part of a secret into a file name, and keys of two environments may begin alike.
    """
    if environment is not None:
        return f"sluice-{re.sub('[^a-z0-9.-]', '-', environment.lower())}.json"
    return f"sluice-{hashlib.sha256(key.encode()).hexdigest()[:16]}.json"


def read_stored(data: bytes) -> StoredState | SignedState | str:
    """Reads a stored state from its bytes, or says why not. A state that cannot be read whole is no state."""
    record = parse_record(data.decode("utf-8-sig", "replace"))
    if "signed" in record:
        steps = _read_steps(record["signed"])
        return "its list of signed texts cannot be read" if steps is None else SignedState(steps)
    # A bare snapshot is accepted too: that is what GET /sdk/v1/snapshot gives and what people save by hand.
    snapshot = decode_snapshot(record.get("snapshot", record))
    if not isinstance(snapshot, Snapshot):
        return "; ".join(map(str, snapshot))
    urgent = read_urgent_items(record.get("urgent", []))
    return "its list of urgent kills cannot be read" if urgent is None else StoredState(snapshot, tuple(urgent))


def _read_steps(items: object) -> tuple[SignedStep, ...] | None:
    if not isinstance(items, list) or len(items) > _SIGNED_MAX:
        return None
    steps: list[SignedStep] = []
    for item in items:
        kind, text, signature = (item.get(name) if isinstance(item, dict) else None for name in ("kind", "text", "signature"))
        if kind not in SIGNED_KINDS or not isinstance(text, str) or not isinstance(signature, str):
            return None
        steps.append(SignedStep(kind, text, signature))
    return tuple(steps)


def _record_of(state: StoredState | SignedState) -> dict[str, object]:
    if isinstance(state, SignedState):
        return {"signed": [asdict(step) for step in state.steps]}
    return {"snapshot": state.snapshot.to_json(), "urgent": [kill.to_json() for kill in state.urgent]}


class LastKnownGood:
    """Keeps the last good state, replaced whole, one write at a time. Never fails into its caller: trouble is logged when it changes.

    ``state`` is asked at the moment of writing, so what is written is never older than what is held.
    """

    def __init__(self, world: World, path: str, state: Callable[[], StoredState | SignedState | None]) -> None:
        self._world = world
        self._path = path
        self._state = state
        self._timer: Cancel | None = None
        self._is_writing = False
        self._is_dirty = False
        self._is_kill_waiting = False
        self._is_failing = False
        self._written_ms = float("-inf")
        self._closed: Callable[[], None] | None = None

    def load(self, done: Callable[[StoredState | SignedState | None], None]) -> None:
        """The stored state; None where there is none or none that can be read."""

        def got(data: bytes | OSError | None) -> None:
            if data is None:
                return done(None)
            if isinstance(data, OSError):
                self._say(data)
                return done(None)
            stored = read_stored(data)
            if not isinstance(stored, str):
                return done(stored)
            self._world.log.warning(f"The stored flags in {self._path} cannot be used: {stored}. They will be replaced.")
            return done(None)

        self._world.read(self._path, got)

    def changed(self, *, is_kill: bool) -> None:
        """Notes that the state changed. A kill is written at once, everything else after a short delay and at most once a second."""
        if self._closed is not None:
            return
        self._is_dirty = True
        self._is_kill_waiting = self._is_kill_waiting or is_kill
        if self._is_writing:
            return
        if is_kill:
            self._write()
        else:
            self._plan(max(_WRITE_DELAY_MS, self._written_ms + _WRITE_PERIOD_MS - self._world.monotonic_ms()))

    def close(self, done: Callable[[], None]) -> None:
        """Writes what is not written yet, and then nothing more."""
        self._closed = done
        self._stop_timer()
        if self._is_writing:
            return
        if self._is_dirty and self._write():
            return
        done()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer()
        self._timer = None

    def _plan(self, delay_ms: float) -> None:
        if self._timer is None:
            self._timer = self._world.after(delay_ms, self._due)

    def _due(self) -> None:
        self._timer = None
        if self._is_dirty and not self._is_writing:
            self._write()

    def _write(self) -> bool:
        self._stop_timer()
        state = self._state()
        if state is None:
            return False
        self._is_writing = True
        self._is_dirty = self._is_kill_waiting = False
        self._written_ms = self._world.monotonic_ms()
        self._world.replace(self._path, json.dumps(_record_of(state), separators=(",", ":")).encode(), self._wrote)
        return True

    def _wrote(self, error: OSError | None) -> None:
        self._is_writing = False
        if error is not None:
            if not self._is_failing:
                self._say(error)
            # A closing process does not try again: what is on disk stays the older good state.
            self._is_dirty = self._closed is None
            if self._is_dirty:
                self._plan(_WRITE_RETRY_MS)
        elif self._is_failing:
            self._world.log.info(f"{self._path} can be written again.")
        self._is_failing = error is not None
        if self._closed is not None:
            if not self._is_dirty or not self._write():
                self._closed()
        elif self._is_dirty and error is None:
            self.changed(is_kill=self._is_kill_waiting)

    def _say(self, error: OSError) -> None:
        self._world.log.warning(f"The last good flags could not be kept in {self._path}: {error}. Answers are not affected.")
