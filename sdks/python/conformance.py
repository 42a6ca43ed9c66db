"""The Python evaluator behind the runner protocol (conformance/PROTOCOL.md): requests on standard input, replies on standard output.

npm run conformance -- --language python --runner "python3 sdks/python/conformance.py"
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "src"))

from sluice.evaluation import (
    MISSING,
    NO_SNAPSHOT,
    Answer,
    Asker,
    Compiled,
    Patch,
    Snapshot,
    UrgentKill,
    compile_patch,
    compile_snapshot,
    compile_urgent,
    customer_hash,
    decode_patch,
    decode_snapshot,
    decode_urgent_kill,
    evaluate,
    slot,
)
from sluice.evaluation.decode import parse_json


class Runner:
    """What is loaded, and the answers to requests about it."""

    def __init__(self) -> None:
        self.compiled: Compiled | None = None
        self.urgent: list[UrgentKill] = []

    def reply(self, request: dict[str, object]) -> dict[str, object]:
        """The reply to one request."""
        do = request["do"]
        if do == "load":
            return {"ok": self.load(request)}
        if do == "patch":
            return {"ok": self.patch(request["patch"])}
        if do == "urgent":
            is_whole = self.read_urgent(request["urgent"])
            if self.compiled is not None:
                self.compiled = compile_urgent(self.compiled, self.urgent)
            return {"ok": is_whole}
        if do == "ask":
            context = request.get("context")
            answer = NO_SNAPSHOT
            if self.compiled is not None:
                answer = evaluate(self.compiled, str(request["flag"]), context if isinstance(context, dict) else {})
            return {"answer": members_of(answer)}
        if do == "slot":
            return {"slot": slot(str(request["salt"]), str(request["unit"]))}
        return {"hash": customer_hash(str(request["salt"]), str(request["key"]))}

    def load(self, request: dict[str, object]) -> bool:
        """Forgets what was loaded before; nothing is loaded where the snapshot is refused."""
        snapshot = decode_snapshot(request["snapshot"])
        is_whole = self.read_urgent(request["urgent"])
        asker = request["asker"]
        names = asker if isinstance(asker, dict) else {}
        self.compiled = None
        if isinstance(snapshot, Snapshot):
            self.compiled = compile_snapshot(snapshot, Asker(names.get("service"), names.get("version")), self.urgent)
        return self.compiled is not None and is_whole

    def patch(self, text: object) -> bool:
        """Applies a patch; nothing changes where it is refused."""
        patch = decode_patch(text)
        if self.compiled is None or not isinstance(patch, Patch):
            return False
        compiled = compile_patch(self.compiled, patch, self.urgent)
        if isinstance(compiled, str):
            return False
        self.compiled = compiled
        # A snapshot that was patched must still be writable: nothing else looks at it here.
        json.dumps(compiled.snapshot.to_json())
        return True

    def read_urgent(self, texts: object) -> bool:
        """What cannot be read is left out: a list of urgent kills is read one by one, as a stream brings them."""
        read = [decode_urgent_kill(text) for text in texts] if isinstance(texts, list) else []
        self.urgent = [kill for kill in read if isinstance(kill, UrgentKill)]
        return len(self.urgent) == len(read)


def members_of(answer: Answer) -> dict[str, object]:
    """An answer's members, absent ones left out."""
    stated = {
        "variant": answer.variant,
        "reason": answer.reason,
        "cause": answer.cause,
        "by": answer.by,
        "problems": list(answer.problems) or None,
    }
    value = {} if answer.value is MISSING else {"value": answer.value}
    return {**value, **{name: member for name, member in stated.items() if member is not None}}


def main() -> None:
    """Answers until standard input ends."""
    runner = Runner()
    for line in sys.stdin:
        request = parse_json(line)
        assert isinstance(request, dict)
        sys.stdout.write(f"{json.dumps(runner.reply(request))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
