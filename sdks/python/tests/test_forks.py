"""What a forked child has, whatever another thread was doing in its parent at that moment."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from test_client import URL
from virtual_world import VirtualWorld

from sluice import Options, SluiceClient

# A child that hangs is ended by the system.
_HANG_S = 10
ADA = {"targetingKey": "ada", "customer": "acme"}


@contextmanager
def held_by_another_thread(client: SluiceClient) -> Iterator[None]:
    """Everything that a client locks is locked."""
    compiled = client._holder.compiled
    assert compiled is not None
    alone = (client._usage._alone, client._usage._of_customers, client._outcomes._alone, client._samples._alone)
    is_held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with ExitStack() as stack:
            for lock in (compiled._lock, *(one._lock for one in alone)):
                stack.enter_context(lock)
            is_held.set()
            let_go.wait()

    holding = threading.Thread(target=hold, daemon=True)
    holding.start()
    assert is_held.wait(20)
    try:
        yield
    finally:
        let_go.set()
        holding.join()


def in_child(run: Callable[[], bool]) -> bool:
    """Whether it gave true in a forked child; a child that hangs gives nothing."""
    child = os.fork()
    if child == 0:
        # No handler: the child's own threads may be what hangs.
        signal.alarm(_HANG_S)
        os._exit(0 if run() else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_waits_for_no_lock_that_a_thread_of_its_parent_held() -> None:
    world = VirtualWorld()
    world.live(customer="customer")
    client = SluiceClient(Options(url=URL, key="k", count_customers_of=["site.photos"]), lambda _: world)
    world.pass_time(10)
    request = client.for_request()

    def asks() -> bool:
        values = [flags.get_boolean(key, False, ADA) for flags in (client, request) for key in ("site.diary", "site.photos", "site.dairy")]
        client.track("export", ADA, flag="site.photos")
        counts = {one.flag: one.count for one in client.usage().counts}
        return values == [True, True, False] * 2 and counts == {"site.diary": 2, "site.photos": 2, "site.dairy": 2}

    with held_by_another_thread(client):
        assert in_child(asks)
    # What a request holds stays its own in the child, too.
    world.send("patch", {"epoch": "e1", "base": 3, "to": 4, "set": {"kills": {"k1": {"flags": ["site.diary"]}}}})
    assert in_child(lambda: (client.get_boolean("site.diary", True), request.get_boolean("site.diary", False)) == (False, True))
