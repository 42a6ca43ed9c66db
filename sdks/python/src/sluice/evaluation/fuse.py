"""A plan as one closure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from .answer import Answer, Context
from .attribute import Read, Test, compile_read
from .draft import Decide, Decided, Decision, Fixed, Plan, Skipped, Step

_Part: TypeAlias = Callable[[Decision], Decision]
"""Answers first where it can, else asks the rest."""

# More parts than this are asked in a loop; fewer become nested closures, which cost one call less each but use stack.
_NESTED_MAX = 8
# Marks "not this part" in the loop; never handed out.
_NONE = Answer(reason="ERROR", cause="default")


def fuse(plan: Plan) -> tuple[Decision, Answer | None]:
    """Makes one closure of a plan, and its answer where every context gets the same.

    Steps behind one that always answers are dropped, and neighbouring equality rules on one attribute become one look-up.
    """
    steps = plan.steps
    parts: list[_Part] = []
    last = plan.last
    at = 0
    while at < len(steps):
        step = steps[at]
        if isinstance(step, Fixed) and step.when is True:
            last = step.answer
            break
        end = _end_of_run(steps, at)
        if end > at:
            parts.append(_equalities(steps[at:end]))
        else:
            parts.extend(_single(step))
        at = max(end, at + 1)
    if not parts:
        return (lambda context: last), last
    return _chain(parts, last), None


def _single(step: Step) -> list[_Part]:
    if isinstance(step, Decided):
        return [_by_closure(step.decide) if step.part is None else step.part]
    if isinstance(step, Skipped) or isinstance(step.when, bool):
        return []
    return [_by_test(step.when, step.answer)]


def _by_closure(decide: Decide) -> _Part:
    def part(rest: Decision) -> Decision:
        def decision(context: Context) -> Answer:
            return decide(context) or rest(context)

        return decision

    return part


def _by_test(test: Test, answer: Answer) -> _Part:
    def part(rest: Decision) -> Decision:
        def decision(context: Context) -> Answer:
            return answer if test(context) else rest(context)

        return decision

    return part


def _end_of_run(steps: Sequence[Step], start: int) -> int:
    """End of the run of equality rules that starts here, or the start itself where there is none. Skipped steps inside match nobody."""
    first = steps[start]
    if not isinstance(first, Fixed) or first.equality is None:
        return start
    end = start + 1
    for at in range(start + 1, len(steps)):
        step = steps[at]
        if isinstance(step, Skipped):
            continue
        if not isinstance(step, Fixed) or step.equality is None or step.equality[0] != first.equality[0]:
            break
        end = at + 1
    return end


def _equalities(steps: Sequence[Step]) -> _Part:
    answers: dict[str, Answer] = {}
    path = ""
    for step in steps:
        if isinstance(step, Fixed) and step.equality is not None:
            path, values = step.equality
            for value in values:
                answers.setdefault(value, step.answer)
    if "." in path:
        return _look_up_nested(compile_read(path), answers)
    return _compare_one(path, *next(iter(answers.items()))) if len(answers) == 1 else _look_up(path, answers)


def _compare_one(path: str, wanted: str, answer: Answer) -> _Part:
    def part(rest: Decision) -> Decision:
        def decision(context: Context) -> Answer:
            try:
                value = context.get(path)
                if value == wanted and isinstance(value, str):
                    return answer
            except Exception:
                # The context's own code raised: the attribute is missing, and equality with a missing attribute is false.
                return rest(context)
            return rest(context)

        return decision

    return part


def _look_up(path: str, answers: dict[str, Answer]) -> _Part:
    def part(rest: Decision) -> Decision:
        def decision(context: Context) -> Answer:
            try:
                value = context.get(path)
                if value in answers and isinstance(value, str):
                    return answers[value]
            except Exception:
                # As in _compare_one; a list or another value without a hash comes here too.
                return rest(context)
            return rest(context)

        return decision

    return part


def _look_up_nested(read: Read, answers: dict[str, Answer]) -> _Part:
    def part(rest: Decision) -> Decision:
        def decision(context: Context) -> Answer:
            value = read(context)
            answer = answers.get(value) if isinstance(value, str) else None
            return rest(context) if answer is None else answer

        return decision

    return part


def _chain(parts: list[_Part], last: Answer) -> Decision:
    if len(parts) <= _NESTED_MAX:
        decision: Decision = lambda context: last  # noqa: E731
        for part in reversed(parts):
            decision = part(decision)
        return decision
    asks = [part(lambda context: _NONE) for part in parts]

    def decide(context: Context) -> Answer:
        for ask in asks:
            answer = ask(context)
            if answer is not _NONE:
                return answer
        return last

    return decide
