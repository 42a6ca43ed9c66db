"""Clients in one process, driven over standard input: one JSON object a line, a request and then its reply (faults/sdk/driver.ts).

Its argument: how many times faster than the machine's their clocks run, which is the SDK's own world with another pace.
"""

from __future__ import annotations

import ctypes
import gc
import json
import logging
import os
import re
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from sluice.adapters.real_world import RealWorld
from sluice.client import SluiceClient
from sluice.options import Options
from sluice.ports import Cancel

SPEED = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0


class FastWorld(RealWorld):
    """Every timer and timeout of the SDK goes through these two."""

    def monotonic_ms(self) -> float:
        """Faster than the machine's."""
        return super().monotonic_ms() * SPEED

    def after(self, delay_ms: float, run: Callable[[], None]) -> Cancel:
        """Sooner than it was asked for."""
        return super().after(delay_ms / SPEED, run)


class Raising(Mapping[str, Any]):
    """An application's own mapping, which fails."""

    def __getitem__(self, key: str) -> Any:
        raise RuntimeError("a mapping of the application")

    def __iter__(self) -> Any:
        raise RuntimeError("a mapping of the application")

    def __len__(self) -> int:
        return 1


class RaisingText:
    """An object of the application that cannot be shown."""

    def __str__(self) -> str:
        raise RuntimeError("a text of the application")

    __repr__ = __str__


def hostile_contexts() -> list[tuple[str, Any]]:
    """Contexts that no application should pass."""
    cycle: dict[str, Any] = {"targetingKey": "ada"}
    cycle["self"] = cycle
    cycle["plan"] = [cycle, [cycle]]
    deep: Any = "end"
    for _ in range(20_000):
        deep = {"plan": deep}
    wrong: list[Any] = [
        float("nan"),
        float("inf"),
        10**4_000,
        object(),
        lambda: 1,
        RaisingText(),
        b"bytes",
        {1, 2},
        None,
        (),
        complex(1, 2),
        1e308,
    ]
    return [
        ("a cycle", cycle),
        ("20,000 levels", {"plan": deep}),
        ("10 MB of text", {"targetingKey": "x" * 10_000_000, "plan": "y" * 10_000_000, "customer": "z" * 10_000_000}),
        ("a mapping that raises", Raising()),
        ("lone surrogates", {"targetingKey": "\ud800", "plan": "pro\udfff", "customer": "\udc00\ud800"}),
        ("names that are no texts", {1: 2, None: 3, ("a",): 4}),
        ("100,000 attributes", {f"a{index}": index for index in range(100_000)}),
        *((f"wrong type {index}", {"targetingKey": value, "plan": value, "customer": value}) for index, value in enumerate(wrong)),
        ("no mapping", "text"),
        ("nothing", None),
    ]


def hostile(client: SluiceClient, flag: str) -> dict[str, Any]:
    """Asks about each."""
    threw: list[str] = []
    wrong: list[str] = []
    contexts = hostile_contexts()
    for name, context in contexts:
        try:
            if not client.get_boolean(flag, False, context):
                wrong.append(name)
            client.get_string(flag, "", context)
            client.explain(flag, context)
        except BaseException as error:
            threw.append(f"{name}: {error!r}")
    return {"asked": len(contexts), "threw": threw, "wrong": wrong}


def sight(client: SluiceClient, questions: list[list[Any]]) -> dict[str, Any]:
    """What one client answers now."""
    trouble = client.trouble
    return {
        "values": [client.get_boolean(flag, fallback, {"targetingKey": "ada"}) for flag, fallback in questions],
        "state": client.state,
        "version": "" if client.version is None else str(client.version),
        "trouble": "" if trouble is None else trouble.kind,
    }


def heap_bytes() -> int:
    """What lives, after a collection: the allocator of Python says so on standard error alone, and what is larger is the C library's."""
    gc.collect()
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile("w+") as told:
        os.dup2(told.fileno(), 2)
        try:
            sys._debugmallocstats()
        finally:
            os.dup2(kept, 2)
            os.close(kept)
        told.seek(0)
        small = re.search(r"bytes in allocated blocks += +([\d,]+)", told.read())
    assert small is not None
    return int(small[1].replace(",", "")) + large_bytes()


class MallInfo(ctypes.Structure):
    """As malloc.h has it."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")
    ]


def large_bytes() -> int:
    """Of glibc, 2.33 or newer; 0 elsewhere."""
    try:
        info = ctypes.CDLL(None).mallinfo2
    except (AttributeError, OSError):
        return 0
    info.restype = MallInfo
    told = info()
    # Mapped for one object each, and in use in what was cut up.
    return int(told.hblkhd) + int(told.uordblks)


def close(clients: dict[str, SluiceClient]) -> list[str]:
    """Closes all; names threads that are left."""
    closers = [threading.Thread(target=client.close) for client in clients.values()]
    for closer in closers:
        closer.start()
    for closer in closers:
        closer.join()
    clients.clear()
    time.sleep(0.1)
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("sluice")]


def main() -> None:
    """Until standard input ends."""
    quiet = logging.getLogger("sluice")
    quiet.disabled = True
    clients: dict[str, SluiceClient] = {}
    for line in sys.stdin:
        request = json.loads(line)
        reply: dict[str, Any] = {}
        if request["do"] == "open":
            options = Options(
                url=request["url"],
                key=request["key"],
                environment=request["environment"],
                service="drill",
                signature_keys=request.get("signatureKeys"),
                log=quiet,
            )
            clients[request["client"]] = SluiceClient(options, FastWorld)
        elif request["do"] == "ask":
            reply = {"sights": {name: sight(client, request["questions"]) for name, client in clients.items()}}
        elif request["do"] == "hostile":
            reply = hostile(clients[request["client"]], request["flag"])
        elif request["do"] == "heap":
            reply = {"bytes": heap_bytes()}
        else:
            reply = {"left": close(clients)}
        sys.stdout.write(f"{json.dumps(reply)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
