"""Real sockets, threads, files and processes on 127.0.0.1."""

from __future__ import annotations

import gzip
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from virtual_world import Lines, event, snapshot_at

from sluice import SluiceClient, create_client

WAIT_S = 20.0


class Server:
    """Answers each connection by a function of the request's head, on a thread each."""

    def __init__(self, answer: Callable[[bytes, socket.socket], None]) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        self.heads: list[bytes] = []
        self._answer = answer
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._is_closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connected, _ = self.listening.accept()
            except OSError:
                return
            with self._lock:
                # One that was accepted while the server closed belongs to nobody else.
                if self._is_closed:
                    connected.close()
                    return
                self._open.append(connected)
            threading.Thread(target=self._serve, args=(connected,), daemon=True).start()

    def _serve(self, connected: socket.socket) -> None:
        try:
            head = b""
            while b"\r\n\r\n" not in head:
                piece = connected.recv(65536)
                if not piece:
                    return
                head += piece
            self.heads.append(head)
            self._answer(head, connected)
        except OSError:
            # The client went away, as some tests want.
            return

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            self.listening.close()
            for connected in self._open:
                connected.close()


def http_answer(body: bytes, headers: str = "content-type: application/json", status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\n{headers}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


class Live:
    """A server that speaks the SDK's routes."""

    def __init__(self, *, is_zipped: bool = False) -> None:
        self.streams: list[socket.socket] = []
        self.has_stream = threading.Event()
        self.confirmed = threading.Event()
        self._is_zipped = is_zipped
        self.server = Server(self._answer)

    def _answer(self, head: bytes, connected: socket.socket) -> None:
        if b"/snapshot " in head:
            body = json.dumps(snapshot_at(3)).encode()
            headers = "content-type: application/json"
            connected.sendall(
                http_answer(gzip.compress(body), headers + "\r\ncontent-encoding: gzip") if self._is_zipped else http_answer(body)
            )
            connected.close()
        elif b"/stream " in head:
            connected.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
            connected.sendall(event("hello", {"environment": "production", "epoch": "e1", "seq": 3, "confirmJitterMs": 0}))
            self.streams.append(connected)
            self.has_stream.set()
        else:
            connected.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            connected.close()
            self.confirmed.set()

    def kill(self) -> None:
        assert self.has_stream.wait(WAIT_S)
        data = event("patch", {"epoch": "e1", "base": 3, "to": 4, "set": {"kills": {"k1": {"flags": ["site.diary"]}}}})
        for stream in self.streams:
            stream.sendall(data[:30])
            stream.sendall(data[30:])


@pytest.fixture
def live() -> Iterator[Live]:
    made = Live(is_zipped=True)
    yield made
    made.server.close()


def changed(client: SluiceClient) -> threading.Event:
    event = threading.Event()
    client.on_change(lambda change: event.set())
    return event


def sdk_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("sluice")]


def test_a_kill_arrives_over_a_real_socket_and_nothing_is_left_after_close(live: Live) -> None:
    client = create_client(url=live.server.url, key="k", service="billing", log=Lines())
    assert client.ready(WAIT_S)
    assert client.get_boolean("site.diary", False) is True
    heard = changed(client)
    live.kill()
    assert heard.wait(WAIT_S)
    assert client.get_boolean("site.diary", True) is False
    assert live.confirmed.wait(WAIT_S)
    assert b"sluice-service: billing" in live.server.heads[0].lower()
    client.close()
    client.close()
    assert sdk_threads() == []


def test_start_waits_no_longer_than_it_may_and_never_raises() -> None:
    silent = Server(lambda head, connected: None)
    client = create_client(url=silent.url, key="k", wait_s=0.05, log=Lines())
    assert client.ready() is False
    assert client.get_boolean("site.diary", True) is True
    client.close()
    silent.close()
    assert sdk_threads() == []


