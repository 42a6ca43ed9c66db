"""Keeping one process at the server's version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from .backoff import Backoff
from .evaluation import Patch, Snapshot, UrgentKill, Version, decode_patch, decode_urgent_kill
from .holder import Offer
from .live_stream import LiveStream, StreamEnd
from .ports import Cancel, HttpReply, World
from .server_address import request_to
from .signed_trail import SignedStep
from .snapshot_request import Fetched, SnapshotSource, fetch_snapshot
from .stream import StreamFrame
from .trouble import Trouble, bad_signature, cut_off, other_environment, silent, trouble_of, unreachable
from .wire import Hello, read_head, read_hello, read_sampling_id

# Patches kept while the snapshot they build on is being fetched: as many as the server's own ring holds.
_WAITING_PATCHES_MAX = 1_000
# After a heartbeat with another head, a patch that is on its way gets this long before the snapshot is fetched.
_HEAD_GRACE_MS = 1_000
# Where streams do not come through, flags are asked for at this pace, and a stream is tried each fourth time.
_POLL_MS = 30_000
_POLLS_PER_STREAM = 4


class Receiver(Protocol):
    """Where a connection brings what it hears, and what it must know."""

    @property
    def version(self) -> Version | None:
        """What is held."""

    def is_replaced(self, epoch: str) -> bool:
        """True for an epoch that must not come back."""

    @property
    def wants_snapshot(self) -> bool:
        """True where a fresh snapshot is wanted soon, even of the version held."""

    def took_snapshot(self, snapshot: Snapshot, urgent: tuple[UrgentKill, ...], steps: tuple[SignedStep, ...]) -> Offer:
        """A snapshot came, with the urgent kills beside it, and both as they were signed, where signatures are checked."""

    def took_patch(self, patch: Patch, step: SignedStep | None) -> Offer:
        """A patch came."""

    def took_urgent(self, kill: UrgentKill, step: SignedStep | None) -> Offer:
        """An urgent kill came."""

    def reached(self) -> None:
        """The server answered with what is held."""

    def connected(self, hello: Hello) -> None:
        """The stream said hello."""

    def sampling_is(self, terms_id: str | None, jitter_ms: float) -> None:
        """On which terms contexts are sampled; None where they are not. Said with hello and each heartbeat."""

    def disconnected(self) -> None:
        """The server cannot be reached, or not any more; said after each attempt that failed."""


class Connection:
    """Snapshot, then stream, then whatever it takes to come back, for ever.

    Reports trouble once when it changes, never for each attempt.
    """

    def __init__(self, world: World, source: SnapshotSource, receiver: Receiver) -> None:
        self._world = world
        self._source = source
        self._address = source.address
        self._environment = source.environment
        self._receiver = receiver
        self._attempts = Backoff(world.unit)
        self._refetches = Backoff(world.unit)
        self._stream: LiveStream | None = None
        self._timers: dict[str, Cancel] = {}
        self._fetching: Cancel | None = None
        self._must_fetch = False
        # After a reset the whole snapshot is wanted, even one of our own version: the server may have corrected its content.
        self._must_fetch_whole = False
        self._is_connected = False
        self._is_closed = False
        self._jitter_ms = 0.0
        self._waiting: list[tuple[Patch, SignedStep | None]] = []
        self._streams_lost = 0
        # Of the attempt that is under way.
        self._requests = 0
        self.trouble: Trouble | None = None

    def start(self) -> None:
        """Begins; to be called once."""
        self._attempt()

    def close(self) -> None:
        """Ends everything silently. Idempotent."""
        self._is_closed = True
        for name in list(self._timers):
            self._stop(name)
        if self._fetching is not None:
            self._fetching()
        if self._stream is not None:
            self._stream.close()
        self._waiting = []

    def _stop(self, timer: str) -> None:
        self._timers.pop(timer, lambda: None)()

    def _after(self, timer: str, delay_ms: float, run: Callable[[], None]) -> None:
        def fire() -> None:
            self._timers.pop(timer, None)
            if not self._is_closed:
                run()

        self._stop(timer)
        self._timers[timer] = self._world.after(delay_ms, fire)

    def _attempt(self) -> None:
        self._requests = 0
        if self._receiver.version is not None and not self._must_fetch:
            self._open()
        else:
            self._fetch(self._attempted)

    def _attempted(self, fetched: Fetched | Trouble) -> None:
        if isinstance(fetched, Trouble):
            self._failed(fetched)
        elif self._streams_lost % _POLLS_PER_STREAM == 0:
            self._open()
        else:
            self._poll_later()

    def _poll_later(self) -> None:
        """A server that can be asked is no outage, though its streams are held back on the way."""
        self._receiver.reached()
        self._streams_lost += 1
        self._must_fetch = True
        self._after("retry", _POLL_MS * (0.9 + self._world.unit() * 0.2), self._attempt)

    def _failed(self, trouble: Trouble) -> None:
        self._report(trouble)
        self._receiver.disconnected()
        # After a refusal the next attempt asks for the snapshot: its answer tells more than that of a stream.
        self._must_fetch = self._must_fetch or trouble.wait_ms > 0
        self._after("retry", self._attempts.failed(self._world.monotonic_ms(), trouble.wait_ms, self._requests), self._attempt)

    def _report(self, trouble: Trouble) -> None:
        # A network failure is worded differently from attempt to attempt; only a new kind of trouble is news.
        is_news = self.trouble is None or self.trouble.kind != trouble.kind
        self.trouble = trouble
        if is_news:
            self._world.log.warning(str(trouble))

    def _fetch(self, done: Callable[[Fetched | Trouble], None]) -> None:
        """One request at a time. Brings what it got to the receiver."""
        self._requests += 1
        now_ms = self._world.monotonic_ms()
        held = None if self._must_fetch_whole else self._receiver.version

        def got(fetched: Fetched | Trouble) -> None:
            self._fetching = None
            if not self._is_closed:
                done(self._bring(fetched))

        outage_ms = max(self._attempts.lasted_ms(now_ms), self._refetches.lasted_ms(now_ms))
        self._fetching = fetch_snapshot(self._world, self._source, held, outage_ms, got)

    def _bring(self, fetched: Fetched | Trouble) -> Fetched | Trouble:
        if isinstance(fetched, Trouble):
            return fetched
        self._must_fetch = self._must_fetch_whole = False
        snapshot = fetched.snapshot
        if snapshot is None:
            return fetched
        offer = self._receiver.took_snapshot(snapshot, fetched.urgent, fetched.steps)
        if offer.kind == "swapped":
            self._refetches.succeeded()
            if self._stream is not None:
                self._brought_news()
        if offer.kind == "refused":
            self._world.log.warning(f"The server's snapshot is not used: {offer.why}. Answers stay as they are.")
        return fetched

    def _open(self) -> None:
        version = self._receiver.version
        last = {} if version is None else {"last-event-id": str(version)}
        headers = {"accept": "text/event-stream", "cache-control": "no-cache", **last}
        self._waiting = []
        self._requests += 1
        self._stream = LiveStream(self._world, request_to(self._address, "GET /sdk/v1/stream", headers), self)

    def stream_opened(self, reply: HttpReply) -> bool:
        """The head of the stream's answer."""
        trouble = trouble_of(self._address.base, reply, "text/event-stream")
        if trouble is None:
            return True
        self._lost(trouble, is_held_back=trouble.kind == "badAnswer")
        return False

    def stream_ended(self, end: StreamEnd) -> None:
        """The stream is over."""
        base = self._address.base
        # A frame over the limit would come again after every reconnect; the snapshot leads past it.
        self._must_fetch = self._must_fetch or end.kind == "tooLong"
        if end.kind == "silent":
            self._lost(silent(base, 12_000), is_held_back=not self._is_connected)
        elif end.kind == "late":
            self._lost(silent(base, 5_000), is_held_back=True)
        else:
            self._lost(cut_off(base, end.why) if self._is_connected else unreachable(base, end.why), is_held_back=False)

    def _lost(self, trouble: Trouble, *, is_held_back: bool) -> None:
        self._stream = None
        self._stop("refetch")
        self._stop("head")
        self._is_connected = False
        if is_held_back:
            # The server may be well and a proxy in the way: the next attempt asks instead of listening.
            self._streams_lost += 1
            self._must_fetch = True
        self._failed(trouble)

    def frame(self, frame: StreamFrame) -> None:
        """One event; those of later versions of the protocol are not for us."""
        match frame.event:
            case "hello":
                self._hello(frame.data)
            case "patch":
                self._patch(frame)
            case "urgent":
                self._urgent(frame)
            case "reset":
                self._reset(frame.data)
            case "heartbeat":
                self._heartbeat(frame.data)

    def _hello(self, data: str) -> None:
        hello = read_hello(data)
        if hello is None:
            self._refetch("a hello that cannot be read", 0)
            return
        base = self._address.base
        if self._environment not in (None, hello.environment):
            self._refuse(other_environment(base, str(self._environment), hello.environment))
            return
        self._jitter_ms = hello.confirm_jitter_ms
        if self.trouble is not None:
            self._world.log.info(f"Connected to {base} again.")
        self.trouble = None
        self._streams_lost = 0
        self._is_connected = True
        # What is served is confirmed now: one request more of a stream that may go silent again at once.
        self._requests += 1
        self._receiver.connected(hello)
        self._receiver.sampling_is(read_sampling_id(data), self._jitter_ms)
        self._compare_head(hello.version)

    def _refuse(self, trouble: Trouble) -> None:
        """Ends the stream, which is tried again with growing waits."""
        if self._stream is not None:
            self._stream.close()
        self._lost(trouble, is_held_back=False)

    def _is_trusted(self, kind: str, frame: StreamFrame) -> bool:
        check = self._source.check
        data = frame.data.encode("utf-8", "surrogatepass")
        problem = None if check is None else check.problem_of(kind, data, frame.sig)
        if problem is not None:
            self._refuse(bad_signature(self._address.base, kind, problem))
        return problem is None

    def _step_of(self, kind: str, frame: StreamFrame) -> SignedStep | None:
        return None if self._source.check is None else SignedStep(kind, frame.data, frame.sig or "")

    def _patch(self, frame: StreamFrame) -> None:
        if not self._is_trusted("patch", frame):
            return
        patch = decode_patch(frame.data)
        if not isinstance(patch, Patch):
            self._refetch("a patch that cannot be read", 0)
            return
        step = self._step_of("patch", frame)
        offer = self._receiver.took_patch(patch, step)
        if offer.kind == "swapped":
            self._refetches.succeeded()
            self._brought_news()
        if offer.kind != "gap":
            return
        if len(self._waiting) < _WAITING_PATCHES_MAX:
            self._waiting.append((patch, step))
        self._refetch(offer.why, 0)

    def _urgent(self, frame: StreamFrame) -> None:
        if not self._is_trusted("kill", frame):
            return
        kill = decode_urgent_kill(frame.data)
        if not isinstance(kill, UrgentKill):
            self._world.log.error("An urgent kill cannot be read; the snapshot is fetched instead.")
            self._refetch("an urgent kill that cannot be read", 0)
            return
        offer = self._receiver.took_urgent(kill, self._step_of("kill", frame))
        if offer.kind == "swapped":
            self._brought_news()
        if offer.kind == "refused":
            self._world.log.error(f"An urgent kill is not applied: {offer.why}.")

    def _brought_news(self) -> None:
        """A link that ends streams before their first heartbeat and still brings decisions is no outage: a kill must not wait as long."""
        self._attempts.progressed(self._world.monotonic_ms())

    def _reset(self, data: str) -> None:
        """Many instances may be reset at once: they fetch spread over the time that the server named for confirms."""
        head = read_head(data)
        if head is not None and self._is_behind_us(head):
            return
        self._fetch_whole("the server cannot patch this version")

    def _fetch_whole(self, why: str) -> None:
        self._must_fetch = self._must_fetch_whole = True
        self._refetch(why, self._world.unit() * self._jitter_ms)

    def _heartbeat(self, data: str) -> None:
        # A stream that lived until its heartbeat works: the next loss starts from the shortest wait.
        self._attempts.succeeded()
        self._receiver.sampling_is(read_sampling_id(data), self._jitter_ms)
        head = read_head(data)
        if head is not None:
            self._compare_head(head)
        if self._receiver.wants_snapshot:
            self._fetch_whole("many patches are kept since the last one")

    def _compare_head(self, head: Version) -> None:
        """A head that is not ours means a patch that is on its way or lost."""
        if head == self._receiver.version:
            self._refetches.succeeded()
        elif not self._is_behind_us(head) and "head" not in self._timers:
            self._after("head", _HEAD_GRACE_MS, lambda: self._head_is_late(head))

    def _head_is_late(self, head: Version) -> None:
        if self._is_connected and head != self._receiver.version and not self._is_behind_us(head):
            self._refetch("the server is at another version", 0)

    def _is_behind_us(self, head: Version) -> bool:
        """A head that we must not go to: fetching it would be refused each time."""
        version = self._receiver.version
        if version is not None and version.epoch == head.epoch:
            return head.seq < version.seq
        return self._receiver.is_replaced(head.epoch)

    def _refetch(self, why: str, spread_ms: float) -> None:
        """Fetches the snapshot while the stream goes on: at once the first time, then with growing waits until something fits again."""
        stream = self._stream
        if self._fetching is not None or "refetch" in self._timers or stream is None:
            return
        is_again = self._refetches.has_failed
        backoff_ms = self._refetches.failed(self._world.monotonic_ms(), 0)

        def run() -> None:
            if self._stream is stream and self._fetching is None:
                self._fetch(lambda fetched: self._refetched(fetched, why))

        wait_ms = backoff_ms if is_again else spread_ms
        if wait_ms == 0:
            run()
        else:
            self._after("refetch", wait_ms, run)

    def _refetched(self, fetched: Fetched | Trouble, why: str) -> None:
        if self._stream is None:
            return
        if isinstance(fetched, Trouble) and fetched.kind == "badSignature":
            self._refuse(fetched)
            return
        waiting, self._waiting = self._waiting, []
        is_behind = isinstance(fetched, Trouble)
        for patch, step in waiting:
            is_behind = self._receiver.took_patch(patch, step).kind == "gap" or is_behind
        if isinstance(fetched, Trouble):
            self._world.log.warning(f"The snapshot is needed ({why}) and could not be had: {fetched.message}")
        if is_behind:
            self._refetch(why, 0)
