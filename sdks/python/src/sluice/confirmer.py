"""Telling the server what this process serves and asks for."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from .asked_keys import AskedKeys
from .backoff import Backoff
from .evaluation import Version
from .ports import Cancel, HttpLimits, HttpReply, NetworkFailed, World
from .server_address import ServerAddress, request_to
from .trouble import REFUSED_WAIT_MS_MIN

# A confirm is a few hundred bytes to a process that answers from memory; its answer is empty.
_LIMITS = HttpLimits(5_000, 16 * 1024)
# Newly asked keys wait for others to join them, drawn from this range; the console shows an unknown key within 30 s.
_KEYS_WAIT_MS = (2_000, 10_000)
# Kill ids in one confirm, so that the body stays below the server's 16 KiB. The newest are the ones somebody waits for.
_URGENT_IDS_MAX = 100


@dataclass(frozen=True)
class Served:
    """What is confirmed."""

    version: Version
    urgent: tuple[str, ...]


class Confirmer:
    """Confirms after each swap, spread over the jitter that the server named. One at a time, and only while the stream is connected."""

    def __init__(self, world: World, address: ServerAddress, keys: AskedKeys, served: Callable[[], Served | None]) -> None:
        self._world = world
        self._address = address
        self._keys = keys
        self._served = served
        self._backoff = Backoff(world.unit)
        self._timer: Cancel | None = None
        self._due_ms = 0.0
        self._jitter_ms = 0.0
        self._is_connected = False
        self._is_sending = False
        self._is_due = False
        self._is_closed = False
        self._cancel: Cancel = lambda: None

    def connected(self, jitter_ms: float) -> None:
        """The stream is there: what is served is confirmed, also when nothing changed, because the server may be a new one."""
        self._jitter_ms = jitter_ms
        self._is_connected = True
        # Waits after confirms that failed go on growing: a stream that says hello and then nothing is opened again and again.
        self.changed()

    def disconnected(self) -> None:
        """Nothing is sent until the stream is back."""
        self._is_connected = False
        self._stop_timer()

    def changed(self) -> None:
        """After a swap. Where the server asks for no spreading, the confirm leaves at once."""
        self._is_due = True
        # Never in the first half of it, where others may still have to swap on the same cores.
        self._within((1 + self._world.unit()) / 2 * self._jitter_ms)

    def keys_noted(self) -> None:
        """A key was asked for the first time."""
        low, high = _KEYS_WAIT_MS
        self._within(low + self._world.unit() * (high - low))

    def close(self) -> None:
        """Ends it silently."""
        self._is_closed = True
        self.disconnected()
        self._cancel()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer()
        self._timer = None

    def _within(self, delay_ms: float) -> None:
        """Sends within this time; an earlier plan stands."""
        if not self._is_connected or self._is_sending or self._is_closed:
            return
        due_ms = self._world.monotonic_ms() + delay_ms
        if self._timer is not None and self._due_ms <= due_ms:
            return
        self._stop_timer()
        if delay_ms == 0:
            self._send()
            return
        self._due_ms = due_ms
        self._timer = self._world.after(delay_ms, self._fire)

    def _fire(self) -> None:
        self._timer = None
        self._send()

    def _send(self) -> None:
        served = self._served()
        if served is None or self._is_sending:
            return
        self._is_sending = True
        self._is_due = False
        keys = self._keys.peek()
        body = {
            "instance": self._address.instance,
            "epoch": served.version.epoch,
            "seq": served.version.seq,
            "urgent": served.urgent[-_URGENT_IDS_MAX:],
            "asked": keys[0],
            "unknown": keys[1],
        }
        request = request_to(self._address, "POST /sdk/v1/confirm", {"content-type": "application/json"}, json.dumps(body).encode())
        self._cancel = self._world.request(request, _LIMITS, lambda reply: self._answered(reply, keys))

    def _answered(self, reply: HttpReply | NetworkFailed, keys: tuple[list[str], list[str]]) -> None:
        self._is_sending = False
        status = 0 if isinstance(reply, NetworkFailed) else reply.status
        # Keys that the server calls malformed would be malformed again: they are dropped, and the confirm goes on without them.
        if 200 <= status < 300 or status in (400, 413):
            self._keys.sent(keys)
        if 200 <= status < 300:
            self._backoff.succeeded()
            if self._is_due:
                self.changed()
            elif not self._keys.is_empty:
                self.keys_noted()
            return
        # The connection's own trouble is logged by the connection; a confirm only has to come through some time.
        self._is_due = True
        floor_ms = REFUSED_WAIT_MS_MIN if status in (401, 403, 404) else 0
        self._within(self._backoff.failed(self._world.monotonic_ms(), floor_ms))
