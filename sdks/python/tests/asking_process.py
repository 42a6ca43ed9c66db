"""An application that asks for every flag with every context of a file, prints the answers as JSON, and ends as applications do.

Arguments: the file with the contexts, then the flags' keys, of which the first is counted by customer. SLUICE_URL and SLUICE_SDK_KEY
say where the server is.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from sluice import create_client

# The terms come with the stream: at once, or with a heartbeat, each 5 s.
_WAITS = 600
_WAIT_S = 0.05


def main() -> None:
    """One line of JSON."""
    contexts = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    url, key = os.environ["SLUICE_URL"], os.environ["SLUICE_SDK_KEY"]
    with create_client(url=url, key=key, service="asking", wait_s=20, count_customers_of=sys.argv[2:3]) as client:
        client.ready()
        for _ in range(_WAITS):
            if client.samples.attributes:
                break
            time.sleep(_WAIT_S)
        answers = [[client.get_boolean(flag, False, context) for context in contexts] for flag in sys.argv[2:]]
    samples = client.samples
    told = {"attributes": samples.attributes, "sent": samples.sent, "dropped": samples.dropped}
    sys.stdout.write(json.dumps({"answers": answers, "samples": told}))


if __name__ == "__main__":
    main()
