"""How long to wait before trying again."""

from __future__ import annotations

from collections.abc import Callable

_WAIT_MS_MIN = 250
# In the first minute of an outage the wait stays short, so that a restart of the server is over for everybody within 10 s.
_EARLY_MS = 60_000
_EARLY_WAIT_MS_MAX = 4_000
# Later: at most one request each 30 s, however the server answers, and found again within a minute.
_LATE_WAIT_MS = (30_000, 45_000)


class Backoff:
    """Waits between attempts: doubling, drawn evenly between a quarter and the whole of the current step, for ever."""

    def __init__(self, unit: Callable[[], float]) -> None:
        self._unit = unit
        self._failures = 0
        self._since_ms: float | None = None

    @property
    def has_failed(self) -> bool:
        """True from the first failure to the next success."""
        return self._since_ms is not None

    def lasted_ms(self, now_ms: float) -> float:
        """How long the trouble has lasted; 0 where there is none."""
        return 0 if self._since_ms is None else now_ms - self._since_ms

    def failed(self, now_ms: float, floor_ms: float, requests: int = 1) -> float:
        """Milliseconds to wait after an attempt of so many requests failed at a monotonic instant, never below the floor."""
        if self._since_ms is None:
            self._since_ms = now_ms
        if self.lasted_ms(now_ms) >= _EARLY_MS:
            low, high = _LATE_WAIT_MS
            return max(floor_ms, (low + self._unit() * (high - low)) * max(1, requests))
        # The exponent is bounded so that many failures stay a number.
        step = min(_EARLY_WAIT_MS_MAX, _WAIT_MS_MIN * 4 * float(2 ** min(self._failures, 10)))
        self._failures += 1
        return max(floor_ms, step / 4 + self._unit() * step * 3 / 4, _WAIT_MS_MIN)

    def progressed(self, now_ms: float) -> None:
        """Something came through all the same: the trouble counts from now on, so that waits stay short. They go on growing to that."""
        if self._since_ms is not None:
            self._since_ms = now_ms

    def succeeded(self) -> None:
        """The next failure starts from the shortest wait."""
        self._failures = 0
        self._since_ms = None
