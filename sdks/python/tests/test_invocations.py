"""A process that is frozen between invocations, over real sockets."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_real_world import Server, http_answer, sdk_threads
from virtual_world import snapshot_at

from sluice import SluiceClient
from sluice.adapters.invocation_world import InvocationWorld
from sluice.options import Options

EVERY_S = 30.0
ADA = {"targetingKey": "ada", "customer": "acme"}


class Hours(InvocationWorld):
    """Where hours go by between two invocations."""

    passed_ms = 0.0

    def monotonic_ms(self) -> float:
        return super().monotonic_ms() + self.passed_ms


class Frozen:
    """A server, and a client that asks it within invocations alone."""

    def __init__(self, **options: object) -> None:
        self.answers = True
        self.hangs = False
        self.bodies: list[dict[str, object]] = []
        self.server = Server(self._answer)
        made = Options(**{"url": self.server.url, "key": "k", "refresh_every_s": EVERY_S, "wait_s": 20.0, **options})  # type: ignore[arg-type]
        self.world = Hours(made)
        self.client = SluiceClient(made, lambda _: self.world)

    def _answer(self, head: bytes, connected: socket.socket) -> None:
        if self.hangs:
            return
        if not self.answers:
            connected.close()
        elif b"/snapshot " in head:
            connected.sendall(http_answer(json.dumps(snapshot_at(3)).encode()))
        else:
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            body = head.split(b"\r\n\r\n")[1]
            while len(body) < length:
                body += connected.recv(65536)
            self.bodies.append(json.loads(body))
            connected.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        connected.close()

    def asked(self) -> int:
        return sum(b"/snapshot " in head for head in self.server.heads)


@pytest.fixture
def frozen() -> Iterator[Frozen]:
    made = Frozen()
    yield made
    made.client.close()
    made.server.close()


def test_between_invocations_there_is_no_thread_and_no_request(frozen: Frozen) -> None:
    client = frozen.client
    assert (sdk_threads(), frozen.asked(), client.get_boolean("site.diary", False)) == ([], 0, False)
    assert client.ready()
    assert (client.get_boolean("site.diary", False), client.state, sdk_threads()) == (True, "ready", [])
    client.refresh()
    assert frozen.asked() == 1
    frozen.world.passed_ms = EVERY_S * 1000
    client.refresh()
    assert (frozen.asked(), sdk_threads(), all(b"/stream" not in head for head in frozen.server.heads)) == (2, [], True)


def test_a_server_that_is_away_or_hangs_keeps_no_invocation_and_leaves_the_last_good_flags() -> None:
    frozen = Frozen(wait_s=0.2)
    frozen.hangs = True
    client = frozen.client
    assert not client.refresh()
    assert (client.trouble and client.trouble.kind, sdk_threads()) == ("unreachable", [])
    frozen.hangs = False
    frozen.world.passed_ms = 1_000
    # A busy machine may need more than one invocation.
    while not client.refresh():
        frozen.world.passed_ms += 1_000
    assert (client.trouble, client.state) == (None, "ready")
    frozen.answers = False
    frozen.world.passed_ms += EVERY_S * 1000
    before = frozen.asked()
    client.refresh()
    client.refresh()
    assert (client.get_boolean("site.diary", False), client.state, frozen.asked() - before) == (True, "stale", 1)
    client.close()
    frozen.server.close()


def test_counts_are_sent_at_the_end_of_an_invocation_and_again_where_they_did_not_come_through(frozen: Frozen) -> None:
    client = frozen.client
    client.refresh()
    client.flush()
    assert frozen.bodies == []
    client.get_boolean("site.diary", False, ADA)
    client.track("export", ADA, flag="site.diary", failed=True)
    frozen.answers = False
    client.flush()
    assert frozen.bodies == []
    frozen.answers = True
    client.flush()
    (batch,) = frozen.bodies
    assert (batch["batch"], batch["applied"]) == (1, {"epoch": "e1", "seq": 3})
    assert [(one["flag"], one["outcome"], one["failed"]) for one in batch["outcomes"]] == [("site.diary", "export", 1)]  # type: ignore[attr-defined]
    assert [(one["flag"], one["count"]) for one in batch["answers"]] == [("site.diary", 1)]  # type: ignore[attr-defined]
    client.get_boolean("site.diary", False, ADA)
    client.close()
    assert (len(frozen.bodies), sdk_threads()) == (2, [])


def test_what_came_is_on_the_disk_for_the_next_process(tmp_path: Path) -> None:
    frozen = Frozen(cache_dir=str(tmp_path))
    assert frozen.client.refresh()
    frozen.client.close()
    frozen.server.close()
    later = Frozen(cache_dir=str(tmp_path))
    later.answers = False
    later.client.refresh()
    assert (later.client.get_boolean("site.diary", False), later.client.state) == (True, "stale")
    later.client.close()
    later.server.close()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_a_forked_child_asks_for_itself(frozen: Frozen) -> None:
    assert frozen.client.refresh()
    child = os.fork()
    if child == 0:
        is_well = frozen.client.refresh() and frozen.client.get_boolean("site.diary", False) and sdk_threads() == []
        os._exit(0 if is_well else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert frozen.asked() == 2
