"""What a programmer should know, said once per key and process."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from .evaluation import nearest_names
from .ports import Log

# Keys warned about in one process. A host that makes keys up from data fills neither memory nor log.
_WARNINGS_MAX = 1_000
# A key is shown up to this length.
_SHOWN_CHARS_MAX = 200
# Listeners of one client: far more than anybody needs, few enough that a leak in the host is noticed.
_LISTENERS_MAX = 1_000

_T = TypeVar("_T")


class Notices:
    """Says each thing once."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._said: set[str] = set()

    def unknown_key(self, key: str, environment: str, known: Iterable[str]) -> None:
        """A flag that the environment does not have."""
        if not self._is_first(f"unknown {key}"):
            return
        near = nearest_names(key, known)
        hint = f" Did you mean {', '.join(map(_quoted, near))}?" if near else ""
        self._log.warning(f"There is no flag {_quoted(key)} in {environment}: the code's default is answered.{hint}")

    def wrong_type(self, key: str, asked: str, actual: object) -> None:
        """A flag asked for as another type than it has."""
        if self._is_first(f"type {key}"):
            self._log.warning(
                f"Flag {_quoted(key)} is asked for as {asked}, but its value is {_kind_of(actual)}: the code's default is answered."
            )

    def bad_outcome(self, outcome: str) -> None:
        """A name that no guard can have."""
        if self._is_first(f"outcome {outcome}"):
            rule = "letters, digits, dots, dashes and underscores, at most 100"
            self._log.warning(f"{_quoted(outcome)} is not the name of an outcome: {rule}. It is not counted.")

    def fault(self, where: str, error: BaseException) -> None:
        """A fault that was kept from the host."""
        if self._is_first(f"fault {where}"):
            self._log.error(f"{where} failed: {''.join(traceback.format_exception(error)).strip()}")

    def _is_first(self, what: str) -> bool:
        if what in self._said or len(self._said) >= _WARNINGS_MAX:
            return False
        self._said.add(what)
        return True


class Listeners(Generic[_T]):
    """Functions of the host that are told something. What they raise stays theirs: it is logged once."""

    def __init__(self, notices: Notices, name: str) -> None:
        self._notices = notices
        self._name = name
        self._listeners: dict[object, Callable[[_T], object]] = {}

    def add(self, listener: Callable[[_T], object]) -> Callable[[], None]:
        """Adds one; the function that comes back takes it away again."""
        token = object()
        if len(self._listeners) < _LISTENERS_MAX:
            self._listeners[token] = listener
        else:
            self._notices.fault(self._name, RuntimeError(f"there are more than {_LISTENERS_MAX} of them"))
        return lambda: void(self._listeners.pop(token, None))

    def call(self, value: _T) -> None:
        """Calls all, in the order they were added."""
        for listener in list(self._listeners.values()):
            try:
                listener(value)
            except BaseException as error:
                # What ends a thread ends this one not, on which kills arrive. An application's own, lent to us, it may end.
                if not isinstance(error, Exception) and threading.current_thread() is threading.main_thread():
                    raise
                self._notices.fault(self._name, error)

    def clear(self) -> None:
        """Nobody is told any more."""
        self._listeners.clear()


def void(_: object) -> None:
    """Drops a result."""


def _quoted(key: str) -> str:
    return f'"{key[:_SHOWN_CHARS_MAX]}…"' if len(key) > _SHOWN_CHARS_MAX else f'"{key}"'


def _kind_of(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return "string" if isinstance(value, str) else "a list" if isinstance(value, list) else "object"
