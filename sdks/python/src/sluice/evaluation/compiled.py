"""A snapshot ready to answer."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .answer import UNCOUNTED, Answer, Asker, Context
from .attribute import Test, compile_read
from .bucketing import unit_text
from .counter import Counter
from .draft import CounterOf, Decision, Parent, Plan, Surroundings
from .flag_plan import parents_of, plan_flag
from .fuse import fuse
from .kill import Head, compile_customer_hash, compile_scope, is_urgent_in_force, remembering_last
from .patch import apply_patch, check_base
from .reach import reach_of
from .segment import CompiledSegment, compile_segment
from .snapshot_form import KillForm, Patch, Snapshot, UrgentKill, Version

# A prerequisite may have prerequisites this many levels below the flag that was asked for, which is level 0.
PREREQUISITE_DEPTH_MAX = 8


def _uncounted(_key: str, _variant: str | None, _reason: str) -> Counter:
    return UNCOUNTED


@dataclass(frozen=True)
class _Flag:
    plan: Plan
    decide: Decision
    constant: Answer | None
    flags: frozenset[str]
    """Every flag it was made from, itself included, whether it exists or not."""
    segments: frozenset[str]


class Compiled:
    """One snapshot with the urgent kills beside it. What it answers never changes, so any thread may ask it at any time.

    ``decisions`` is all that answering looks at. A flag is compiled when it is first asked for; the next version takes over
    what it does not touch.
    """

    __slots__ = ("_asker", "_counter_of", "_flags", "_kills", "_lock", "_readers", "_segments", "_uses", "decisions", "snapshot", "urgent")

    def __init__(self, snapshot: Snapshot, asker: Asker, urgent: tuple[UrgentKill, ...], counter_of: CounterOf) -> None:
        self.snapshot = snapshot
        self.urgent = tuple(kill for kill in urgent if is_urgent_in_force(kill, head_of(snapshot)))
        self.decisions: dict[str, Decision] = {}
        self._asker = asker
        self._counter_of = counter_of
        self._flags: dict[str, _Flag] = {}
        self._segments: dict[str, CompiledSegment] = {}
        self._uses: set[str] = set()
        self._lock = threading.RLock()
        self._kills = _kills_by_flag([*snapshot.kills.items(), *((kill.id, kill.kill) for kill in self.urgent)])
        user = compile_read("targetingKey")
        self._readers = (
            compile_read(snapshot.customer),
            compile_customer_hash(snapshot.customer, snapshot.salt),
            remembering_last(snapshot.salt, lambda context: unit_text(user(context))),
        )

    @property
    def version(self) -> Version:
        """What is served."""
        return self.snapshot.version

    def decision_of(self, key: str) -> Decision | None:
        """The decision of a flag, compiling it if need be; None where there is no such flag."""
        known = self.decisions.get(key)
        if known is not None or key not in self.snapshot.flags:
            return known
        flag = self._flag(key)
        return None if flag is None else flag.decide

    def customer_hash_of(self, context: Context) -> str | None:
        """The hash of the customer that a context is about, as snapshots hold it; None where it names none."""
        return self._readers[1](context)

    def plan_of(self, key: str) -> Plan | None:
        """The steps of a flag, for explaining."""
        flag = self._flag(key)
        return None if flag is None else flag.plan

    def segment_test(self, name: str) -> Test | str:
        """The membership test of a segment or why there is none, for explaining."""
        with self._lock:
            return self._segment(name).test

    def next(self, snapshot: Snapshot, urgent: tuple[UrgentKill, ...]) -> Compiled:
        """The same process at another version. This one stays valid, and answers as before."""
        made = Compiled(snapshot, self._asker, urgent, self._counter_of)
        if (snapshot.salt, snapshot.customer) == (self.snapshot.salt, self.snapshot.customer):
            with self._lock:
                made._take_over(self)
        return made

    def _take_over(self, previous: Compiled) -> None:
        """What was compiled before and could not have changed stays as it is."""
        before, now = previous.snapshot, self.snapshot
        # Copies, because a signal handler may ask for flags of ``previous`` in the middle of this.
        compiled, made = previous._flags.copy(), previous._segments.copy()
        asked = {name for flag in compiled.values() for name in flag.flags}
        flags = {key for key in asked if before.flags.get(key) is not now.flags.get(key)}
        flags |= {key for key in previous._kills.keys() | self._kills.keys() if previous._kills.get(key) != self._kills.get(key)}
        used = {name for segment in made.values() for name in segment.uses}
        segments = {name for name in used if before.segments.get(name) is not now.segments.get(name)}
        self._segments = {name: segment for name, segment in made.items() if segments.isdisjoint(segment.uses)}
        for key, flag in compiled.items():
            if flags.isdisjoint(flag.flags) and segments.isdisjoint(flag.segments):
                self._flags[key] = flag
                self.decisions[key] = flag.decide

    def _flag(self, key: str) -> _Flag | None:
        with self._lock:
            known = self._flags.get(key)
            if known is not None or key not in self.snapshot.flags:
                return known
            # What a parent uses, its child uses too: the sets of uses are collected through the recursion.
            outer, self._uses = self._uses, set()
            flags, too_deep = reach_of(key, self._parents, PREREQUISITE_DEPTH_MAX)
            plan = plan_flag(key, self.snapshot.flags[key], self._surroundings(key, too_deep))
            decide, constant = fuse(plan)
            for parent in flags & self._flags.keys():
                self._uses |= self._flags[parent].segments
            made = _Flag(plan, decide, constant, frozenset({key, *flags}), frozenset(self._uses))
            self._uses = outer
            self._flags[key] = made
            self.decisions[key] = decide
            return made

    def _parents(self, key: str) -> list[str]:
        return parents_of(self.snapshot.flags.get(key))

    def _surroundings(self, key: str, too_deep: bool) -> Surroundings:
        customer, customer_hash, user_hash = self._readers
        kills = tuple(
            (name, compile_scope(kill.scope, self._asker, self._used_segment, customer_hash)) for name, kill in self._kills.get(key, ())
        )
        return Surroundings(
            segments=self._used_segment,
            kills=kills,
            parent=lambda parent: self._parent(key, parent, too_deep),
            customer_hash=customer_hash,
            user_hash=user_hash,
            customer=customer,
            counter_of=self._counter_of,
        )

    def _used_segment(self, name: str) -> Test | str:
        segment = self._segment(name)
        self._uses |= segment.uses
        return segment.test

    def _segment(self, name: str) -> CompiledSegment:
        known = self._segments.get(name)
        if known is None:
            known = compile_segment(name, self.snapshot.segments, self.snapshot.salt, lambda other: self._segment(other).test)
            self._segments[name] = known
        return known

    def _parent(self, key: str, parent: str, too_deep: bool) -> Parent | str:
        if parent not in self.snapshot.flags:
            return "flag is missing"
        if too_deep:
            below, is_below_too_deep = reach_of(parent, self._parents, PREREQUISITE_DEPTH_MAX - 1)
            if parent == key or key in below:
                return "is part of a cycle"
            if is_below_too_deep:
                return f"has prerequisites in a cycle or more than {PREREQUISITE_DEPTH_MAX} deep"
        flag = self._flag(parent)
        return "flag is missing" if flag is None else Parent(flag.decide, flag.constant)


def compile_snapshot(
    snapshot: Snapshot, asker: Asker | None = None, urgent: Iterable[UrgentKill] = (), counter_of: CounterOf = _uncounted
) -> Compiled:
    """Makes a snapshot ready to answer. Cheap whatever its size: a flag is compiled when it is first asked for.

    Urgent kills that the snapshot has ended are ignored. Total for everything that `decode_snapshot` accepts.
    """
    return Compiled(snapshot, asker or Asker(), tuple(urgent), counter_of)


def compile_patch(previous: Compiled, patch: Patch, urgent: Iterable[UrgentKill]) -> Compiled | str:
    """The next version, or why the patch does not fit. ``previous`` answers as before, for those who are asking it this moment.

    Copies tables of references, a fraction of a millisecond with 10,000 flags: threads must never see half a patch.
    """
    problem = check_base(previous.version, patch)
    return problem if problem is not None else previous.next(apply_patch(previous.snapshot, patch), tuple(urgent))


def compile_urgent(previous: Compiled, urgent: Iterable[UrgentKill]) -> Compiled:
    """The same snapshot beside another set of urgent kills."""
    return previous.next(previous.snapshot, tuple(urgent))


def head_of(snapshot: Snapshot) -> Head:
    """What of a snapshot decides about urgent kills."""
    return Head(snapshot.version, snapshot.replaces, snapshot.seen, snapshot.journals, snapshot.kills)


def _kills_by_flag(kills: list[tuple[str, KillForm]]) -> Mapping[str, tuple[tuple[str, KillForm], ...]]:
    """By id in byte order, which is Python's order of texts. A listed kill and an urgent one of the same id both stay."""
    by_flag: dict[str, list[tuple[str, KillForm]]] = {}
    for name, kill in sorted(kills, key=lambda item: item[0]):
        for flag in dict.fromkeys(kill.flags):
            by_flag.setdefault(flag, []).append((name, kill))
    return {flag: tuple(listed) for flag, listed in by_flag.items()}
