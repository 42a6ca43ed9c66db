"""A trace in plain English."""

from __future__ import annotations

import json

from .answer import MISSING, Answer
from .explain import ConditionTrace, StepTrace, Trace

# Longest piece of a value that a line shows.
_SHOWN_LENGTH_MAX = 60

_SENTENCES = {
    "kill": ("Kill {by} switches it off.", "Kill {by} does not cover this context."),
    "prerequisite": ("Prerequisite {by} is not met.", "Prerequisite {by} is met."),
    "ineligible": ("Not eligible.", "Eligible."),
    "pin": ("Pinned by {by}.", "Not pinned by {by}."),
    "exposure": ("The customer has the released value.", "The customer does not have the released value."),
    "rule": ("Rule {by} decides.", "Rule {by} does not apply."),
    "default": ("Nothing else decided, so the default is served.", ""),
}


def describe(trace: Trace) -> list[str]:
    """One line a step; lines of conditions are indented by two spaces a level. The same lines as in every other SDK."""
    lines = [f"{trace.flag} answers {_describe_answer(trace.answer)} (snapshot {trace.version})."]
    for step in trace.steps:
        lines += _describe_step(step)
    return lines


def _describe_answer(answer: Answer) -> str:
    if answer.cause == "unknownFlag":
        return "the caller's default: there is no such flag"
    if answer.variant is None:
        return "the caller's default, because of an error"
    return f"{answer.variant} = {_show(answer.value)}, reason {answer.reason}"


def _describe_step(step: StepTrace) -> list[str]:
    problem = "" if step.problem is None else f" Problem: {step.problem}."
    conditions = [] if step.condition is None else _describe_condition(step.condition, 1)
    return [_sentence(step) + problem, *conditions]


def _sentence(step: StepTrace) -> str:
    if step.outcome == "skipped":
        return f"{step.cause} is skipped." if step.by is None else f"{step.cause} {step.by} is skipped."
    decided, passed = _SENTENCES[step.cause]
    # Not str.format: a rule's id may hold braces.
    return (decided if step.outcome == "decided" else passed).replace("{by}", step.by or "")


def _describe_condition(trace: ConditionTrace, level: int) -> list[str]:
    indent = "  " * level
    if trace.parts is not None or trace.operator == "segment":
        head = f"in segment {trace.path}" if trace.operator == "segment" else trace.operator
        return [f"{indent}{head}: {trace.outcome}", *(line for part in trace.parts or () for line in _describe_condition(part, level + 1))]
    path = trace.path or "?"
    value = _show(trace.input)
    if trace.operator.startswith("in ") and isinstance(trace.operand, int):
        return [f"{indent}{path} ({value}) is one of the {trace.operand} in {trace.operator[3:]}: {trace.outcome}"]
    return [f"{indent}{path} ({value}) {trace.operator} {_show(trace.operand)}: {trace.outcome}"]


def _show(value: object) -> str:
    """Values come from the caller's context, so even showing them must not raise."""
    if value is MISSING:
        return "missing"
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except Exception:
        return "(cannot be shown)"
    return f"{text[:_SHOWN_LENGTH_MAX]}…" if len(text) > _SHOWN_LENGTH_MAX else text
