"""HTTP/1.1 by the standard library: one connection a request, limits on everything, no redirects."""

from __future__ import annotations

import base64
import contextlib
import http.client
import socket
import ssl
import threading
import urllib.request
import weakref
import zlib
from collections.abc import Callable, Iterator
from urllib.parse import unquote, urlsplit

from ..ports import HttpLimits, HttpReply, HttpRequest, NetworkFailed

_CONNECT_S_MAX = 5.0
# The owner watches heartbeats; this only ends a thread whose owner has gone.
_STREAM_READ_S_MAX = 60.0
_PIECE_BYTES = 64 * 1024


class Under:
    """A request under way, which another thread may end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self.is_aborted = False

    def attach(self, connected: socket.socket | None) -> None:
        """The socket that `abort` shuts. Raises `NetworkFailed` where it was aborted before."""
        with self._lock:
            self._socket = connected
            if self.is_aborted:
                raise NetworkFailed("it was cancelled")
        if connected is not None:
            _SOCKETS.add(connected)

    def abort(self) -> None:
        """Wakes whoever reads from the socket. Idempotent."""
        with self._lock:
            self.is_aborted = True
            if self._socket is not None:
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    def allow(self, seconds: float) -> None:
        """How long a single read may wait from now on."""
        with self._lock:
            if self._socket is not None:
                self._socket.settimeout(seconds)

    def close(self) -> None:
        """Nothing is left to abort."""
        with self._lock:
            if self._socket is not None:
                self._socket.close()
            self._socket = None


_SOCKETS: weakref.WeakSet[socket.socket] = weakref.WeakSet()


def forget_parent_sockets() -> None:
    """In a forked child: closes this process's copies, without a word to the other side, which still talks to the parent."""
    for inherited in list(_SOCKETS):
        with contextlib.suppress(OSError):
            inherited.detach() if isinstance(inherited, ssl.SSLSocket) else inherited.close()
    _SOCKETS.clear()


class HttpClient:
    """Redirects are not followed: a flag server does not move, and a key must not be sent elsewhere."""

    def __init__(self, proxy: str | None, ca_file: str | None) -> None:
        self._proxy = proxy
        self._ca_file = ca_file
        self._tls: ssl.SSLContext | None = None

    def request(self, request: HttpRequest, limits: HttpLimits, under: Under) -> HttpReply | NetworkFailed:
        """The whole answer; gzip is decoded, and what is decoded counts against the limit."""
        try:
            with self._ask(request, under, limits.timeout_ms / 1000) as response:
                headers = _headers_of(response)
                body = _read(response, limits.bytes_max, is_gzip=headers.get("content-encoding", "").lower() == "gzip")
                return HttpReply(response.status, headers, body)
        except NetworkFailed as error:
            return error
        except (OSError, http.client.HTTPException, ValueError, zlib.error) as error:
            return NetworkFailed(_reason(error))

    def stream(self, request: HttpRequest, under: Under, opened: Callable[[HttpReply], None], chunk: Callable[[bytes], None]) -> str:
        """Hands pieces on until the stream ends; gives why it did."""
        try:
            with self._ask(request, under, _CONNECT_S_MAX) as response:
                opened(HttpReply(response.status, _headers_of(response)))
                if response.status != 200:
                    return f"status {response.status}"
                under.allow(_STREAM_READ_S_MAX)
                while not under.is_aborted:
                    piece = response.read1(_PIECE_BYTES)
                    if not piece:
                        return "the connection was closed"
                    chunk(piece)
                return "it was cancelled"
        except NetworkFailed as error:
            return str(error)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return _reason(error)

    @contextlib.contextmanager
    def _ask(self, request: HttpRequest, under: Under, timeout_s: float) -> Iterator[http.client.HTTPResponse]:
        parts = urlsplit(request.url)
        host, is_secure = parts.hostname or "", parts.scheme == "https"
        port = parts.port or (443 if is_secure else 80)
        proxy = self._proxy_for(parts.scheme, f"{host}:{port}")
        tls = self._tls_context() if is_secure else None
        connection = _Connection(host, port, timeout=min(timeout_s, _CONNECT_S_MAX), under=under, tls=tls)
        if proxy is not None:
            connection.go_through(proxy)
        try:
            connection.connect()
            under.allow(timeout_s)
            target = request.url if connection.is_forwarded else f"/{request.url.split('/', 3)[3]}"
            headers = {**connection.proxy_headers, **request.headers, "connection": "close"}
            connection.request(request.method, target, request.body or None, headers)
            # The answer holds the socket from here on: closing the connection alone would leave it open.
            with connection.getresponse() as response:
                yield response
        finally:
            connection.close()
            under.close()

    def _proxy_for(self, scheme: str, host: str) -> str | None:
        if self._proxy is not None:
            return self._proxy or None
        if urllib.request.proxy_bypass(host):
            return None
        return urllib.request.getproxies().get(scheme)

    def _tls_context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
            if self._ca_file is not None:
                self._tls.load_verify_locations(self._ca_file)
        return self._tls


class _Connection(http.client.HTTPConnection):
    """Connects in the open, through a proxy or over TLS, and shows its socket to `Under` at each step."""

    def __init__(self, host: str, port: int, *, timeout: float, under: Under, tls: ssl.SSLContext | None) -> None:
        super().__init__(host, port, timeout=timeout)
        self._under = under
        self._tls = tls
        self._server = host
        self.is_forwarded = False
        self.proxy_headers: dict[str, str] = {}

    def go_through(self, proxy: str) -> None:
        """By a tunnel for TLS, else by asking the proxy for the whole address."""
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        headers: dict[str, str] = {}
        if parts.username is not None:
            login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            headers["proxy-authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
        if self._tls is not None:
            self.set_tunnel(self.host, self.port, headers)
        else:
            self.is_forwarded = True
            self.proxy_headers = {"host": f"{self.host}:{self.port}", **headers}
        self.host, self.port = parts.hostname or "", parts.port or 80

    def connect(self) -> None:
        """Connects; `abort` works from the moment that the other side has answered."""
        self._under.attach(None)
        super().connect()
        self._under.attach(self.sock)
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=self._server)
            self._under.attach(self.sock)


def _headers_of(response: http.client.HTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.getheaders()}


def _read(response: http.client.HTTPResponse, bytes_max: int, *, is_gzip: bool) -> bytes:
    unzip = zlib.decompressobj(16 + zlib.MAX_WBITS) if is_gzip else None
    pieces: list[bytes] = []
    size = 0
    while piece := response.read1(_PIECE_BYTES):
        # Of a bomb only as much is unpacked as tells that it is one.
        data = piece if unzip is None else unzip.decompress(piece, bytes_max - size + 1)
        size += len(data)
        if size > bytes_max:
            raise NetworkFailed(f"the answer is longer than {bytes_max} bytes")
        pieces.append(data)
    if unzip is not None and size > 0 and not unzip.eof:
        raise NetworkFailed("the answer was cut off")
    if response.length:
        raise NetworkFailed("the answer was cut off")
    return b"".join(pieces)


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "nothing came in time"
    return str(error) or type(error).__name__
