"""Reading attributes of a context."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from .answer import Context

Test: TypeAlias = Callable[[Context], bool]
"""Asks one question about a context. Total: a context that raises counts as not matching."""

Read: TypeAlias = Callable[[Context], object]
"""Reads one attribute; None is missing. Total: a mapping that raises makes its attribute missing."""

Predicate: TypeAlias = Callable[[object], bool]
"""Answers for one attribute value; None is a missing one. May raise on hostile values, which its caller counts as false."""


def compile_read(path: str) -> Read:
    """Compiles an attribute path. A member with the whole dotted name wins over walking nested mappings; lists are not walked into."""
    if "." not in path:

        def read(context: Context) -> object:
            try:
                # Not context[path]: a defaultdict would make the attribute up.
                return context.get(path)
            except Exception:
                # The context belongs to the caller: whatever it raises means that the attribute cannot be read.
                return None

        return read
    names = path.split(".")

    def read_nested(context: Context) -> object:
        try:
            return context.get(path) if path in context else _walk(context, names)
        except Exception:
            return None

    return read_nested


def compile_attribute_test(path: str, predicate: Predicate) -> Test:
    """Compiles a question that no missing attribute satisfies."""
    if "." in path:
        read = compile_read(path)

        def test_nested(context: Context) -> bool:
            try:
                return predicate(read(context))
            except Exception:
                return False

        return test_nested

    def test(context: Context) -> bool:
        try:
            return predicate(context.get(path))
        except Exception:
            return False

    return test


def compile_text_test(path: str, wanted: str) -> Test:
    """The most frequent question there is, whether an attribute without a dot is one text, without a call in between."""

    def test(context: Context) -> bool:
        try:
            value = context.get(path)
            return value == wanted and isinstance(value, str)
        except Exception:
            return False

    return test


def _walk(context: Context, names: list[str]) -> object:
    value: object = context
    for name in names:
        if not isinstance(value, Mapping) or name not in value:
            return None
        value = value.get(name)
    return value
