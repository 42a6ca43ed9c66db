"""Runs something once for each step that it has, with a signal at that step, and prints what became of it.

Steps are the instructions of the SDK's own code: more moments than those at which an interpreter looks for signals, and none is left
to chance. What hangs is ended with a stack.
"""

from __future__ import annotations

import faulthandler
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from virtual_world import VirtualWorld, reply, snapshot_at

from sluice import Options, SluiceClient
from sluice.adapters.real_world import RealWorld
from sluice.ports import HttpReply, HttpRequest
from sluice.usage import UsageCounters

HANG_S = 30
TERMS = {"id": "terms-1", "attributes": {"country": "plain"}, "customer": "customer", "key": "A" * 43, "everyMs": 60_000}


class Raised(BaseException):
    """What a handler raises."""


def steps_of(run: Callable[[], object], at: int) -> int:
    """Runs it, raising the signal before its instruction of that number; gives how many there were."""
    seen = 0

    def enter(frame: FrameType, event: str, arg: object) -> Any:
        if "/sluice/" not in frame.f_code.co_filename and not frame.f_code.co_filename.endswith("threading.py"):
            return None
        frame.f_trace_opcodes = True
        return step

    def step(frame: FrameType, event: str, arg: object) -> Any:
        nonlocal seen
        if event == "opcode":
            seen += 1
            if seen == at:
                signal.raise_signal(signal.SIGINT)
        return step

    # 3.12 tells of no instruction where nobody wants to hear of them when the tracing begins.
    sys._getframe().f_trace_opcodes = True
    sys.settrace(enter)
    try:
        run()
    finally:
        sys.settrace(None)
    return seen


def calls_of(run: Callable[[], object], at: int) -> int:
    """As `steps_of`, but after each call of what is written in C, which is where an interpreter looks for signals."""
    seen = 0

    def after(frame: FrameType, event: str, arg: object) -> None:
        nonlocal seen
        if event == "c_return" and "/sluice/" in frame.f_code.co_filename:
            seen += 1
            if seen == at:
                signal.raise_signal(signal.SIGINT)

    sys.setprofile(after)
    try:
        run()
    except Raised:
        pass
    finally:
        sys.setprofile(None)
    return seen


def on_signal(run: Callable[[], object]) -> None:
    signal.signal(signal.SIGINT, lambda *_: run())


def asked(client: SluiceClient, which: str) -> int:
    """Asks in every way; gives how many answers that were."""
    # Each a context that was not sampled before.
    ada = {"targetingKey": "ada", "customer": "acme", "country": which}
    client.get_boolean("site.diary", False, ada)
    client.get_boolean("site.counted", False, ada)
    client.get_boolean(f"unknown.{which}", False, ada)
    client.get_string("site.photos", "?", ada)
    client.for_request().get_string("greeting", "?", ada)
    client.explain("greeting", ada)
    client.track("export", ada, flag="site.counted")
    client.usage()
    # One that is of another type is counted twice: as the answer that it was, and as the default.
    return 6


def made() -> tuple[VirtualWorld, SluiceClient]:
    world = VirtualWorld()
    flags = {key: {"default": "on"} for key in ("site.diary", "site.photos", "site.counted")}
    greeting = {"type": "string", "variants": {"plain": "Hello", "warm": "Good morning"}, "off": "plain", "default": "warm"}
    snapshot = snapshot_at(3, customer="customer", flags={**flags, "greeting": greeting})
    world.live()
    assert world.hello is not None
    world.hello["sampling"] = "terms-1"

    def answer(request: HttpRequest) -> HttpReply:
        if request.method == "POST":
            return reply(204, b"")
        return reply(200, TERMS if request.url.endswith("/sampling") else snapshot)

    world.answer = answer
    options = Options(url="http://flags.test", key="secret", count_customers_of=["site.counted"])
    client = SluiceClient(options, lambda _: world)
    world.pass_time(10)
    assert client.samples.attributes == ("country",)
    return world, client


def counted(client: SluiceClient) -> int:
    usage = client.usage()
    return usage.dropped + sum(one.count for one in usage.counts)


