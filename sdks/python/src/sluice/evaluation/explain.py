"""Why a flag answers what it answers."""

from __future__ import annotations

from dataclasses import dataclass

from .answer import MISSING, Answer, Context
from .attribute import compile_read
from .bucketing import unit_text
from .compiled import Compiled
from .condition import NESTING_MAX, compile_condition
from .draft import Decided, Skipped, Step, list_part
from .evaluate import UNKNOWN_FLAG
from .operators import is_present
from .shape import is_record, is_text_list, part
from .snapshot_form import Version

# Segments inside segments are shown this many levels down: deeper ones are broken, or a chain that nobody reads to its end.
_SEGMENTS_SHOWN_DEPTH_MAX = 8


@dataclass(frozen=True)
class ConditionTrace:
    """One condition with what it was asked about. ``input`` is `MISSING` where the attribute is, or the condition is a group."""

    operator: str
    outcome: str
    """``true``, ``false`` or ``broken``."""
    path: str | None = None
    operand: object = None
    input: object = MISSING
    parts: tuple[ConditionTrace, ...] | None = None


@dataclass(frozen=True)
class StepTrace:
    """One step of the precedence; ``outcome`` is ``decided``, ``passed`` or ``skipped``."""

    cause: str
    outcome: str
    by: str | None = None
    condition: ConditionTrace | None = None
    problem: str | None = None


@dataclass(frozen=True)
class Trace:
    """Why a flag answers what it answers for one context. ``answer`` is what `evaluate` gives."""

    flag: str
    version: Version
    steps: tuple[StepTrace, ...]
    answer: Answer


@dataclass(frozen=True)
class _Place:
    """Where in a condition, and through which segments, a trace is."""

    compiled: Compiled
    context: Context
    depth: int = 0
    above: tuple[str, ...] = ()


def explain(compiled: Compiled, flag: str, context: Context) -> Trace:
    """Asks a flag step by step and writes down each step until one decides.

    Walks the plan that `evaluate` was made from, but not its closure, so that the two can be held against each other.
    """
    plan = compiled.plan_of(flag)
    if plan is None:
        return Trace(flag, compiled.version, (), UNKNOWN_FLAG)
    form = compiled.snapshot.flags.get(flag)
    place = _Place(compiled, context)
    steps: list[StepTrace] = []
    for step in plan.steps:
        answer = _ask(step, context)
        steps.append(_trace_step(step, answer, form, place))
        if answer is not None:
            return Trace(flag, compiled.version, tuple(steps), answer)
    steps.append(StepTrace("default", "decided"))
    return Trace(flag, compiled.version, tuple(steps), plan.last)


def _ask(step: Step, context: Context) -> Answer | None:
    if isinstance(step, Skipped):
        return None
    if isinstance(step, Decided):
        return step.decide(context)
    return step.answer if step.when is True or (callable(step.when) and step.when(context)) else None


def _trace_step(step: Step, answer: Answer | None, form: object, place: _Place) -> StepTrace:
    condition = _condition_of(step, form)
    return StepTrace(
        cause=step.label.cause,
        outcome="skipped" if isinstance(step, Skipped) else "passed" if answer is None else "decided",
        by=step.label.by,
        condition=None if condition is MISSING else _trace_condition(condition, place),
        problem=None if isinstance(step, Decided) else step.problem,
    )


def _condition_of(step: Step, form: object) -> object:
    label = step.label
    if not is_record(form):
        return MISSING
    if label.cause == "ineligible":
        return form.get("eligible", MISSING)
    if label.cause != "rule" or label.at is None:
        return MISSING
    rules = list_part(form, "rules") or []
    rule = rules[label.at] if label.at < len(rules) else None
    return rule.get("if", MISSING) if is_record(rule) else MISSING


def _trace_condition(condition: object, place: _Place) -> ConditionTrace:
    test = compile_condition(condition, place.compiled.segment_test, place.depth)
    outcome = "broken" if isinstance(test, str) else "true" if test(place.context) else "false"
    if not isinstance(condition, list) or not condition or place.depth > NESTING_MAX:
        return ConditionTrace("?", outcome)
    operator = condition[0] if isinstance(condition[0], str) else "?"
    rest = condition[1:]
    if operator in ("all", "any", "not"):
        inner = _Place(place.compiled, place.context, place.depth + 1, place.above)
        return ConditionTrace(operator, outcome, parts=tuple(_trace_condition(item, inner) for item in rest))
    path = rest[0] if rest else None
    if not isinstance(path, str):
        return ConditionTrace(operator, outcome)
    if operator == "segment":
        return ConditionTrace(operator, outcome, path, parts=_parts_of_segment(path, place))
    return ConditionTrace(operator, outcome, path, rest[1] if len(rest) > 1 else None, _input(path, place.context))


def _input(path: str, context: Context) -> object:
    value = compile_read(path)(context)
    return value if is_present(value) else MISSING


def _parts_of_segment(name: str, place: _Place) -> tuple[ConditionTrace, ...] | None:
    """What a segment decided by: its lists, told as whether the unit is in them, and its condition. Lists are too long to show."""
    form = place.compiled.snapshot.segments.get(name)
    if not is_record(form) or name in place.above or len(place.above) > _SEGMENTS_SHOWN_DEPTH_MAX:
        return None
    by = part(form, "by", "targetingKey")
    parts: list[ConditionTrace] = []
    if isinstance(by, str):
        unit = _input(by, place.context)
        for which in ("exclude", "include"):
            listed = form.get(which)
            if is_text_list(listed):
                parts.append(ConditionTrace(f"in {which}", "true" if unit_text(unit) in listed else "false", by, len(listed), unit))
    if "if" in form:
        parts.append(_trace_condition(form["if"], _Place(place.compiled, place.context, 0, (*place.above, name))))
    return tuple(parts)
