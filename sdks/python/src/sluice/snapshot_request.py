"""Asking for the snapshot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from .evaluation import Snapshot, UrgentKill, Version, decode_snapshot
from .ports import Cancel, HttpLimits, HttpReply, NetworkFailed, World
from .server_address import ServerAddress, request_to
from .signature_check import SIGNATURE_HEADER, SignatureCheck
from .signed_trail import SignedStep
from .trouble import Trouble, bad_answer, bad_signature, other_environment, trouble_of, unreachable
from .wire import read_urgent_list

SNAPSHOT_BYTES_MAX: Final = 64 * 1024 * 1024
"""Bytes of a snapshot after decompression; the decoder's own limit is the same figure."""

# Bytes of the list of urgent kills: 10,000 kills of a few hundred bytes.
_URGENT_BYTES_MAX = 8 * 1024 * 1024
# Short, so that an answer lost on the way costs little; longer once an outage has lasted a minute: perhaps the link is only slow.
_FETCH_MS = 5_000
_SLOW_FETCH_MS = 60_000
_EARLY_MS = 60_000


@dataclass(frozen=True)
class Fetched:
    """What the server gave; ``snapshot`` is None where it has what we hold."""

    snapshot: Snapshot | None
    urgent: tuple[UrgentKill, ...] = ()
    steps: tuple[SignedStep, ...] = ()
    """Both as they were signed, where signatures are checked."""


@dataclass(frozen=True)
class SnapshotSource:
    """Whom to ask, and what to accept."""

    address: ServerAddress
    environment: str | None
    """The one that this process must be in; None accepts whatever the key belongs to."""
    check: SignatureCheck | None
    """None accepts what nobody has signed."""


FetchDone: TypeAlias = Callable[["Fetched | Trouble"], None]


def fetch_snapshot(world: World, source: SnapshotSource, held: Version | None, outage_ms: float, done: FetchDone) -> Cancel:
    """Asks for the snapshot and, where the server says that urgent kills are in force, for these before anything is served.

    A starting process must not answer "on" for the moment until the stream tells it. ``outage_ms`` is how long the trouble has
    lasted so far.
    """
    address = source.address
    timeout_ms = _FETCH_MS if outage_ms < _EARLY_MS else _SLOW_FETCH_MS
    etag = {} if held is None else {"if-none-match": f'"{held}"'}
    request = request_to(address, "GET /sdk/v1/snapshot", {"accept": "application/json", "accept-encoding": "gzip", **etag})
    under_way: list[Cancel] = []

    def got(reply: HttpReply | NetworkFailed) -> None:
        fetched = _read(source, reply, held)
        if isinstance(fetched, Trouble) or fetched.snapshot is None or isinstance(reply, NetworkFailed) or not _has_urgent(reply):
            done(fetched)
            return
        ask = request_to(address, "GET /sdk/v1/urgent", {"accept": "application/json"})
        limits = HttpLimits(timeout_ms, _URGENT_BYTES_MAX)
        under_way.append(world.request(ask, limits, lambda urgent: done(_with_urgent(source, fetched, urgent))))

    under_way.append(world.request(request, HttpLimits(timeout_ms, SNAPSHOT_BYTES_MAX), got))

    def cancel() -> None:
        under_way[-1]()

    return cancel


def _read(source: SnapshotSource, reply: HttpReply | NetworkFailed, held: Version | None) -> Fetched | Trouble:
    base = source.address.base
    if isinstance(reply, NetworkFailed):
        return unreachable(base, str(reply))
    trouble = trouble_of(base, reply, "application/json")
    if trouble is not None:
        return trouble
    if reply.status == 304:
        return bad_answer(base, "it says that nothing changed, and nothing was held") if held is None else Fetched(None)
    step = _step_of("snapshot", reply)
    problem = None if source.check is None else source.check.problem_of(step.kind, reply.body, step.signature)
    snapshot = decode_snapshot(step.text)
    # A key of another environment is the likelier mistake, and has another cure. What is refused may say so, and is believed in
    # nothing else.
    if isinstance(snapshot, Snapshot) and source.environment not in (None, snapshot.environment):
        return other_environment(base, str(source.environment), snapshot.environment)
    if problem is not None:
        return bad_signature(base, "snapshot", problem)
    if not isinstance(snapshot, Snapshot):
        return bad_answer(base, str(snapshot[0]))
    return Fetched(snapshot, steps=() if source.check is None else (step,))


def _step_of(kind: str, reply: HttpReply) -> SignedStep:
    return SignedStep(kind, reply.body.decode("utf-8-sig", "replace"), reply.headers.get(SIGNATURE_HEADER, ""))


def _has_urgent(reply: HttpReply) -> bool:
    count = reply.headers.get("sluice-urgent", "0")
    return count.isascii() and count.isdigit() and count.strip("0") != ""


def _with_urgent(source: SnapshotSource, fetched: Fetched, reply: HttpReply | NetworkFailed) -> Fetched | Trouble:
    """Without this list the snapshot is still better than nothing: the stream sends the urgent kills again after its hello."""
    if isinstance(reply, NetworkFailed) or reply.status != 200:
        return fetched
    step = _step_of("kills", reply)
    problem = None if source.check is None else source.check.problem_of(step.kind, reply.body, step.signature)
    if problem is not None:
        return bad_signature(source.address.base, "list of urgent kills", problem)
    urgent = read_urgent_list(step.text)
    if urgent is None:
        return fetched
    return Fetched(fetched.snapshot, tuple(urgent), fetched.steps if source.check is None else (*fetched.steps, step))
