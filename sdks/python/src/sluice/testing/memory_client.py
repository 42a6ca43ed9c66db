"""A client whose flags the test sets."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Literal, TypeAlias

from ..details import FlagDetails
from ..evaluation import Asker, Context, JsonValue, Snapshot, Version, decode_snapshot
from ..evaluation.draft import read_basics
from ..flag_answers import NO_CONTEXT
from ..flag_reader import FlagReader

Strictness: TypeAlias = Literal["lenient", "strict"]


class StrictlyRefused(AssertionError):
    """A flag was asked for that is not set, or with a default that is not what its definition serves when off."""


class MemoryClient(FlagReader):
    """Answers like the real client, by the same evaluator.

    ``flags`` are values by key; ``definitions`` is a snapshot as the server gives it (``GET /sdk/v1/snapshot``), over which
    ``flags`` lie. Where ``mode`` is ``strict``, asking for an unknown key, or with a default that differs from the
    definition's off value, fails the test.
    """

    def __init__(
        self,
        flags: Mapping[str, JsonValue] | None = None,
        *,
        definitions: Mapping[str, object] | None = None,
        mode: Strictness = "lenient",
        service: str | None = None,
        version: str | None = None,
    ) -> None:
        super().__init__(Asker(service, version), logging.getLogger("sluice"), lambda: time.monotonic() * 1000)
        self._mode = mode
        self._set = dict(flags or {})
        self._base: dict[str, object] = {"format": 1, "environment": "test", "epoch": "test", "seq": 0, "salt": "test", "flags": {}}
        if definitions is not None:
            self._base = json.loads(json.dumps(definitions))
        self._seq = 0
        self._serve()

    def set(self, key: str, value: JsonValue) -> None:
        """From now on everybody gets this value."""
        self._set[key] = value
        self._serve()

    def unset(self, key: str) -> None:
        """From now on the definition answers again, or there is no such flag."""
        self._set.pop(key, None)
        self._serve()

    @contextmanager
    def with_flag(self, key: str, value: JsonValue) -> Iterator[None]:
        """The flag has this value inside the block, and afterwards what it had."""
        had = key in self._set
        before = self._set.get(key)
        self.set(key, value)
        try:
            yield
        finally:
            if had:
                self.set(key, before)
            else:
                self.unset(key)

    def get_boolean(self, key: str, default: bool, context: Context = NO_CONTEXT) -> bool:
        """As of the real client."""
        self._check(key, default)
        return super().get_boolean(key, default, context)

    def get_string(self, key: str, default: str, context: Context = NO_CONTEXT) -> str:
        """As of the real client."""
        self._check(key, default)
        return super().get_string(key, default, context)

    def get_number(self, key: str, default: float, context: Context = NO_CONTEXT) -> float:
        """As of the real client."""
        self._check(key, default)
        return super().get_number(key, default, context)

    def get_object(self, key: str, default: JsonValue, context: Context = NO_CONTEXT) -> JsonValue:
        """As of the real client."""
        self._check(key, default)
        return super().get_object(key, default, context)

    def get_boolean_details(self, key: str, default: bool, context: Context = NO_CONTEXT) -> FlagDetails[bool]:
        """As of the real client."""
        self._check(key, default)
        return super().get_boolean_details(key, default, context)

    def get_string_details(self, key: str, default: str, context: Context = NO_CONTEXT) -> FlagDetails[str]:
        """As of the real client."""
        self._check(key, default)
        return super().get_string_details(key, default, context)

    def get_number_details(self, key: str, default: float, context: Context = NO_CONTEXT) -> FlagDetails[float]:
        """As of the real client."""
        self._check(key, default)
        return super().get_number_details(key, default, context)

    def get_object_details(self, key: str, default: JsonValue, context: Context = NO_CONTEXT) -> FlagDetails[JsonValue]:
        """As of the real client."""
        self._check(key, default)
        return super().get_object_details(key, default, context)

    def ready(self, timeout_s: float | None = None) -> bool:  # noqa: ARG002
        """At once."""
        return True

    def close(self) -> None:
        """Nothing is open."""

    def _serve(self) -> None:
        self._seq += 1
        flags = self._base["flags"]
        assert isinstance(flags, dict)
        given = {key: {"variants": {"set": value}, "off": "set"} for key, value in self._set.items()}
        snapshot = decode_snapshot({**self._base, "seq": self._seq, "flags": {**flags, **given}})
        if not isinstance(snapshot, Snapshot):
            raise ValueError("; ".join(map(str, snapshot)))
        self._holder.offer_snapshot(snapshot, ())
        assert self.version == Version(snapshot.version.epoch, self._seq)

    def _check(self, key: str, default: JsonValue) -> None:
        compiled = self._holder.compiled
        if self._mode == "lenient" or compiled is None:
            return
        if key not in compiled.snapshot.flags:
            raise StrictlyRefused(f'The test sets no flag "{key}", and no definition has it.')
        if key in self._set:
            return
        basics = read_basics(key, compiled.snapshot.flags[key])
        off = None if isinstance(basics, str) else basics.variants.get(basics.off)
        if off != default or isinstance(off, bool) != isinstance(default, bool):
            raise StrictlyRefused(f'Flag "{key}" is asked for with the default {default!r}, but its definition serves {off!r} when off.')
