"""Times the native calls beside a hand-written optimum; a snapshot of bench/eval's workload on standard input, figures on standard output.

The optimum is a dict of closures over plain values, with the same hash where a percentage decides: no reasons, no variants,
no protection against what raises, no counting.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from types import MethodType
from typing import TypeAlias

from sluice import SluiceClient, create_client
from sluice.evaluation.murmur3 import hash_after
from sluice.flag_reader import FlagReader
from sluice.testing import MemoryClient

Ask: TypeAlias = Callable[[str, Mapping[str, object]], bool]

USERS = [{"targetingKey": f"u{at}", "country": "FR" if at % 4 == 0 else "DE", "tenant": "t99", "region": "r99"} for at in range(1024)]
# Least and most of 1,024 answers that are true.
CASES = {"plain": (1024, 1024), "attribute": (768, 768), "rules10": (320, 448), "ids1000": (512, 512)}
WARM_CPU_S = 0.3
ROUNDS = 200


def optimum() -> Ask:
    """What the machine allows."""
    ids = frozenset(f"u{at * 2}" for at in range(1000))
    tenants = frozenset(f"x{at}" for at in range(9))
    hash_of, half = hash_after("rules10:", 0), 1 << 31
    closures: dict[str, Callable[[Mapping[str, object]], bool]] = {
        "plain": lambda _: True,
        "attribute": lambda user: user["country"] == "DE",
        "rules10": lambda user: user["tenant"] in tenants or (user["country"] == "DE" and hash_of(str(user["targetingKey"])) < half),
        "ids1000": lambda user: user["targetingKey"] in ids,
    }
    return lambda key, user: closures[key](user)


def check(ask: Ask, key: str) -> None:
    """Raises unless the answers are right."""
    least, most = CASES[key]
    yes = sum(1 for user in USERS if ask(key, user))
    if not least <= yes <= most:
        raise SystemExit(f"{key}: {yes} of 1,024 answers are true, expected {least} to {most}")


def warm(ask: Ask, key: str) -> None:
    """By CPU time, not by the clock: the machine may do something else."""
    start = time.process_time()
    while time.process_time() - start < WARM_CPU_S:
        for user in USERS:
            ask(key, user)


def round_ns(ask: Ask, key: str) -> float:
    """Nanoseconds per call of one round over all users."""
    before = time.perf_counter_ns()
    for user in USERS:
        ask(key, user)
    return (time.perf_counter_ns() - before) / len(USERS)


def uncounted_call(self: FlagReader, key: str, default: bool, context: Mapping[str, object]) -> bool:
    """`FlagReader.get_boolean` without its count."""
    try:
        value = self._decisions[key](context).value
    except Exception:
        value = self._ask(key, context).value
    if value is True or value is False:
        return value
    self._check_type(key, "boolean", value)
    return default


def sampled_client() -> SluiceClient:
    """One whose contexts are sampled, of the server at SLUICE_URL."""
    client = create_client(url=os.environ["SLUICE_URL"], key="k", service="bench", wait_s=20)
    client.ready()
    for _ in range(400):
        if client.samples.attributes:
            return client
        # What is sampled comes with the stream, at the latest with its first heartbeat.
        time.sleep(0.05)
    raise SystemExit(f"nothing is sampled: {client.trouble}")


def main() -> None:
    """All contestants, case by case in turn."""
    client = MemoryClient(definitions=json.load(sys.stdin))
    # Not MemoryClient's own, which first looks whether the test is strict: the real client's call.
    native = super(MemoryClient, client).get_boolean

    def sluice(key: str, user: Mapping[str, object]) -> bool:
        return native(key, False, user)

    compiled = client._holder.compiled  # noqa: SLF001
    assert compiled is not None
    decisions = compiled.decisions

    def bare(key: str, user: Mapping[str, object]) -> bool:
        return decisions[key](user).value is True

    ticks = itertools.repeat(None, 1 << 60)

    def ticking(key: str, user: Mapping[str, object]) -> bool:
        for _ in ticks:
            break
        return decisions[key](user).value is True

    silent: Callable[[str, bool, Mapping[str, object]], bool] = MethodType(uncounted_call, client)

    def uncounted(key: str, user: Mapping[str, object]) -> bool:
        return silent(key, False, user)

    with sampled_client() as other:
        ask_sampled = other.get_boolean

        def sampling(key: str, user: Mapping[str, object]) -> bool:
            return ask_sampled(key, False, user)

        contestants: dict[str, Ask] = {
            "optimum": optimum(),
            "sluice": sluice,
            "bare": bare,
            "sampling": sampling,
            "uncounted": uncounted,
            "ticking": ticking,
        }
        figures: dict[str, dict[str, float]] = {}
        for key in CASES:
            # The client first: it compiles a flag when it is asked for.
            for ask in (sluice, *contestants.values()):
                check(ask, key)
            for ask in contestants.values():
                warm(ask, key)
            # Rounds alternate, so that what else the machine does befalls all.
            rounds = [{name: round_ns(ask, key) for name, ask in contestants.items()} for _ in range(ROUNDS)]
            figures[key] = {name: min(one[name] for one in rounds) for name in contestants}
    json.dump({"ns": figures}, sys.stdout)


if __name__ == "__main__":
    main()
