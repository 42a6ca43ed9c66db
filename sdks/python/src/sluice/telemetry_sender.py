"""Telling the server what this process has seen."""

from __future__ import annotations

import json
from collections.abc import Callable

from .backoff import Backoff
from .evaluation import Version
from .outcome_counts import OutcomeCounts
from .ports import Cancel, HttpLimits, HttpReply, NetworkFailed, World
from .server_address import ServerAddress, request_to
from .trouble import REFUSED_WAIT_MS_MIN
from .usage import UsageCounters

# Outcomes wait for others to join them: a guard looks once a minute. Drawn from this range, so that a fleet does not send at once.
_OUTCOMES_WAIT_MS = (5_000, 10_000)
# Answers alone are told this often.
_ANSWERS_WAIT_MS = (30_000, 60_000)
_REPLY_BYTES_MAX = 16 * 1024
_LIMITS = HttpLimits(5_000, _REPLY_BYTES_MAX)
# A process that ends waits so long for its last counts.
_LAST_LIMITS = HttpLimits(1_000, _REPLY_BYTES_MAX)


class TelemetrySender:
    """Sends counts while the stream is connected, one request at a time; what does not come through goes again as the same batch.

    All but `noted` belongs to the SDK's thread.
    """

    def __init__(
        self, world: World, address: ServerAddress, counts: tuple[OutcomeCounts, UsageCounters], version: Callable[[], Version | None]
    ) -> None:
        self._world = world
        self._address = address
        self._outcomes, self._answers = counts
        self._version = version
        self._backoff = Backoff(world.unit)
        self._timer: Cancel | None = None
        self._due_ms = 0.0
        self._is_connected = False
        self._is_sending = False
        self._is_closed = False
        self._is_noted = False
        self._cancel: Cancel = lambda: None
        self._batches = 0
        self._under_way: bytes | None = None

    def connected(self) -> None:
        """The stream is there."""
        self._is_connected = True
        self._backoff.succeeded()
        self._plan_next()

    def disconnected(self) -> None:
        """Nothing is sent until the stream is back."""
        self._is_connected = False
        self._stop_timer()

    def noted(self) -> None:
        """An outcome was counted. Called from any thread; the SDK's own is woken once for each batch."""
        if not self._is_noted:
            self._is_noted = True
            self._world.post(self._plan_next)

    def flush(self, done: Callable[[], None]) -> None:
        """Sends what there is at the end of an invocation, once, within a second; what does not come through goes with the next."""
        if self._is_sending or self._is_closed or self._is_empty:
            done()
            return

        def answered(reply: HttpReply | NetworkFailed) -> None:
            self._answered(reply)
            done()

        self._is_noted = False
        self._is_sending = True
        self._cancel = self._request(_LAST_LIMITS, answered)

    def close(self, done: Callable[[], None]) -> None:
        """Sends what is left, once, and waits a second for it at most."""
        is_worth_it = self._is_connected and not self._is_sending and not self._is_empty
        self._is_closed = True
        self.disconnected()
        self._cancel()
        if is_worth_it:
            self._request(_LAST_LIMITS, lambda _: done())
        else:
            done()

    @property
    def _is_empty(self) -> bool:
        return not self._has_outcomes and self._answers.is_told

    @property
    def _has_outcomes(self) -> bool:
        return self._under_way is not None or not self._outcomes.is_empty

    def _plan_next(self) -> None:
        low, high = _OUTCOMES_WAIT_MS if self._has_outcomes else _ANSWERS_WAIT_MS
        if not self._backoff.has_failed:
            self._within(low + self._world.unit() * (high - low))

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
        self._due_ms = due_ms
        self._timer = self._world.after(delay_ms, self._fire)

    def _fire(self) -> None:
        self._timer = None
        self._is_noted = False
        if self._is_empty:
            self._plan_next()
            return
        self._is_sending = True
        self._cancel = self._request(_LIMITS, self._answered)

    def _request(self, limits: HttpLimits, done: Callable[[HttpReply | NetworkFailed], None]) -> Cancel:
        request = request_to(self._address, "POST /sdk/v1/telemetry", {"content-type": "application/json"}, self._next())
        return self._world.request(request, limits, done)

    def _next(self) -> bytes:
        """The batch to send next: the same until the server has it, or will never take it."""
        if self._under_way is not None:
            return self._under_way
        self._batches += 1
        outcomes, dropped_outcomes = self._outcomes.take()
        answers, dropped_answers = self._answers.take()
        version = self._version()
        batch = {
            "instance": self._address.instance,
            "batch": self._batches,
            "outcomes": outcomes,
            "droppedOutcomes": dropped_outcomes,
            "answers": answers,
            "droppedAnswers": dropped_answers,
            **({} if version is None else {"applied": {"epoch": version.epoch, "seq": version.seq}}),
        }
        self._under_way = json.dumps(batch).encode()
        return self._under_way

    def _answered(self, reply: HttpReply | NetworkFailed) -> None:
        self._is_sending = False
        status = 0 if isinstance(reply, NetworkFailed) else reply.status
        # What the server calls malformed would be so again; an earlier server has no such route. Neither is sent again.
        if 200 <= status < 300 or status in (400, 404, 413):
            self._under_way = None
        if 200 <= status < 300:
            self._backoff.succeeded()
            self._plan_next()
            return
        self._within(self._backoff.failed(self._world.monotonic_ms(), REFUSED_WAIT_MS_MIN if 300 <= status < 500 else 0))
