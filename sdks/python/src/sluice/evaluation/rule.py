"""Rules, shares and splits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from .answer import Answer, Context
from .attribute import Test, compile_read
from .bucketing import SLOTS, SlotOf, algorithm_of, unit_text
from .condition import compile_condition
from .draft import Decided, Draft, Fixed, Label, Part, R, Step, quote
from .murmur3 import HashOf
from .shape import is_count, is_record, is_text_list, part

_RULE_MEMBERS: Final = frozenset({"id", "if", "serve"})
"""Members that this evaluator reads. One that it does not know may narrow the rule, which then matches nobody."""

_SHARE_MEMBERS: Final = frozenset({"share", "of", "by", "salt", "algorithm"})


def compile_rule(draft: Draft, rule: dict[str, object], label: Label) -> Step | str:
    """Compiles one rule to a step, or says why it cannot match."""
    unknown = _unknown_member(rule, _RULE_MEMBERS)
    if unknown is not None:
        return unknown
    condition = rule.get("if")
    matches = compile_condition(condition, draft.around.segments) if "if" in rule else None
    if isinstance(matches, str):
        return matches
    what = rule.get("serve")
    if not is_record(what):
        return _fixed(draft, label, what, (matches, condition))
    form = _read_share(draft, what)
    if isinstance(form, str):
        return form
    if len(form.weights) == 1 and form.share == SLOTS:
        return _fixed(draft, label, form.weights[0][0], (matches, condition))
    answers: list[Answer] = []
    for variant, _ in form.weights:
        answer = draft.serve(variant, "SPLIT", label)
        if answer is None:
            return f'no variant "{variant}"'
        answers.append(answer)
    split = _compile_split(form, answers, matches, _equality_of(condition))
    return Decided(label, split(lambda context: None), split)


def _fixed(draft: Draft, label: Label, variant: object, when: tuple[Test | None, object]) -> Step | str:
    matches, condition = when
    answer = draft.serve(variant, "TARGETING_MATCH", label)
    if answer is None:
        return f"no variant {quote(variant)}"
    return Fixed(label, True if matches is None else matches, answer, equality=_equality_of(condition))


def _equality_of(condition: object) -> tuple[str, tuple[str, ...]] | None:
    """Only of texts: a look-up by another scalar could not tell True from 1."""
    if not isinstance(condition, list) or len(condition) != 3 or not isinstance(condition[1], str):
        return None
    operator, path, operand = condition
    if operator == "equals" and isinstance(operand, str):
        return path, (operand,)
    return (path, tuple(operand)) if operator == "in" and is_text_list(operand) else None


@dataclass(frozen=True)
class _Share:
    share: int
    weights: list[tuple[str, int]]
    by: str
    hash_of: HashOf
    limit: int
    variant_slot: SlotOf


def _read_share(draft: Draft, form: dict[str, object]) -> _Share | str:
    unknown = _unknown_member(form, _SHARE_MEMBERS)
    if unknown is not None:
        return unknown
    share = part(form, "share", SLOTS)
    by = part(form, "by", "targetingKey")
    salt = part(form, "salt", draft.basics.salt)
    name = part(form, "algorithm", "sluice-v1")
    algorithm = algorithm_of(name) if isinstance(name, str) else None
    weights = _read_weights(form.get("of"))
    if not is_count(share, SLOTS):
        return f"share is not a whole number from 0 to {SLOTS}"
    if not isinstance(by, str) or not isinstance(salt, str):
        return "by or salt is not a string"
    if algorithm is None:
        return f"unknown algorithm {quote(name)}"
    if isinstance(weights, str):
        return weights
    hash_of, limit = algorithm.share(salt, int(share))
    return _Share(int(share), weights, by, hash_of, limit, algorithm.variant(salt))


def _unknown_member(form: dict[str, object], known: frozenset[str]) -> str | None:
    return next((f"unknown member {quote(name)}" for name in form if name not in known), None)


def _read_weights(of: object) -> list[tuple[str, int]] | str:
    if isinstance(of, str):
        return [(of, SLOTS)]
    if not isinstance(of, list):
        return "of is neither a variant nor a list of variants with weights"
    weights: list[tuple[str, int]] = []
    for item in of:
        variant, weight = item if isinstance(item, list) and len(item) == 2 else (None, None)
        if not isinstance(variant, str) or not is_count(weight, SLOTS):
            return f"a weight is not a variant with a whole number from 0 to {SLOTS}"
        weights.append((variant, int(weight)))
    total = sum(weight for _, weight in weights)
    return weights if total == SLOTS else f"weights add up to {total}, not {SLOTS}"


def _compile_split(form: _Share, answers: list[Answer], matches: Test | None, equality: tuple[str, tuple[str, ...]] | None) -> Part:
    """The share decides first (outside it the rest is asked), then the weights in the order written."""
    is_everybody, hash_of, limit = form.share == SLOTS, form.hash_of, form.limit
    # None: read in line, as is the text that the condition wants. Each would cost a call, and no percentage is more frequent.
    by, unit_of = form.by, compile_read(form.by) if "." in form.by else None
    pick = _picker(form, answers)
    only = answers[0] if len(answers) == 1 else None
    path, wanted = (None, frozenset[str]()) if equality is None or "." in equality[0] else (equality[0], frozenset(equality[1]))

    def split(rest: Callable[[Context], R]) -> Callable[[Context], Answer | R]:
        def decide(context: Context) -> Answer | R:
            try:
                if path is not None:
                    value = context.get(path)
                    is_in = value in wanted and isinstance(value, str)
                else:
                    is_in = matches is None or matches(context)
                unit = None if not is_in else context.get(by) if unit_of is None else unit_of(context)
            except Exception:
                # As in compile_read: what cannot be read is missing.
                unit = None
            if type(unit) is not str:
                unit = None if unit is None else unit_text(unit)
                if unit is None:
                    return rest(context)
            if is_everybody or hash_of(unit) < limit:
                return only or pick(unit)
            return rest(context)

        return decide

    return split


def _picker(form: _Share, answers: list[Answer]) -> Callable[[str], Answer]:
    limits = list(accumulate(weight for _, weight in form.weights))
    variant_slot = form.variant_slot

    def pick(unit: str) -> Answer:
        slot = variant_slot(unit)
        at = 0
        while slot >= limits[at]:
            at += 1
        return answers[at]

    return pick
