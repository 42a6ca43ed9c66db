"""Answers of one environment's flags, wherever they came from."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, TypeVar

from .asked_keys import AskedKeys
from .details import FlagDetails, details_of
from .evaluation import (
    MISSING,
    NO_SNAPSHOT,
    UNKNOWN_FLAG,
    WRONG_TYPE,
    Answer,
    Asker,
    Compiled,
    Context,
    JsonValue,
    Version,
    describe,
    explain,
)
from .evaluation.draft import Decision
from .holder import SnapshotHolder
from .notices import Notices
from .ports import Log
from .usage import Usage, UsageCounters

NO_CONTEXT: Final[Context] = MappingProxyType({})

_T = TypeVar("_T")


class FlagReader:
    """The native calls. They never raise and never wait; any thread may make them."""

    def __init__(self, asker: Asker, log: Log) -> None:
        self._decisions: dict[str, Decision] = {}
        self._keys = AskedKeys()
        self._usage = UsageCounters()
        self._notices = Notices(log)
        self._holder = SnapshotHolder(asker, self._usage.count_of, self._swap)

    def get_boolean(self, key: str, default: bool, context: Context = NO_CONTEXT) -> bool:
        """True or false. The default is answered where the flag is unknown, of another type, or nothing was received yet."""
        try:
            answer = self._decisions[key](context)
            answer.count()
            value = answer.value
        except Exception:
            value = self._ask(key, context).value
        if value is True or value is False:
            return value
        self._check_type(key, "boolean", value)
        return default

    def get_string(self, key: str, default: str, context: Context = NO_CONTEXT) -> str:
        """A text; as `get_boolean`."""
        value = self._ask(key, context).value
        if isinstance(value, str):
            return value
        self._check_type(key, "string", value)
        return default

    def get_number(self, key: str, default: float, context: Context = NO_CONTEXT) -> float:
        """A number; as `get_boolean`."""
        value = self._ask(key, context).value
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return value
        self._check_type(key, "number", value)
        return default

    def get_object(self, key: str, default: JsonValue, context: Context = NO_CONTEXT) -> JsonValue:
        """A dict or list of your own; as `get_boolean`. Its inner shape is the flag's, so check what you rely on. Cost grows with it."""
        value = self._ask(key, context).value
        if isinstance(value, (dict, list)):
            return _copy(value)
        self._check_type(key, "object", value)
        return default

    def get_boolean_details(self, key: str, default: bool, context: Context = NO_CONTEXT) -> FlagDetails[bool]:
        """`get_boolean` with variant, reason, cause and version."""
        answer = self._ask(key, context)
        return self._details(key, answer, "boolean", answer.value if isinstance(answer.value, bool) else None, default)

    def get_string_details(self, key: str, default: str, context: Context = NO_CONTEXT) -> FlagDetails[str]:
        """`get_string` with variant, reason, cause and version."""
        answer = self._ask(key, context)
        return self._details(key, answer, "string", answer.value if isinstance(answer.value, str) else None, default)

    def get_number_details(self, key: str, default: float, context: Context = NO_CONTEXT) -> FlagDetails[float]:
        """`get_number` with variant, reason, cause and version."""
        answer = self._ask(key, context)
        value = answer.value
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return self._details(key, answer, "number", value if is_number and isinstance(value, (int, float)) else None, default)

    def get_object_details(self, key: str, default: JsonValue, context: Context = NO_CONTEXT) -> FlagDetails[JsonValue]:
        """`get_object` with variant, reason, cause and version."""
        answer = self._ask(key, context)
        return self._details(key, answer, "object", _copy(answer.value) if isinstance(answer.value, (dict, list)) else None, default)

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

    def track(self, name: str, value: float | None = None) -> None:
        """Counts an outcome, such as a finished order and its amount. Memory is bounded; `usage` reads it."""
        self._usage.track(name, value)

    def _ask(self, key: str, context: Context) -> Answer:
        decide = self._decisions.get(key)
        try:
            if decide is None:
                return self._ask_first(key, context)
            answer = decide(context)
            answer.count()
            return answer
        except Exception as error:
            self._notices.fault("evaluate", error)
            return NO_SNAPSHOT

    def _ask_first(self, key: str, context: Context) -> Answer:
        """A flag that is not compiled yet, or that there is not."""
        compiled = self._holder.compiled
        if compiled is None:
            return NO_SNAPSHOT
        decide = compiled.decision_of(key) if isinstance(key, str) else None
        answer = UNKNOWN_FLAG if decide is None else decide(context)
        answer.count()
        if isinstance(key, str) and self._keys.note(key, is_known=decide is not None):
            if decide is None:
                self._notices.unknown_key(key, compiled.snapshot.environment, compiled.snapshot.flags)
            self._key_noted()
        return answer

    def _check_type(self, key: str, asked: str, value: object) -> None:
        if value is not MISSING:
            self._notices.wrong_type(key, asked, value)

    def _details(self, key: str, answer: Answer, asked: str, value: _T | None, default: _T) -> FlagDetails[_T]:
        if value is not None:
            return details_of(answer, value, self.version)
        self._check_type(key, asked, answer.value)
        return details_of(answer if answer.value is MISSING else WRONG_TYPE, default, self.version)

    def _key_noted(self) -> None:
        """A flag was asked for the first time: those who tell a server do so."""

    def _swap(self, compiled: Compiled) -> None:
        self._decisions = compiled.decisions


def _copy(value: object) -> JsonValue:
    if isinstance(value, dict):
        return {name: _copy(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_copy(item) for item in value]
    assert value is None or isinstance(value, (bool, int, float, str))
    return value