def told(world: VirtualWorld) -> tuple[int, int]:
    """What the server was told: answers, and outcomes with what was dropped of them."""
    answers = outcomes = 0
    for batch in world.told():
        answers += sum(one["count"] for one in batch["answers"]) + batch["droppedAnswers"]  # type: ignore[attr-defined, operator]
        outcomes += sum(one["ok"] for one in batch["outcomes"]) + batch["droppedOutcomes"]  # type: ignore[attr-defined, operator]
    return answers, outcomes


def asking(at: int, *, is_telling: bool) -> int:
    """Answers in the middle of answers, or in the middle of what the SDK does where it is lent the application's thread."""
    world, client = made()
    asks: list[int] = []

    def ask(which: str) -> None:
        asks.append(asked(client, f"{which}{len(asks)}"))

    ask("before")
    on_signal(lambda: ask("handler"))
    if is_telling:
        seq = 3

        def run() -> None:
            nonlocal seq
            for kills in ({"k1": {"flags": ["site.diary"]}}, {"k2": {"flags": ["site.photos"]}}):
                world.send("patch", {"epoch": "e1", "base": seq, "to": seq + 1, "set": {"kills": kills}})
                seq += 1
            world.pass_time(70_000)

        steps = steps_of(run, at)
        assert client.version is not None
        assert client.version.seq == seq, "a patch was lost"
    else:
        steps = steps_of(lambda: ask("again"), at)
    on_signal(lambda: None)
    answers, outcomes = sum(asks), len(asks)
    assert counted(client) == answers, f"{answers} answers, {counted(client)} counted"
    world.pass_time(130_000)
    assert told(world) == (answers, outcomes), f"{answers} answers and {outcomes} outcomes, {told(world)} told"
    samples = client.samples
    assert samples.sent + samples.dropped >= len(asks), f"{len(asks)} contexts, {samples}"
    assert not [line for line in world.lines.lines if "failed" in line], world.lines.lines
    return steps


def posting(at: int) -> int:
    """What is posted in the middle of what is posted."""
    world = RealWorld(Options(url="http://flags.test", key="secret"))
    done = [threading.Event() for _ in range(2)]
    on_signal(lambda: world.post(done[1].set))
    steps = steps_of(lambda: world.post(done[0].set), at)
    if steps < at:
        world.post(done[1].set)
    assert all(event.wait(HANG_S / 2) for event in done)
    assert sum(thread.name == "sluice" for thread in threading.enumerate()) == 1
    world.closed()
    return steps


def raising(at: int) -> int:
    """What a handler raises in the middle of an answer leaves nothing locked, for other threads either."""
    counts = UsageCounters()
    counts.look_every(2)
    counter = counts.counter_of("site.diary", "on", "STATIC")
    _, client = made()

    def throw() -> None:
        raise Raised

    def run() -> None:
        counts.answered(counter)
        asked(client, "again")

    on_signal(throw)
    steps = calls_of(run, at)
    on_signal(lambda: None)
    others = [threading.Thread(target=take, daemon=True) for take in (counts.take, client.usage, lambda: asked(client, "other"))]
    for other in others:
        other.start()
    for other in others:
        other.join(HANG_S / 2)
        assert not other.is_alive(), "another thread waits for ever"
    return steps


# Each with how many steps are gone at once, where it has thousands: a prime, so that loops are met at different places.
SCENES: dict[str, tuple[Callable[[int], int], int]] = {
    "asking": (lambda at: asking(at, is_telling=False), 13),
    "telling": (lambda at: asking(at, is_telling=True), 37),
    "posting": (posting, 1),
    "raising": (raising, 1),
}


def main() -> None:
    """The scene that the argument names."""
    scene, stride = SCENES[sys.argv[1]]
    # Once without a signal: of what is done once in a process, and of the very first time an interpreter may tell nothing.
    scene(sys.maxsize)
    at = 1
    while True:
        faulthandler.dump_traceback_later(HANG_S, exit=True)
        steps = scene(at)
        faulthandler.cancel_dump_traceback_later()
        if steps < at:
            break
        at += stride
    sys.stdout.write(f"{steps} steps\n")


if __name__ == "__main__":
    main()
