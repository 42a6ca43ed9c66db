"""Answers of one environment's flags, wherever they came from."""

# A request and the reader that it is of are one thing in two classes.
# ruff: noqa: SLF001

from __future__ import annotations

from collections.abc import Callable

from .asked_keys import AskedKeys
from .evaluation import NO_SNAPSHOT, UNKNOWN_FLAG, Answer, Asker, Compiled, Context, Version, describe, explain
from .evaluation.counter import Counter
from .evaluation.draft import Decision
from .flag_answers import NO_CONTEXT, FlagAnswers
from .holder import SnapshotHolder
from .notices import Notices
from .outcome_counts import OutcomeCounts, OutcomeOf
from .ports import Log
from .samples import SampleCounts, Samples
from .usage import Usage, UsageCounters

# A request is answered from one version for so long. Whoever forgets to let go of one must not outlive a kill.
_REQUEST_MS_MAX = 30_000


class FlagReader(FlagAnswers):
    """Answers from the newest flags, and from those of a moment for whoever asks for that."""

    def __init__(self, asker: Asker, log: Log, monotonic_ms: Callable[[], float], counted: frozenset[str] = frozenset()) -> None:
        self._decisions: dict[str, Decision] = {}
        self._keys = AskedKeys()
        self._usage = UsageCounters()
        self._outcomes = OutcomeCounts()
        self._samples = Samples(self._usage)
        self._notices = Notices(log)
        self._monotonic_ms = monotonic_ms
        self._holder = SnapshotHolder(asker, self._usage.counter_of, self._swap)
        self._counted = counted
        if counted:
            # The quick way does not look whether a flag is counted by customer: nobody else pays for it.
            self.get_boolean = super().get_boolean  # type: ignore[method-assign]

    def get_boolean(self, key: str, default: bool, context: Context = NO_CONTEXT) -> bool:
        """True or false. The default is answered where the flag is unknown, of another type, or nothing was received yet."""
        try:
            answer = self._decisions[key](context)
            for _ in answer.counter.ticks:
                break
            else:
                self._tickless(answer.counter, context)
            value = answer.value
        except Exception:
            value = self._ask(key, context).value
        if value is True or value is False:
            return value
        self._check_type(key, "boolean", value)
        return default

    def for_request(self) -> RequestFlags:
        """The same calls, answered from the version that is served now, kills included, for one request or job.

        Two flags agree although a change arrives in between. Let go of it when the request ends: after 30 s it answers from the
        newest flags.
        """
        return RequestFlags(self)

    @property
    def environment(self) -> str | None:
        """The environment whose flags are served; None while none are."""
        compiled = self._holder.compiled
        return None if compiled is None else compiled.snapshot.environment

    @property
    def version(self) -> Version | None:
        """What is served now; None while nothing is."""
        return self._holder.version

    def explain(self, key: str, context: Context = NO_CONTEXT) -> list[str]:
        """Why a flag answers what it answers for this context: plain English, one line a step."""
        compiled = self._holder.compiled
        if compiled is None:
            return [f"{key} answers the code's default: no flags were received yet."]
        try:
            return describe(explain(compiled, key, context))
        except Exception as error:
            self._notices.fault("explain", error)
            return [f"{key} could not be explained."]

    def usage(self) -> Usage:
        """How often each answer was given since the process began. Memory is bounded; what found no room is counted as dropped."""
        return self._usage.read()

    @property
    def samples(self) -> SampleCounts:
        """What of contexts this process shows its server, and how much of it."""
        return self._samples.counts

    def track(self, outcome: str, context: Context, *, flag: str, failed: bool = False) -> None:
        """Says how something that a flag is about went for a customer: also when it went well, because a guard looks at shares.

        Such as ``track("export", context, flag="billing.invoice-export", failed=True)``. Counted by customer (as a hash), outcome
        and the variant that the flag answers for this context, and sent as counts alone. Without a customer in the context nothing
        is counted; what no guard of the flag watches is thrown away by the server.
        """
        compiled = self._holder.compiled
        if compiled is None:
            return
        try:
            decide = compiled.decision_of(flag)
            variant = None if decide is None else decide(context).variant
            customer = compiled.customer_hash_of(context)
            if variant is None or customer is None:
                return
            if self._outcomes.note(OutcomeOf(flag, variant, outcome, customer), failed=failed):
                self._outcome_noted()
            else:
                self._notices.bad_outcome(outcome)
        except Exception as error:
            self._notices.fault("track", error)

    def _ask(self, key: str, context: Context) -> Answer:
        try:
            decide = None if key in self._counted else self._decisions.get(key)
            if decide is None:
                return self._ask_of(self._holder.compiled, key, context)
            answer = decide(context)
            self._answered(answer.counter, context)
            return answer
        except Exception as error:
            self._notices.fault("evaluate", error)
            return NO_SNAPSHOT

    def _answered(self, counter: Counter, context: Context) -> None:
        for _ in counter.ticks:
            return
        self._tickless(counter, context)

    def _tickless(self, counter: Counter, context: Context) -> None:
        """Counts an answer that found no tick: the context of such a one is looked at."""
        self._usage.answered(counter)
        self._samples.look(context)

    def _ask_of(self, compiled: Compiled | None, key: str, context: Context) -> Answer:
        """Of one version. May meet a flag that is not compiled yet, or that there is not."""
        is_text = isinstance(key, str)
        if compiled is None:
            self._usage.defaulted(key if is_text else "", "noSnapshot")
            return NO_SNAPSHOT
        decide = compiled.decision_of(key) if is_text else None
        answer = UNKNOWN_FLAG if decide is None else decide(context)
        self._answered(self._usage.default_of(key if is_text else "", "unknownFlag") if decide is None else answer.counter, context)
        if key in self._counted and decide is not None:
            customer = compiled.customer_hash_of(context)
            if customer is not None:
                self._usage.of_customer(key, answer.variant, answer.reason, customer)
        if is_text and self._keys.note(key, is_known=decide is not None):
            if decide is None:
                self._notices.unknown_key(key, compiled.snapshot.environment, compiled.snapshot.flags)
            self._key_noted()
        return answer

    def _note_wrong_type(self, key: str, asked: str, value: object) -> None:
        self._usage.defaulted(key, "wrongType")
        self._notices.wrong_type(key, asked, value)

    def _key_noted(self) -> None:
        """A flag was asked for the first time: those who tell a server do so."""

    def _outcome_noted(self) -> None:
        """An outcome was counted: those who tell a server do so."""

    def _swap(self, compiled: Compiled) -> None:
        self._decisions = compiled.decisions


