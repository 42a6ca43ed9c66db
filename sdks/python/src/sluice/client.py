"""Flags of one environment, evaluated in this process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from .alone import Alone
from .asked_keys import AskedKeys
from .confirmer import Confirmer, Served
from .connection import Connection
from .context_token import TokenImpossible, make_context_token
from .evaluation import Asker, Context, Patch, Snapshot, UrgentKill
from .flag_reader import FlagReader
from .forks import follow_forks
from .holder import Change, Offer
from .intake import Intake, StoredUnusable
from .invocations import Invocations, LentThread
from .last_known_good import LastKnownGood, SignedState, StoredState, read_stored, stored_name
from .notices import Listeners
from .options import Options
from .outcome_counts import OutcomeCounts
from .ports import World
from .samples import Samples
from .server_address import ServerAddress, parse_base
from .signature_check import SignatureCheck, SignatureKeysUnusable
from .signed_trail import SignedStep
from .snapshot_request import SnapshotSource
from .telemetry_sender import TelemetrySender
from .trouble import Trouble, bad_address, bad_signature_keys
from .usage import UsageCounters
from .wire import Hello

if TYPE_CHECKING:
    # In typing from 3.11 on.
    from typing_extensions import Self

# A disk that does not answer must not keep the network waiting.
_DISK_WAIT_MS = 250
# What close() gives the last samples and the last counts, each of which has a second, a slow disk and sockets that end.
_CLOSE_S_MAX = 3.0
# What flush() gives the last counts, whose request has a second.
_FLUSH_S_MAX = 1.5

WorldMaker = Callable[[Options], World]


class SluiceClient(FlagReader):
    """Its public calls never raise and never wait, except ``ready()`` and ``close()``, which end in time. Made by `create_client`.

    Any thread may call it. It has threads of its own, all daemons; after ``os.fork`` the child gets new ones by itself.
    """

    def __init__(self, options: Options, make_world: WorldMaker) -> None:
        self._options = options
        self._make_world = make_world
        world = make_world(options)
        super().__init__(Asker(options.service, options.version), world.log, self._now_ms, options.counted_in_force)
        self._state = "starting"
        self._is_closing = False
        self._check: SignatureCheck | None = None
        self._keys_trouble: Trouble | None = None
        if options.signature_keys is not None:
            try:
                self._check = SignatureCheck(options.signature_keys, options.environment)
            except SignatureKeysUnusable as error:
                self._keys_trouble = bad_signature_keys(str(error))
        self._intake = Intake(self._holder, options.environment, self._check)
        self._begin(world)
        self._changes: Listeners[Change] = Listeners(self._notices, "An on_change listener")
        self._states: Listeners[str] = Listeners(self._notices, "An on_state listener")
        if options.on_change is not None:
            self._changes.add(options.on_change)
        follow_forks(self)
        self._world.post(self._start)

    def _begin(self, world: World) -> None:
        """All that belongs to this process and not to its parent."""
        options = self._options
        self._world = world
        self._settled = threading.Event()
        self._ended = threading.Event()
        self._is_started = False
        self._is_reached = False
        # Whoever has closed does not wait for the end.
        self._ends_itself = False
        self._setup_trouble = self._keys_trouble
        self._connection: Connection | None = None
        # In place of a connection, where nothing may go on between invocations. What is done with a thread that is lent is done alone:
        # a listener, or a signal handler, on it waits for nothing.
        self._invocations: Invocations | None = None
        self._lending = Alone()
        self._confirmer: Confirmer | None = None
        self._sender: TelemetrySender | None = None
        self._cache: LastKnownGood | None = None
        self._samples = Samples(self._usage)
        # Where keys cannot be used, neither network nor disk is looked at: to go on unchecked would be what nobody asked for.
        if self._keys_trouble is not None:
            return
        if options.cache_dir is not None:
            path = Path(options.cache_dir) / stored_name(options.environment, options.key)
            self._cache = LastKnownGood(world, str(path), lambda: self._intake.stored)
        base = None if options.url is None else parse_base(options.url)
        if base is not None:
            address = ServerAddress(base, options.key, world.token(), options.service, options.version)
            source = SnapshotSource(address, options.environment, self._check)
            if options.refresh_every_ms is None:
                self._connection = Connection(world, source, self)
            else:
                self._invocations = Invocations(world, source, self, options.refresh_every_ms)
            self._confirmer = Confirmer(world, address, self._keys, self._served)
            self._samples = Samples(self._usage, (world, address), options.sampled_in_force)
            self._sender = TelemetrySender(world, address, (self._outcomes, self._usage), lambda: self.version)
        elif options.url is not None or options.snapshot_file is None:
            self._setup_trouble = bad_address(options.url or "")

    def ready(self, timeout_s: float | None = None) -> bool:
        """Waits for the first flags (server, cache or file), at the latest ``wait_s`` after the start. True where they came."""
        if self._invocations is not None:
            return self.refresh()
        if not self._world.is_own_thread:
            self._settled.wait(self._options.wait_within_bounds_s if timeout_s is None else timeout_s)
        return self.version is not None

    def refresh(self) -> bool:
        """At the beginning of an invocation, with ``refresh_every_s``: asks for the flags where they are older than that.

        Returns when they are there, at the latest after ``wait_s``, with nothing left under way. True where there are flags.
        Without that option it returns at once.
        """
        world, invocations = self._world, self._invocations
        if invocations is not None and isinstance(world, LentThread):
            wait_s = self._options.wait_within_bounds_s

            def lend() -> None:
                if self._is_started and not self._is_closing:
                    invocations.refresh()
                world.run(lambda: self._is_closing or (self._is_started and invocations.is_idle), wait_s)
                invocations.stop(wait_s)
                world.end_workers()

            self._lending.do(lend)
        return self.version is not None

    def flush(self) -> None:
        """At the end of an invocation, with ``refresh_every_s``: sends what was counted.

        Returns within about a second, and keeps for the next invocation what did not come through.
        """
        world, sender = self._world, self._sender
        if self._invocations is not None and sender is not None and isinstance(world, LentThread):
            done = threading.Event()

            def lend() -> None:
                sender.flush(done.set)
                world.run(done.is_set, _FLUSH_S_MAX)
                world.end_workers()

            self._lending.do(lend)

    @property
    def state(self) -> str:
        """How it stands with the server.

        ``starting``: nothing received yet, the code's defaults are answered. ``ready``: the server is reached. ``stale``: cut
        off, the last good flags are answered. ``offline``: no server was configured, or the client was closed.
        """
        return self._state

    @property
    def trouble(self) -> Trouble | None:
        """Why there is no connection, in words; None where there is one."""
        asking = self._invocations if self._connection is None else self._connection
        return self._setup_trouble or (None if asking is None else asking.trouble)

    def on_change(self, listener: Callable[[Change], object]) -> Callable[[], None]:
        """Calls the listener after each swap, on the SDK's thread: return soon. Gives a function that ends it."""
        return self._changes.add(listener)

    def on_state(self, listener: Callable[[str], object]) -> Callable[[], None]:
        """Calls the listener when ``state`` changes; as `on_change`."""
        return self._states.add(listener)

    def context_token(self, context: Context, ttl_s: float = 900) -> str | None:
        """Signs a context for a page, whose SDK then gets this context's answers and nothing else; good for 15 minutes at most.

        None where no token can be made, with the reason in the log: the page gets public flags then.
        """
        compiled = self._holder.compiled
        environment = self._options.environment or (None if compiled is None else compiled.snapshot.environment)
        try:
            return make_context_token(context, environment, self._options.context_secret, self._world.now_ms(), ttl_s)
        except TokenImpossible as error:
            self._world.log.error(str(error))
        except Exception as error:
            self._notices.fault("context_token", error)
        return None

    def close(self) -> None:
        """Ends connection, threads and files; returns when the last good flags are written and the last counts sent.

        A listener, and a signal handler within `refresh` or `flush`, does not wait for that. Answers stay available. Idempotent.
        """
        world = self._world
        self.flush()
        world.post(self._close)
        if world.is_own_thread or (isinstance(world, LentThread) and self._lending.do(lambda: self._lend_until_ended(world)) is None):
            # What was posted comes after this, on the same thread.
            self._ends_itself = True
            return
        self._ended.wait(_CLOSE_S_MAX)
        world.closed()

    def _lend_until_ended(self, world: LentThread) -> bool:
        world.run(self._ended.is_set, _CLOSE_S_MAX)
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _key_noted(self) -> None:
        if self._confirmer is not None:
            self._world.post(self._confirmer.keys_noted)

    def _outcome_noted(self) -> None:
        if self._sender is not None:
            self._sender.noted()

    def _now_ms(self) -> float:
        return self._world.monotonic_ms()

    def _start(self) -> None:
        options = self._options
        if self._setup_trouble is not None:
            self._world.log.error(str(self._setup_trouble))
        self._set_state()
        self._world.after(options.wait_within_bounds_s * 1000, self._settled.set)
        if self._cache is None and (options.snapshot_file is None or self._keys_trouble is not None):
            self._connect()
            return
        self._world.after(_DISK_WAIT_MS, self._connect)
        if self._cache is None:
            self._read_file()
        else:
            self._cache.load(self._loaded)

    def _connect(self) -> None:
        """Once, whichever comes first: the stored state was read, or the disk took too long."""
        if self._is_started or self._is_closing:
            return
        if self._connection is not None:
            self._is_started = True
            self._connection.start()
        elif self._invocations is not None:
            self._is_started = True
            self._invocations.refresh()

    def _loaded(self, stored: StoredState | SignedState | None) -> None:
        if stored is not None:
            self._restore(stored)
        self._read_file()

    def _read_file(self) -> None:
        path = self._options.snapshot_file
        if path is None or self.version is not None:
            self._connect()
        else:
            self._world.read(path, lambda data: self._file_read(path, data))

    def _file_read(self, path: str, data: bytes | OSError | None) -> None:
        if isinstance(data, OSError):
            self._world.log.error(f"The snapshot file {path} cannot be read: {data}.")
        else:
            stored = "there is no such file" if data is None else read_stored(data)
            if isinstance(stored, str):
                self._world.log.error(f"The snapshot file {path} cannot be used: {stored}.")
            else:
                self._restore(stored)
        self._connect()

    def _restore(self, stored: StoredState | SignedState) -> None:
        if self._is_closing:
            return
        try:
            self._took(self._intake.restore(stored))
        except StoredUnusable as error:
            self._world.log.warning(f"Stored flags are not used: {error}.")

    # What a Connection brings and asks, on the SDK's thread.

    def is_replaced(self, epoch: str) -> bool:
        """As `SnapshotHolder.is_replaced`."""
        return self._holder.is_replaced(epoch)

    @property
    def wants_snapshot(self) -> bool:
        """Whether the trail of signed texts is long."""
        return self._intake.is_trail_long

    def took_snapshot(self, snapshot: Snapshot, urgent: tuple[UrgentKill, ...], steps: tuple[SignedStep, ...]) -> Offer:
        """The server's snapshot came."""
        self._is_reached = True
        return self._took(self._intake.snapshot(snapshot, urgent, steps))

    def took_patch(self, patch: Patch, step: SignedStep | None) -> Offer:
        """A patch came."""
        return self._took(self._intake.patch(patch, step))

    def took_urgent(self, kill: UrgentKill, step: SignedStep | None) -> Offer:
        """An urgent kill came."""
        return self._took(self._intake.urgent(kill, step))

    def reached(self) -> None:
        """The server answered, though without a stream."""
        self._is_reached = True
        self._set_state()

    def connected(self, hello: Hello) -> None:
        """The stream is there."""
        self._is_reached = True
        if self._confirmer is not None:
            self._confirmer.connected(hello.confirm_jitter_ms)
        if self._sender is not None:
            self._sender.connected()
        self._set_state()

    def sampling_is(self, terms_id: str | None, jitter_ms: float) -> None:
        """On which terms contexts are sampled."""
        self._samples.terms_are(terms_id, jitter_ms)

    def disconnected(self) -> None:
        """The stream is gone, or was not to be had."""
        self._is_reached = False
        if self._confirmer is not None:
            self._confirmer.disconnected()
        if self._sender is not None:
            self._sender.disconnected()
        self._set_state()

    def _took(self, offer: Offer) -> Offer:
        """After every offer: what was swapped is confirmed first, then written down, then told to listeners."""
        if offer.change is None:
            return offer
        if self._confirmer is not None:
            self._confirmer.changed()
        if self._cache is not None:
            # Between invocations nobody would write later.
            self._cache.changed(is_kill=offer.change.is_kill or self._invocations is not None)
        self._set_state()
        self._settled.set()
        self._changes.call(offer.change)
        return offer

    def _set_state(self) -> None:
        state = "ready" if self._is_reached else "stale"
        if self._is_closing or (self._connection is None and self._invocations is None and self._setup_trouble is None):
            state = "offline"
        elif self.version is None:
            state = "starting"
        if state != self._state:
            self._state = state
            self._states.call(state)

    def _close(self) -> None:
        if self._is_closing:
            return
        self._is_closing = True
        if self._connection is not None:
            self._connection.close()
        if self._confirmer is not None:
            self._confirmer.close()
        self._is_reached = False
        self._settled.set()
        self._set_state()
        self._changes.clear()
        self._states.clear()
        sender = self._sender
        self._samples.close(self._close_cache if sender is None else lambda: sender.close(self._close_cache))

    def _close_cache(self) -> None:
        if self._cache is None:
            self._end()
        else:
            self._cache.close(self._end)

    def _end(self) -> None:
        self._ended.set()
        if self._ends_itself:
            self._world.closed()

    def _served(self) -> Served | None:
        version = self.version
        return None if version is None else Served(version, tuple(kill.id for kill in self._holder.urgent))

    def _after_fork(self) -> None:
        """In a forked child the SDK's threads are gone and their locks as they were left: everything but the flags is new."""
        if self._is_closing:
            return
        self._usage = UsageCounters()
        self._outcomes = OutcomeCounts()
        self._keys = AskedKeys()
        self._holder.after_fork(self._usage.counter_of)
        self._begin(self._make_world(self._options))
        self._world.post(self._start)
