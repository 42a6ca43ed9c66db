"""Following one stream until it ends, goes silent or is closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from .ports import Cancel, HttpReply, HttpRequest, World
from .stream import FrameTooLong, StreamFrame, StreamParser

SILENT_MS_MAX: Final = 12_000
"""Heartbeats come every 5 s; a stream silent for this long is dead (docs/protocol.md)."""

# The head of the answer and the first bytes must be there by then; healthy servers take a few milliseconds.
_OPEN_MS_MAX = 5_000


@dataclass(frozen=True)
class StreamEnd:
    """``kind`` is ``closed``, ``late`` (no bytes in time), ``silent`` or ``tooLong``."""

    kind: str
    why: str


class LiveStreamListener(Protocol):
    """What the owner of a stream hears. Nothing follows ``stream_ended``, and nothing follows a ``close`` of its own."""

    def stream_opened(self, reply: HttpReply) -> bool:
        """The head. False refuses it: the stream is closed silently, and the owner goes on by itself."""

    def frame(self, frame: StreamFrame) -> None:
        """One event."""

    def stream_ended(self, end: StreamEnd) -> None:
        """It is over."""


class LiveStream:
    """One stream."""

    def __init__(self, world: World, request: HttpRequest, listener: LiveStreamListener) -> None:
        self._world = world
        self._listener = listener
        self._parser = StreamParser()
        self._heard_ms = world.monotonic_ms()
        self._has_bytes = False
        self._has_frames = False
        self._is_over = False
        self._watch: Cancel = world.after(_OPEN_MS_MAX, self._look)
        self._cancel = world.stream(request, self)

    def close(self) -> None:
        """Ends it silently. Idempotent."""
        self._is_over = True
        self._watch()
        self._cancel()

    def opened(self, reply: HttpReply) -> None:
        """The head came."""
        if not self._is_over and not self._listener.stream_opened(reply):
            self.close()

    def chunk(self, data: bytes) -> None:
        """Bytes came."""
        if self._is_over:
            return
        # Bytes alone are no sign of life before the first event: a proxy may drip them for ever.
        if not self._has_bytes or self._has_frames:
            self._heard_ms = self._world.monotonic_ms()
        self._has_bytes = True
        try:
            frames = self._parser.push(data)
        except FrameTooLong as error:
            self._end("tooLong", str(error))
            return
        self._has_frames = self._has_frames or len(frames) > 0
        for frame in frames:
            self._hand_on(frame)

    def _hand_on(self, frame: StreamFrame) -> None:
        # The listener of the frame before may have closed the stream.
        if not self._is_over:
            self._listener.frame(frame)

    def ended(self, why: str) -> None:
        """The other side ended it."""
        self._end("closed", why)

    def _end(self, kind: str, why: str) -> None:
        if self._is_over:
            return
        self.close()
        self._listener.stream_ended(StreamEnd(kind, why))

    def _look(self) -> None:
        """One timer that looks when bytes last came: cheaper than a new one for each chunk."""
        silent_ms = self._world.monotonic_ms() - self._heard_ms
        if not self._has_bytes:
            self._end("late", f"no answer within {_OPEN_MS_MAX // 1000} s")
        elif silent_ms >= SILENT_MS_MAX:
            self._end("silent", "")
        elif not self._is_over:
            self._watch = self._world.after(max(1, SILENT_MS_MAX - silent_ms), self._look)
