"""A process that says what a flag answers, each time that it changes: for tests against the real server."""

from __future__ import annotations

import json
import os
import sys

from sluice import SluiceClient, create_client


def say(client: SluiceClient, flag: str) -> None:
    """One line of JSON."""
    details = client.get_boolean_details(flag, False, {"targetingKey": "ada"})
    sys.stdout.write(f"{json.dumps({'value': details.value, 'cause': details.cause, 'reason': details.reason}, separators=(',', ':'))}\n")
    sys.stdout.flush()


def main() -> None:
    """Until standard input ends."""
    flag = sys.argv[1]
    keys = os.environ.get("SLUICE_SIGNATURE_KEYS", "")
    with create_client(
        url=os.environ["SLUICE_URL"],
        key=os.environ["SLUICE_SDK_KEY"],
        environment="production" if keys else None,
        signature_keys=keys.split(",") if keys else None,
        service="python-live",
    ) as client:
        client.on_change(lambda change: say(client, flag))
        if client.ready(30):
            say(client, flag)
        sys.stdin.read()


if __name__ == "__main__":
    main()