ANSWERS = {
    "another language": b"220 mail.example ESMTP\r\n",
    "nothing": b"",
    "half a head": b"HTTP/1.1 200 OK\r\ncontent-ty",
    "a head without end": b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 200,
    "a long line": b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000,
    "truncated": http_answer(json.dumps(snapshot_at(3)).encode())[:-10],
    "truncated gzip": http_answer(gzip.compress(b"x" * 1000)[:20], "content-type: application/json\r\ncontent-encoding: gzip"),
    "broken gzip": http_answer(b"no gzip", "content-type: application/json\r\ncontent-encoding: gzip"),
    "a bomb": http_answer(gzip.compress(b"[" * (65 * 1024 * 1024)), "content-type: application/json\r\ncontent-encoding: gzip"),
    "deep": http_answer(b"[" * 100_000),
    "bad chunks": b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    "a redirect to itself": http_answer(b"", "location: /", "302 Found"),
    "a bad status": b"HTTP/1.1 abc\r\n\r\n",
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_answers_of_no_use_are_survived(answer: bytes) -> None:
    def misbehave(head: bytes, connected: socket.socket) -> None:
        connected.sendall(answer)
        connected.close()

    server = Server(misbehave)
    said = threading.Event()

    class Heard(Lines):
        def warning(self, msg: str, /) -> None:
            self.lines.append(msg)
            said.set()

    client = create_client(url=server.url, key="k", log=Heard())
    assert said.wait(WAIT_S)
    assert client.trouble is not None
    assert client.get_boolean("site.diary", True) is True
    client.close()
    server.close()
    assert sdk_threads() == []


def test_the_last_good_flags_are_on_a_real_disk(live: Live, tmp_path: Path) -> None:
    with create_client(url=live.server.url, key="k", environment="production", cache_dir=str(tmp_path / "cache"), log=Lines()) as client:
        assert client.ready(WAIT_S)
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["sluice-production.json"]
    live.server.close()
    with create_client(url=live.server.url, key="k", environment="production", cache_dir=str(tmp_path / "cache"), log=Lines()) as again:
        assert again.ready(WAIT_S)
        assert again.state == "stale"
        assert again.get_boolean("site.diary", False) is True


def test_a_proxy_carries_the_requests(live: Live) -> None:
    proxy = Server(live._answer)
    with create_client(
        url="http://flags.invalid:80", key="k", proxy=proxy.url.replace("http://", "http://me:pass@"), log=Lines()
    ) as client:
        assert client.ready(WAIT_S)
    assert proxy.heads[0].startswith(b"GET http://flags.invalid/sdk/v1/snapshot ") or b"http://flags.invalid:80/sdk" in proxy.heads[0]
    assert b"proxy-authorization: Basic bWU6cGFzcw==" in proxy.heads[0]
    proxy.close()


def test_a_server_of_an_unknown_authority_is_not_believed() -> None:
    server = Server(lambda head, connected: None)
    with create_client(url=server.url.replace("http:", "https:"), key="k", wait_s=0.05, log=Lines()) as client:
        assert client.ready() is False
    server.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_has_a_connection_of_its_own_and_the_parent_keeps_its_own(live: Live) -> None:
    client = create_client(url=live.server.url, key="k", log=Lines())
    assert client.ready(WAIT_S)
    assert live.has_stream.wait(WAIT_S)
    assert client.get_boolean("site.diary", False) is True
    live.has_stream.clear()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        heard = changed(client)
        was_on = client.get_boolean("site.diary", False)
        os.write(writer, b"1" if was_on and heard.wait(WAIT_S) and client.get_boolean("site.diary", True) is False else b"0")
        os._exit(0)
    heard = changed(client)
    live.kill()
    assert heard.wait(WAIT_S)
    with closing(os.fdopen(reader, "rb")) as told:
        assert told.read(1) == b"1"
    os.close(writer)
    os.waitpid(child, 0)
    client.close()


def test_importing_starts_nothing() -> None:
    code = "import sluice, threading; assert threading.active_count() == 1; import sys; assert 'openfeature' not in sys.modules"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
