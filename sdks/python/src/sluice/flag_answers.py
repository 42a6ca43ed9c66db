"""Questions about flags, as a programmer asks them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import MappingProxyType
from typing import Final, TypeVar

from .details import FlagDetails, details_of
from .evaluation import MISSING, WRONG_TYPE, Answer, Context, JsonValue, Version

NO_CONTEXT: Final[Context] = MappingProxyType({})

_T = TypeVar("_T")


class FlagAnswers(ABC):
    """The native calls. They never raise and never wait; any thread may make them."""

    def get_boolean(self, key: str, default: bool, context: Context = NO_CONTEXT) -> bool:
        """True or false. The default is answered where the flag is unknown, of another type, or nothing was received yet."""
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
    @abstractmethod
    def version(self) -> Version | None:
        """What answers now; None while nothing was received."""

    @abstractmethod
    def _ask(self, key: str, context: Context) -> Answer:
        """The answer, counted."""

    @abstractmethod
    def _note_wrong_type(self, key: str, asked: str, value: object) -> None:
        """A flag was asked for as another type than it has."""

    def _check_type(self, key: str, asked: str, value: object) -> None:
        if value is not MISSING:
            self._note_wrong_type(key, asked, value)

    def _details(self, key: str, answer: Answer, asked: str, value: _T | None, default: _T) -> FlagDetails[_T]:
        if value is not None:
            return details_of(answer, value, self.version)
        self._check_type(key, asked, answer.value)
        return details_of(answer if answer.value is MISSING else WRONG_TYPE, default, self.version)


def _copy(value: object) -> JsonValue:
    if isinstance(value, dict):
        return {name: _copy(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_copy(item) for item in value]
    assert value is None or isinstance(value, (bool, int, float, str))
    return value