class RequestFlags(FlagAnswers):
    """Answers of the flags of the moment it was made. Made by ``for_request``."""

    def __init__(self, newest: FlagReader) -> None:
        self._newest = newest
        self._held = newest._holder.compiled
        # As long as its process: in a forked child another thread may have held the lock of what is held.
        self._usage = newest._usage
        self._until_ms = newest._monotonic_ms() + _REQUEST_MS_MAX
        self._is_over = False

    @property
    def _compiled(self) -> Compiled | None:
        newest = self._newest
        if not self._is_over and newest._monotonic_ms() >= self._until_ms:
            self._is_over = True
            self._held = None
        if self._usage is not newest._usage:
            self._usage = newest._usage
            self._held = None if self._held is None else newest._holder.again(self._held)
        return newest._holder.compiled if self._is_over else self._held

    @property
    def version(self) -> Version | None:
        """What this request is answered from; None while nothing was received."""
        compiled = self._compiled
        return None if compiled is None else compiled.version

    def _ask(self, key: str, context: Context) -> Answer:
        try:
            return self._newest._ask_of(self._compiled, key, context)
        except Exception as error:
            self._newest._notices.fault("evaluate", error)
            return NO_SNAPSHOT

    def _note_wrong_type(self, key: str, asked: str, value: object) -> None:
        self._newest._note_wrong_type(key, asked, value)
