"""Showing the server what contexts look like, as far as ``sluice.yaml`` declares it, so that a plan can count."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .alone import Alone
from .evaluation import Context
from .evaluation.sampling import Picked, compile_pick, seal
from .ports import Cancel, HttpLimits, HttpReply, NetworkFailed, World
from .server_address import ServerAddress, request_to
from .usage import LOOK_EVERY_MAX, UsageCounters
from .wire import SamplingTerms, parse_record, read_terms

# Different contexts kept between two reports, and so sent with one: the server takes 100.
_CONTEXTS_MAX = 100
# Characters of one context; the server takes 2,000.
_CONTEXT_CHARS_MAX = 1_800
# Bytes of the contexts of one report; the server reads 64 KiB.
_REPORT_BYTES_MAX = 48_000
# Contexts that were sent are not sent again until there are so many, or half a day has gone.
_SENT_MAX = 5_000
_SENT_AGAIN_AFTER_MS = 12 * 3_600_000
# Every answer is looked at until so many were within one report's time, then every second one of the same flag and variant, every
# fourth one, and so on.
_LOOKS_PER_STEP = 200
# After an answer that is none, the terms are not asked for again before that.
_ASK_AGAIN_AFTER_MS = 30_000
_LIMITS = HttpLimits(2_000, 64 * 1024)
# A process that ends waits so long for its last report.
_LAST_LIMITS = HttpLimits(1_000, 64 * 1024)


@dataclass(frozen=True)
class SampleCounts:
    """What was sampled in this process.

    ``attributes`` may leave it now, by name. ``sent`` are contexts that the server has taken, ``dropped`` those that had no room,
    were too large, or did not reach it: no harm, and not tried again.
    """

    attributes: tuple[str, ...]
    sent: int
    dropped: int


class Samples:
    """Nothing else of a context is ever written down; memory and bytes are fixed; whatever goes wrong, a sample is lost and no more.

    `look` is called from any thread, all else on the SDK's. ``allowed`` are the attributes that the application lets go, None for
    whatever the server declares; without an address nothing is sampled. ``usage`` counts the answers, of which the last of each
    counter's ticks comes to `look`.
    """

    def __init__(
        self, usage: UsageCounters, source: tuple[World, ServerAddress] | None = None, allowed: Sequence[str] | None = None
    ) -> None:
        self._usage = usage
        self._source = source if allowed is None or len(allowed) > 0 else None
        self._allowed = allowed
        self._id: str | None = None
        self._terms: SamplingTerms | None = None
        self._pick: Callable[[Context], Picked] | None = None
        self._is_asking = False
        self._ask_not_before_ms = 0.0
        self._is_closed = False
        self._timer: Cancel | None = None
        self._last_sent_ms: float | None = None
        # Of what `look` and the SDK's thread share: picked contexts by their text.
        self._alone = Alone()
        self._kept: dict[str, Picked] = {}
        self._sent: set[str] = set()
        self._sent_since_ms = 0.0
        self._looks = 0
        self._step = 1
        # Different contexts since the last report.
        self._different = 0
        self._sent_count = 0
        self._dropped = 0

    @property
    def counts(self) -> SampleCounts:
        """What was sampled so far."""
        terms = self._terms
        dropped = self._dropped + self._alone.missed
        return SampleCounts(() if terms is None else tuple(terms.attributes), self._sent_count, dropped)

    def terms_are(self, terms_id: str | None, jitter_ms: float) -> None:
        """What a stream says: the id of the terms that are in force, None where nothing is sampled."""
        if terms_id == self._id or self._is_closed or self._source is None:
            return
        world, _ = self._source
        if self._terms is not None:
            self._use(None)
        self._id = None
        if terms_id is None or self._is_asking or world.monotonic_ms() < self._ask_not_before_ms:
            return
        self._id = terms_id
        self._is_asking = True
        world.after(world.unit() * jitter_ms, self._ask)

    def _ask(self) -> None:
        if self._source is not None and not self._is_closed:
            world, address = self._source
            world.request(request_to(address, "GET /sdk/v1/sampling", {}), _LIMITS, self._asked)

    def _asked(self, reply: HttpReply | NetworkFailed) -> None:
        """Terms of another id than the newest one came too late; the next heartbeat asks again."""
        self._is_asking = False
        if self._source is None or self._is_closed:
            return
        is_answer = isinstance(reply, HttpReply) and reply.status == 200
        terms = read_terms(parse_record(reply.body.decode("utf-8", "replace"))) if is_answer and isinstance(reply, HttpReply) else None
        if terms is not None and terms.id == self._id:
            self._use(terms)
            return
        self._id = None
        if terms is None:
            self._ask_not_before_ms = self._source[0].monotonic_ms() + _ASK_AGAIN_AFTER_MS

    def _use(self, terms: SamplingTerms | None) -> None:
        if terms is not None and self._allowed is not None:
            terms = terms.limited_to(self._allowed)
        self._terms = terms
        self._pick = None if terms is None else compile_pick(terms.attributes, terms.customer)
        self._alone.do(self._forget)

    def _forget(self) -> None:
        self._kept.clear()
        self._sent.clear()
        self._rest()

    def _rest(self) -> None:
        """Another time begins."""
        self._looks = 0
        self._step = 1 if self._terms is not None and not self._is_closed else LOOK_EVERY_MAX
        self._different = 0
        self._usage.look_every(self._step)

    def look(self, context: Context) -> None:
        """Looks at a context, where there are terms. Never raises."""
        pick = self._pick
        if pick is None or self._is_closed:
            return
        self._looks += 1
        if self._looks % _LOOKS_PER_STEP == 0:
            self._step = min(self._step * 2, LOOK_EVERY_MAX)
            self._usage.look_every(self._step)
        try:
            picked = pick(context)
            if picked:
                text = json.dumps(picked, ensure_ascii=False)
                if self._alone.do(lambda: self._take(picked, text)) and self._source is not None:
                    self._source[0].post(self._plan)
        except Exception:
            # A context belongs to the host: what cannot be read of it is not sampled.
            self._dropped += 1

    def _take(self, picked: Picked, text: str) -> bool:
        """Keeps one; True where it is the first."""
        world = None if self._source is None else self._source[0]
        if text in self._kept or text in self._sent or world is None:
            return False
        self._different += 1
        if len(text) > _CONTEXT_CHARS_MAX:
            self._dropped += 1
            return False
        if len(self._kept) >= _CONTEXTS_MAX:
            # Each different one is kept with the same chance (Vitter, algorithm R).
            self._dropped += 1
            at = int(world.unit() * self._different)
            if at >= _CONTEXTS_MAX:
                return False
            del self._kept[list(self._kept)[at]]
        self._kept[text] = picked
        return len(self._kept) == 1

    def _plan(self) -> None:
        """The first report of many processes that start together is spread over the whole time between two."""
        if self._source is None or self._terms is None or self._timer is not None or self._is_closed:
            return
        world, every_ms = self._source[0], self._terms.every_ms
        last = self._last_sent_ms
        self._timer = world.after(
            world.unit() * every_ms if last is None else max(0.0, last + every_ms - world.monotonic_ms()), self._report
        )

    def _report(self) -> None:
        self._timer = None
        self._send(_LIMITS, lambda: None)

    def _send(self, limits: HttpLimits, done: Callable[[], None]) -> None:
        body, count = self._body()
        if self._source is None or count == 0:
            done()
            return

        def answered(reply: HttpReply | NetworkFailed) -> None:
            if isinstance(reply, HttpReply) and reply.status < 300:
                self._sent_count += count
            else:
                self._dropped += count
            done()

        world, address = self._source
        world.request(request_to(address, "POST /sdk/v1/samples", {"content-type": "application/json"}, body), limits, answered)

    def _body(self) -> tuple[bytes, int]:
        """What is kept, and how many contexts it is; they are forgotten."""
        terms = self._terms
        kept = self._alone.do(self._take_kept)
        if terms is None or not kept:
            return b"", 0
        contexts: list[bytes] = []
        size = 0
        for text, picked in kept.items():
            sealed = json.dumps(seal(picked, terms.attributes, terms.key), separators=(",", ":")).encode()
            if size + len(sealed) > _REPORT_BYTES_MAX:
                self._dropped += 1
                self._sent.discard(text)
                continue
            size += len(sealed) + 1
            contexts.append(sealed)
        return b'{"contexts":[' + b",".join(contexts) + b"]}", len(contexts)

    def _take_kept(self) -> dict[str, Picked]:
        """No answer waits while they are sealed."""
        if self._source is None or self._terms is None or not self._kept:
            return {}
        now_ms = self._last_sent_ms = self._source[0].monotonic_ms()
        if len(self._sent) >= _SENT_MAX or now_ms - self._sent_since_ms > _SENT_AGAIN_AFTER_MS:
            self._sent.clear()
            self._sent_since_ms = now_ms
        kept, self._kept = self._kept, {}
        self._sent.update(kept)
        self._rest()
        return kept

    def close(self, done: Callable[[], None]) -> None:
        """Sends what is left, so that a process that lives for seconds is heard of too; waits a second for it at most."""
        if self._timer is not None:
            self._timer()
        self._is_closed = True
        self._usage.look_every(LOOK_EVERY_MAX)
        self._send(_LAST_LIMITS, done)
