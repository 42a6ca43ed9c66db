"""What an SDK needs of the world. Every callback comes on one thread, the SDK's own, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

Cancel: TypeAlias = Callable[[], None]
"""Ends something silently. Idempotent."""


class NetworkFailed(Exception):
    """No answer could be had; the message is the network's own reason."""


@dataclass(frozen=True)
class HttpRequest:
    """A request with its whole address."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class HttpReply:
    """An answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class HttpLimits:
    """Time for the whole answer, and bytes of its body once it is decompressed."""

    timeout_ms: float
    bytes_max: int


class StreamListener(Protocol):
    """Hears a stream. Nothing follows ``ended``, nor a cancel of the owner."""

    def opened(self, reply: HttpReply) -> None:
        """The head came; its body is empty."""

    def chunk(self, data: bytes) -> None:
        """Bytes as they came."""

    def ended(self, why: str) -> None:
        """The stream is over."""


class Log(Protocol):
    """Where messages go. A `logging.Logger` is one."""

    def info(self, msg: str, /) -> object:
        """Something ended well."""

    def warning(self, msg: str, /) -> object:
        """Something needs a look."""

    def error(self, msg: str, /) -> object:
        """Something does not work."""


class World(Protocol):
    """Clock, timers, randomness, network and disk."""

    log: Log

    def monotonic_ms(self) -> float:
        """Milliseconds since some moment."""

    def now_ms(self) -> float:
        """Milliseconds since 1970."""

    def post(self, run: Callable[[], None]) -> None:
        """Runs something on the SDK's thread; may be called from any."""

    @property
    def is_own_thread(self) -> bool:
        """Whether the caller is on the SDK's thread, where nothing that it does later can be waited for."""

    def after(self, delay_ms: float, run: Callable[[], None]) -> Cancel:
        """Runs something on the SDK's thread later."""

    def unit(self) -> float:
        """A random number from 0 up to 1."""

    def token(self) -> str:
        """A text that no other process has: 16 hex digits."""

    def request(self, request: HttpRequest, limits: HttpLimits, done: Callable[[HttpReply | NetworkFailed], None]) -> Cancel:
        """Asks; ``done`` is called once unless it is cancelled."""

    def stream(self, request: HttpRequest, listener: StreamListener) -> Cancel:
        """Follows an answer that does not end."""

    def read(self, path: str, done: Callable[[bytes | OSError | None], None]) -> None:
        """Reads a file; None where there is none."""

    def replace(self, path: str, data: bytes, done: Callable[[OSError | None], None]) -> None:
        """Writes a file whole or not at all; a crash leaves the old or the new one."""

    def closed(self) -> None:
        """Nothing more will be asked of this world once what is under way is done."""
