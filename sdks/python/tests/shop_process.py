"""A process of an application that is guarded: it serves four customers again and again, and says how it went for each.

With the feature, acme fails every third time; everything else fails once in fifty. Writes who has the feature whenever that
changes, one JSON object a line, until its standard input ends.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import threading

from sluice import SluiceClient, create_client

_TURN_S = 0.025


def serve(flags: SluiceClient, flag: str, ended: threading.Event) -> None:
    """Until it has ended."""
    said: list[str] | None = None
    for turn in itertools.count(1):
        having = []
        for customer in ("acme", "bolt", "cara", "dune"):
            context = {"customer": customer}
            has = flags.get_boolean(flag, False, context)
            if has:
                having.append(customer)
            flags.track("export", context, flag=flag, failed=turn % (3 if has and customer == "acme" else 50) == 0)
        if having != said:
            sys.stdout.write(f"{json.dumps({'having': having})}\n")
            sys.stdout.flush()
        said = having
        if ended.wait(_TURN_S):
            return


def main() -> None:
    """The key of the flag is its argument."""
    ended = threading.Event()

    def read() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=read, daemon=True).start()
    with create_client(url=os.environ["SLUICE_URL"], key=os.environ["SLUICE_SDK_KEY"], service="shop", version="1.0.0") as flags:
        flags.ready(20)
        serve(flags, sys.argv[1], ended)


if __name__ == "__main__":
    main()
