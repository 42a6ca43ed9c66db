"""Conditions as closures."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from .answer import Context
from .attribute import Test, compile_attribute_test, compile_read, compile_text_test
from .operators import compile_operator

# Conditions nested deeper than this are broken: people do not write them, and recursion must end.
NESTING_MAX = 64

SegmentTests: TypeAlias = Callable[[str], "Test | str"]
"""Gives the membership test of a segment, or why there is none."""


def compile_condition(condition: object, segments: SegmentTests, nesting: int = 0) -> Test | str:
    """Compiles a condition to one closure, or says why it cannot.

    Whatever cannot be read inside it, also under ``not``, spoils the whole: half a condition is a different condition.
    """
    if nesting > NESTING_MAX:
        return f"condition nested deeper than {NESTING_MAX}"
    if not isinstance(condition, list):
        return "condition is not a list"
    if not condition or not isinstance(condition[0], str):
        return "condition does not begin with an operator"
    tag, rest = condition[0], condition[1:]
    if tag in ("all", "any"):
        tests: list[Test] = []
        for part in rest:
            test = compile_condition(part, segments, nesting + 1)
            if isinstance(test, str):
                return test
            tests.append(test)
        return _all(tests) if tag == "all" else _any(tests)
    if tag == "not":
        return _negate(compile_condition(rest[0], segments, nesting + 1)) if len(rest) == 1 else '"not" needs exactly one condition'
    if tag == "segment":
        return segments(rest[0]) if len(rest) == 1 and isinstance(rest[0], str) else '"segment" needs exactly one segment id'
    return _compile_leaf(tag, rest)


def segments_in(condition: object, nesting: int = 0) -> list[str]:
    """Ids of the segments that a condition names, as far as it can be read."""
    if not isinstance(condition, list) or not condition or nesting > NESTING_MAX:
        return []
    tag, rest = condition[0], condition[1:]
    if tag == "segment":
        return [rest[0]] if rest and isinstance(rest[0], str) else []
    if tag not in ("all", "any", "not"):
        return []
    return [name for part in rest for name in segments_in(part, nesting + 1)]


def _compile_leaf(operator: str, rest: list[object]) -> Test | str:
    predicate = compile_operator(operator, rest[1] if len(rest) > 1 else None)
    if isinstance(predicate, str):
        return predicate
    if len(rest) != 2 or not isinstance(rest[0], str):
        return f'"{operator}" needs an attribute path and an operand'
    if operator == "exists":
        ask, read = predicate, compile_read(rest[0])
        return lambda context: ask(read(context))
    if operator == "equals" and isinstance(rest[1], str) and "." not in rest[0]:
        return compile_text_test(rest[0], rest[1])
    return compile_attribute_test(rest[0], predicate)


def _negate(inner: Test | str) -> Test | str:
    if isinstance(inner, str):
        return inner
    test = inner
    return lambda context: not test(context)


def _all(tests: list[Test]) -> Test:
    if not tests:
        return lambda context: True
    if len(tests) == 1:
        return tests[0]

    def holds(context: Context) -> bool:
        for test in tests:
            if not test(context):
                return False
        return True

    return holds


def _any(tests: list[Test]) -> Test:
    if not tests:
        return lambda context: False
    if len(tests) == 1:
        return tests[0]

    def holds(context: Context) -> bool:
        for test in tests:
            if test(context):
                return True
        return False

    return holds
