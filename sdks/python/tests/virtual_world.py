"""A world whose time moves only when the test says so, and whose server is the test."""

from __future__ import annotations

import heapq
import itertools
import json
from collections.abc import Callable
from typing import Literal

from sluice.ports import Cancel, HttpLimits, HttpReply, HttpRequest, Log, NetworkFailed, StreamListener

Answer = HttpReply | NetworkFailed | Literal["never"]


def snapshot_at(seq: int, **parts: object) -> dict[str, object]:
    flags = {"site.diary": {"default": "on"}, "site.photos": {"default": "on"}}
    greeting = {"type": "string", "variants": {"plain": "Hello", "warm": "Good morning"}, "off": "plain", "default": "warm"}
    base = {"format": 1, "environment": "production", "epoch": "e1", "seq": seq, "salt": "pepper", "flags": {**flags, "greeting": greeting}}
    return {**base, **parts}


def reply(status: int, body: object, **headers: str) -> HttpReply:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpReply(status, {"content-type": "application/json", **headers}, data)


class OpenedStream:
    def __init__(self, request: HttpRequest, listener: StreamListener) -> None:
        self.request = request
        self.listener = listener
        self.is_closed = False


class Lines:
    """A log that a test reads."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def info(self, msg: str, /) -> None:
        self.lines.append(msg)

    def warning(self, msg: str, /) -> None:
        self.lines.append(msg)

    def error(self, msg: str, /) -> None:
        self.lines.append(msg)


class VirtualWorld:
    def __init__(self) -> None:
        self.ms = 0.0
        self.lines = Lines()
        self.log: Log = self.lines
        self.requests: list[tuple[float, HttpRequest]] = []
        self.streams: list[OpenedStream] = []
        self.files: dict[str, bytes] = {}
        self.disk_refuses = False
        self.beats = True
        self.answer: Callable[[HttpRequest], Answer] = lambda request: NetworkFailed("connection refused")
        self.stream_answer: Callable[[HttpRequest], HttpReply | None] = lambda request: None
        self.hello: dict[str, object] | None = None
        self._planned: list[tuple[float, int, Callable[[], None], list[bool]]] = []
        self._order = itertools.count()

    def monotonic_ms(self) -> float:
        return self.ms

    def now_ms(self) -> float:
        return 1_795_424_400_000 + self.ms

    def unit(self) -> float:
        return 0.5

    def token(self) -> str:
        return "0707070707070707"

    @property
    def is_own_thread(self) -> bool:
        return False

    def post(self, run: Callable[[], None]) -> None:
        self.after(0, run)

    def after(self, delay_ms: float, run: Callable[[], None]) -> Cancel:
        is_cancelled: list[bool] = []
        heapq.heappush(self._planned, (self.ms + delay_ms, next(self._order), run, is_cancelled))
        return lambda: is_cancelled.append(True)

    def request(self, request: HttpRequest, limits: HttpLimits, done: Callable[[HttpReply | NetworkFailed], None]) -> Cancel:
        self.requests.append((self.ms, request))
        answer = self.answer(request)
        if answer == "never":
            return self.after(limits.timeout_ms, lambda: done(NetworkFailed("no whole answer in time")))
        if isinstance(answer, HttpReply) and len(answer.body) > limits.bytes_max:
            return self.after(0, lambda: done(NetworkFailed("too long")))
        return self.after(0, lambda: done(answer))

    def stream(self, request: HttpRequest, listener: StreamListener) -> Cancel:
        stream = OpenedStream(request, listener)
        self.requests.append((self.ms, request))
        self.streams.append(stream)
        head = self.stream_answer(request)

        def open_it() -> None:
            if stream.is_closed:
                return
            if head is None:
                listener.ended("connection refused")
                return
            listener.opened(head)
            if head.status != 200 and not stream.is_closed:
                listener.ended(f"status {head.status}")
            elif self.hello is not None and not stream.is_closed:
                listener.chunk(event("hello", self.hello))
                self.after(5_000, lambda: self._beat(stream))

        self.after(0, open_it)
        return lambda: setattr(stream, "is_closed", True)

    def _beat(self, stream: OpenedStream) -> None:
        if not stream.is_closed and self.hello is not None and self.beats:
            stream.listener.chunk(event("heartbeat", self.hello))
            self.after(5_000, lambda: self._beat(stream))

    def read(self, path: str, done: Callable[[bytes | OSError | None], None]) -> None:
        answer: bytes | OSError | None = OSError("EIO") if self.disk_refuses else self.files.get(path)
        self.after(0, lambda: done(answer))

    def replace(self, path: str, data: bytes, done: Callable[[OSError | None], None]) -> None:
        if self.disk_refuses:
            self.after(0, lambda: done(OSError("ENOSPC")))
            return
        self.files[path] = data
        self.after(0, lambda: done(None))

    def closed(self) -> None:
        """Nothing to end."""

    def live(self, seq: int = 3, **parts: object) -> None:
        """A server that works."""
        self.answer = lambda request: reply(204, b"") if request.method == "POST" else reply(200, snapshot_at(seq, **parts))
        self.stream_answer = lambda request: HttpReply(200, {"content-type": "text/event-stream"})
        self.hello = {"environment": "production", "epoch": "e1", "seq": seq, "confirmJitterMs": 0}

    def pass_time(self, ms: float) -> None:
        """Lets time pass, running what falls due in order."""
        end = self.ms + ms
        while self._planned and self._planned[0][0] <= end:
            at, _, run, is_cancelled = heapq.heappop(self._planned)
            self.ms = max(self.ms, at)
            if not is_cancelled:
                run()
        self.ms = end

    @property
    def planned(self) -> int:
        return sum(1 for entry in self._planned if not entry[3])

    @property
    def open_stream(self) -> OpenedStream:
        return next(stream for stream in reversed(self.streams) if not stream.is_closed)

    def send(self, name: str, data: object) -> None:
        self.open_stream.listener.chunk(event(name, data))

    def confirms(self) -> list[dict[str, object]]:
        return self.posted("/sdk/v1/confirm")

    def told(self) -> list[dict[str, object]]:
        return self.posted("/sdk/v1/telemetry")

    def posted(self, path: str) -> list[dict[str, object]]:
        return [json.loads(request.body) for _, request in self.requests if request.method == "POST" and request.url.endswith(path)]


def event(name: str, data: object) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
