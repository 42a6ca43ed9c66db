"""Clock, timers, threads, disk and randomness of the real world. Every callback comes on one thread."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import logging
import os
import queue
import random
import secrets
import tempfile
import threading
import time
import traceback
import weakref
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ..host_log import HostLog
from ..options import Options
from ..ports import Cancel, HttpLimits, HttpReply, HttpRequest, Log, NetworkFailed, StreamListener
from .http_client import HttpClient, Under

_T = TypeVar("_T")
# Threads of ours end when their sockets do; a name that is being resolved cannot be hurried.
_JOIN_S_MAX = 2.0


class RealWorld:
    """One thread for all callbacks, named ``sluice``, and one for each thing that waits for the network or the disk."""

    def __init__(self, options: Options) -> None:
        self.log: Log = HostLog(options.log or logging.getLogger("sluice"))
        self._http = HttpClient(options.proxy, options.ca_file)
        self._random = random.SystemRandom()
        # What came from any thread: what to run, and when on the clock of `time.monotonic` where not at once; None only wakes. A
        # signal handler may put something there in the middle of anything, which no lock and no condition allows.
        self._came: queue.SimpleQueue[tuple[Callable[[], None], float | None] | None] = queue.SimpleQueue()
        # Of the thread that runs it.
        self._posted: deque[Callable[[], None]] = deque()
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._is_closed = False
        # Taken once, by whoever begins the thread.
        self._begun = threading.Lock()
        self._workers: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
        self._thread: threading.Thread | None = None

    def monotonic_ms(self) -> float:
        """Milliseconds since some moment."""
        return time.monotonic() * 1000

    def now_ms(self) -> float:
        """Milliseconds since 1970."""
        return time.time() * 1000

    def unit(self) -> float:
        """A random number from 0 up to 1."""
        return self._random.random()

    def token(self) -> str:
        """A text that no other process has."""
        return secrets.token_hex(8)

    def post(self, run: Callable[[], None]) -> None:
        """Runs something on the SDK's thread, which begins with the first thing posted."""
        if self._is_closed:
            return
        self._came.put((run, None))
        if self._thread is None and self._begun.acquire(blocking=False):
            self._thread = threading.Thread(target=self._loop, name="sluice", daemon=True)
            self._thread.start()

    @property
    def is_own_thread(self) -> bool:
        """Whether the caller is a listener."""
        return threading.current_thread() is self._thread

    def after(self, delay_ms: float, run: Callable[[], None]) -> Cancel:
        """Runs something on the SDK's thread later."""
        is_cancelled = False

        def fire() -> None:
            if not is_cancelled:
                run()

        def cancel() -> None:
            nonlocal is_cancelled
            is_cancelled = True

        self._came.put((fire, time.monotonic() + delay_ms / 1000))
        return cancel

    def request(self, request: HttpRequest, limits: HttpLimits, done: Callable[[HttpReply | NetworkFailed], None]) -> Cancel:
        """Asks on a thread of its own; the socket is shut when the time is over."""
        under = Under()
        is_done = False

        def finish(reply: HttpReply | NetworkFailed) -> None:
            nonlocal is_done
            if not is_done:
                is_done = True
                stop_timer()
                done(reply)

        def expire() -> None:
            under.abort()
            finish(NetworkFailed(f"no whole answer within {limits.timeout_ms / 1000:g} s"))

        def cancel() -> None:
            nonlocal is_done
            is_done = True
            stop_timer()
            under.abort()

        stop_timer = self.after(limits.timeout_ms, expire)
        self._work("sluice-request", lambda: self._http.request(request, limits, under), finish)
        return cancel

    def stream(self, request: HttpRequest, listener: StreamListener) -> Cancel:
        """Follows an answer on a thread of its own."""
        under = Under()

        def opened(reply: HttpReply) -> None:
            self.post(lambda: listener.opened(reply))

        def chunk(data: bytes) -> None:
            self.post(lambda: listener.chunk(data))

        self._work("sluice-stream", lambda: self._http.stream(request, under, opened, chunk), listener.ended)
        return under.abort

    def read(self, path: str, done: Callable[[bytes | OSError | None], None]) -> None:
        """Reads a file; None where there is none."""

        def work() -> bytes | OSError | None:
            try:
                return Path(path).read_bytes()
            except FileNotFoundError:
                return None
            except OSError as error:
                return error

        self._work("sluice-disk", work, done)

    def replace(self, path: str, data: bytes, done: Callable[[OSError | None], None]) -> None:
        """Writes beside the file, syncs, renames: a crash leaves the old or the new one."""

        def work() -> OSError | None:
            try:
                _replace(Path(path), data)
            except OSError as error:
                return error
            return None

        self._work("sluice-disk", work, done)

    def closed(self) -> None:
        """Ends the threads and waits for them, but not for ever."""
        self._is_closed = True
        self._came.put(None)
        for thread in [self._thread, *self._workers]:
            if thread is not None and thread is not threading.current_thread():
                thread.join(_JOIN_S_MAX)

    def _work(self, name: str, work: Callable[[], _T], done: Callable[[_T], None]) -> None:
        def run() -> None:
            result = work()
            self.post(lambda: done(result))

        worker = threading.Thread(target=run, name=name, daemon=True)
        self._workers.add(worker)
        worker.start()

    def _loop(self) -> None:
        while True:
            run = self._next()
            if run is None:
                return
            try:
                run()
            except Exception:
                # A fault of ours must not end the thread that kills arrive on.
                self.log.error(f"The SDK's own thread met a fault: {traceback.format_exc().strip()}")

    def _next(self) -> Callable[[], None] | None:
        """What is due, else what was posted first; waits for either. None once it is closed."""
        while not self._is_closed:
            self._sort(0)
            if self._timers and self._timers[0][0] <= time.monotonic():
                return heapq.heappop(self._timers)[2]
            if self._posted:
                return self._posted.popleft()
            self._sort(self._timers[0][0] - time.monotonic() if self._timers else None)
        return None

    def _sort(self, wait_s: float | None) -> None:
        """Puts what came where it belongs, waiting for the first so long at most; None: for ever."""
        with contextlib.suppress(queue.Empty):
            came = self._came.get(timeout=wait_s) if wait_s is None or wait_s > 0 else self._came.get_nowait()
            while True:
                if came is not None:
                    run, at_s = came
                    if at_s is None:
                        self._posted.append(run)
                    else:
                        heapq.heappush(self._timers, (at_s, next(self._order), run))
                came = self._came.get_nowait()


def _replace(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(beside).unlink()
        raise
