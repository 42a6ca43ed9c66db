"""That the host's own code, on the SDK's thread or in a signal handler, ends neither it nor what it is doing."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import threading
from collections.abc import Callable

import pytest
from test_invocations import Frozen
from test_real_world import WAIT_S, Live, sdk_threads
from virtual_world import Lines

from sluice import SluiceClient, create_client


class Failing:
    """A log whose every call raises."""

    def info(self, msg: str, /) -> None:
        raise OSError("the log's own")

    warning = error = info


def killed(client: SluiceClient) -> threading.Event:
    event = threading.Event()
    client.on_change(lambda change: event.set() if change.is_kill else None)
    return event


def leave(change: object) -> None:
    # No `Exception`: it ends a thread without a word.
    sys.exit(1)


def fail(change: object) -> None:
    raise OSError("the listener's own")


@pytest.fixture
def live() -> Live:
    return Live()


@pytest.mark.parametrize("listener", [leave, fail])
def test_a_kill_comes_after_a_listener_and_the_log_have_raised(live: Live, listener: Callable[[object], None]) -> None:
    client = create_client(url=live.server.url, key="k", log=Failing(), on_change=listener)
    try:
        assert client.ready(WAIT_S)
        assert client.get_boolean("site.dairy", True) is True
        assert client.get_string("site.diary", "?") == "?"
        heard = killed(client)
        live.kill()
        assert heard.wait(WAIT_S)
        assert client.get_boolean("site.diary", True) is False
    finally:
        client.close()
        live.server.close()


def test_a_listener_may_close_the_client_and_nothing_is_left(live: Live) -> None:
    lines = Lines()
    client = create_client(url=live.server.url, key="k", log=lines)
    assert client.ready(WAIT_S)
    is_closed = threading.Event()

    def close(change: object) -> None:
        client.ready()
        client.close()
        is_closed.set()

    client.on_change(close)
    client.get_boolean("site.photos", False)
    live.kill()
    # Where it waited for itself, it would be for seconds, and then the stream would still be there.
    assert is_closed.wait(1)
    for thread in threading.enumerate():
        if thread.name.startswith("sluice"):
            thread.join(WAIT_S)
    assert sdk_threads() == []
    assert client.state == "offline"
    assert client.get_boolean("site.photos", False) is True
    assert any(b"/telemetry " in head for head in live.server.heads)
    client.close()
    live.server.close()


def test_a_listener_within_an_invocation_may_refresh_flush_and_close() -> None:
    frozen = Frozen()
    told: list[str] = []

    def again(change: object) -> None:
        told.append("before")
        frozen.client.refresh()
        frozen.client.ready()
        frozen.client.flush()
        frozen.client.close()
        told.append("after")

    frozen.client.on_change(again)
    done = threading.Thread(target=frozen.client.refresh, daemon=True)
    done.start()
    done.join(WAIT_S)
    assert not done.is_alive(), "it waits for itself"
    assert told == ["before", "after"]
    frozen.client.close()
    assert frozen.client.state == "offline"
    assert frozen.client.get_boolean("site.diary", False) is True
    frozen.server.close()


@pytest.mark.skipif(not hasattr(signal, "SIGTERM"), reason="no such signal on this system")
def test_a_signal_handler_may_close_in_the_middle_of_an_invocation() -> None:
    frozen = Frozen()
    frozen.hangs = True
    handled: list[str] = []

    def close(*_: object) -> None:
        frozen.client.close()
        handled.append("closed")

    before = signal.signal(signal.SIGTERM, close)
    threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGTERM)).start()
    # Nothing else ends a main thread that waits for itself.
    faulthandler.dump_traceback_later(2 * WAIT_S, exit=True)
    try:
        frozen.client.refresh()
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGTERM, before)
    assert handled == ["closed"]
    assert frozen.client.state == "offline"
    frozen.client.close()
    frozen.server.close()
