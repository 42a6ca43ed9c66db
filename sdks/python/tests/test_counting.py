"""That counts are exact, whoever counts at the same time, and that no answer waits for them."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator

import pytest

from sluice import usage
from sluice.evaluation.counter import Counter
from sluice.testing import MemoryClient
from sluice.usage import LOOK_EVERY_MAX, UsageCounters

THREADS = 4
ANSWERS = 5_000


@pytest.fixture
def _switching_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def answer(counts: UsageCounters, counter: Counter) -> bool:
    """As `FlagReader.get_boolean` does; True where a context would be looked at."""
    for _ in counter.ticks:
        return False
    counts.answered(counter)
    return True


def told(counts: UsageCounters) -> int:
    taken, dropped = counts.take()
    return dropped + sum(count for one in taken if isinstance(count := one["count"], int))


@pytest.mark.usefixtures("_switching_often")
@pytest.mark.parametrize("has_one_lock", [True, False])
def test_threads_that_count_while_batches_are_made_and_looks_come_and_go_lose_nothing(
    has_one_lock: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage, "_has_one_lock", lambda: has_one_lock)
    counts = UsageCounters()
    counters = [counts.counter_of("site.photos", variant, "STATIC") for variant in ("on", "off")]

    def ask() -> None:
        for at in range(ANSWERS):
            answer(counts, counters[at % 2])

    threads = [threading.Thread(target=ask) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    sum_told, turn = 0, 0
    while any(thread.is_alive() for thread in threads):
        turn += 1
        counts.look_every((1, 2, 64, LOOK_EVERY_MAX)[turn % 4])
        sum_told += told(counts)
    sum_told += told(counts)
    assert sum_told == THREADS * ANSWERS
    assert sum(one.count for one in counts.read().counts) == THREADS * ANSWERS
    assert counts.is_told


@pytest.mark.parametrize("has_one_lock", [True, False])
def test_ticks_are_handed_out_only_where_one_lock_keeps_threads_apart(has_one_lock: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "_has_one_lock", lambda: has_one_lock)
    counts = UsageCounters()
    counter = counts.counter_of("site.photos", "on", "STATIC")
    assert [answer(counts, counter) for _ in range(4)] == [True, *[not has_one_lock] * 3]
    # Another thread may have handed some out meanwhile.
    counts.answered(counter)
    assert counter.read() == 5


@pytest.mark.parametrize(("every", "looks"), [(1, 100), (2, 50), (64, 2), (LOOK_EVERY_MAX, 1)])
def test_one_answer_of_so_many_is_looked_at_and_all_are_counted(every: int, looks: int) -> None:
    counts = UsageCounters()
    counts.look_every(every)
    counter = counts.counter_of("site.photos", "on", "STATIC")
    assert sum(answer(counts, counter) for _ in range(100)) == looks
    assert counter.read() == 100


def test_the_next_answer_is_looked_at_once_more_is_to_be_and_no_count_changes_by_it() -> None:
    counts = UsageCounters()
    counter = counts.counter_of("site.photos", "on", "STATIC")
    seen = [answer(counts, counter) for _ in range(10)]
    held = counter.ticks
    counts.look_every(1)
    # Who read the ticks before finds none in them.
    assert list(held) == []
    seen += [answer(counts, counter) for _ in range(3)]
    assert seen == [True, *[False] * 9, True, True, True]
    assert counter.read() == 13


def test_what_has_no_room_is_counted_as_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "_COUNTS_MAX", 1)
    counts = UsageCounters()
    for flag in ("site.photos", "site.diary", "greeting"):
        for _ in range(5_000):
            answer(counts, counts.counter_of(flag, "on", "STATIC"))
    read = counts.read()
    assert ([one.count for one in read.counts], read.dropped) == ([5_000], 10_000)


def test_an_answer_does_not_wait_for_a_batch_that_is_being_made() -> None:
    counts = UsageCounters()
    counter = counts.counter_of("site.photos", "on", "STATIC")
    is_making, go_on = threading.Event(), threading.Event()
    slow = counts.counter_of("site.diary", "on", "STATIC")
    apart = slow.apart

    def count_slowly() -> int:
        is_making.set()
        assert go_on.wait(20)
        return apart()

    slow.apart = count_slowly
    making = threading.Thread(target=counts.take, daemon=True)
    making.start()
    assert is_making.wait(20)

    def ask() -> None:
        for _ in range(10):
            answer(counts, counter)
            # One that nobody has asked for yet has no counter yet.
            counts.defaulted("site.dairy", "unknownFlag")

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    # Who waited would wait for ever.
    asking.join(10)
    assert not asking.is_alive()
    go_on.set()
    making.join(20)
    slow.apart = apart
    assert {one.flag: one.count for one in counts.read().counts} == {"site.photos": 10, "site.dairy": 10}


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers of signals on this system")
def test_a_signal_handler_that_asks_in_the_middle_of_anything_is_counted_too() -> None:
    client = MemoryClient({"site.photos": True})
    client.get_boolean("site.photos", False)
    interrupted = 0

    def ask(*_: object) -> None:
        nonlocal interrupted
        # Another signal may come before this one is through.
        value = client.get_boolean("site.photos", False)
        interrupted += value

    before = signal.signal(signal.SIGALRM, ask)
    signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
    asked = 1
    try:
        while interrupted < 50:
            # Every one hands out ticks, so that signals meet it.
            client._usage.look_every(1)
            client._usage.look_every(2)
            asked += client.get_boolean("site.photos", False)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert [one.count for one in client.usage().counts] == [asked + interrupted]


def test_a_key_that_is_none_answers_the_default() -> None:
    client = MemoryClient({"site.photos": True})
    assert client.get_boolean(["site.photos"], True) is True  # type: ignore[arg-type]
    assert client.get_string({}, "?") == "?"  # type: ignore[arg-type]
