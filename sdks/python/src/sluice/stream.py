"""Server-sent events from bytes cut anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

FRAME_BYTES_MAX: Final = 8 * 1024 * 1024
"""Bytes of one frame. A patch above this is never sent: the server answers ``reset`` instead. It bounds what a peer makes us hold."""


class FrameTooLong(Exception):
    """The stream cannot be followed any further."""


@dataclass(frozen=True)
class StreamFrame:
    """One event; ``message`` where the stream names none."""

    event: str
    data: str
    id: str | None
    sig: str | None = None
    """Signature of ``data``: a field of ours, which other readers of event streams pass over."""


class StreamParser:
    """Reads ``text/event-stream``: WHATWG HTML, section 9.2.6.

    Lines are split as bytes, which is safe because neither 0x0A nor 0x0D occurs inside a multi-byte sequence of UTF-8.
    """

    def __init__(self) -> None:
        self._rest = bytearray()
        self._frame_bytes = 0
        self._data: list[str] = []
        self._event = ""
        self._id: str | None = None
        self._sig: str | None = None
        self._is_after_cr = False

    def push(self, data: bytes) -> list[StreamFrame]:
        """The frames that these bytes completed. Raises `FrameTooLong`, after which the parser must not be used again."""
        if self._is_after_cr and data.startswith(b"\n"):
            data = data[1:]
            self._is_after_cr = False
        if not data:
            return []
        self._is_after_cr = data.endswith(b"\r")
        # What is kept has no line end, so only the new bytes are searched: many small pieces stay linear.
        lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        frames: list[StreamFrame] = []
        for line in lines[:-1]:
            whole = bytes(self._rest) + line
            self._rest.clear()
            self._frame_bytes += len(whole)
            frame = self._line(whole.decode("utf-8-sig", "replace"))
            if frame is not None:
                frames.append(frame)
            self._check()
        self._rest += lines[-1]
        self._check()
        return frames

    def _check(self) -> None:
        if self._frame_bytes + len(self._rest) > FRAME_BYTES_MAX:
            raise FrameTooLong(f"a frame is longer than {FRAME_BYTES_MAX} bytes")

    def _line(self, line: str) -> StreamFrame | None:
        if line == "":
            return self._dispatch()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._event = value
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "sig":
            self._sig = value
        return None

    def _dispatch(self) -> StreamFrame | None:
        frame = StreamFrame(self._event or "message", "\n".join(self._data), self._id, self._sig) if self._data else None
        self._data, self._event, self._id, self._sig, self._frame_bytes = [], "", None, None, 0
        return frame
