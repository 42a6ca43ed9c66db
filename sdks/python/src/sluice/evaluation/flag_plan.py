"""Turns a flag's form into steps. Total: what cannot be read is skipped with a problem, as docs/decisions/0001-semantics.md says."""

from __future__ import annotations

from typing import Final

from .answer import Answer, Context
from .attribute import Test
from .bucketing import SLOTS, slots_of, unit_text
from .condition import compile_condition
from .draft import Decide, Decided, Draft, Fixed, Label, Parent, Plan, Surroundings, list_part, quote, read_basics
from .kill import Coverage, HashOf
from .rule import compile_rule
from .shape import is_count, is_record, is_text_list, part


def plan_flag(key: str, form: object, around: Surroundings) -> Plan:
    """All steps of a flag, in the order of precedence."""
    basics = read_basics(key, form)
    if isinstance(basics, str):
        counter = around.counter_of(key, None, "ERROR")
        return Plan((), Answer(reason="ERROR", cause="default", problems=(basics,), counter=counter))
    draft = Draft(basics, around)
    _plan_kills(draft)
    _plan_prerequisites(draft)
    _plan_eligible(draft)
    _plan_pins(draft)
    _plan_exposure(draft)
    _plan_rules(draft)
    reason = "STATIC" if _is_static(draft) else "DEFAULT"
    last = draft.serve_or_error(basics.fallback, reason, Label("default"))
    return Plan(tuple(draft.steps), last)


def parents_of(form: object) -> list[str]:
    """Flags that a form names as prerequisites, as far as it can be read."""
    if not is_record(form):
        return []
    items = list_part(form, "prerequisites") or []
    flags = [item.get("flag") for item in items if is_record(item)]
    return [flag for flag in flags if isinstance(flag, str)]


def _is_static(draft: Draft) -> bool:
    form = draft.basics.form
    is_plain = all(list_part(form, name) == [] for name in ("rules", "prerequisites", "pins"))
    return is_plain and "eligible" not in form and "exposure" not in form and not draft.around.kills


def _off(draft: Draft, label: Label) -> Answer:
    return draft.serve_or_error(draft.basics.off, "DISABLED", label)


def _plan_kills(draft: Draft) -> None:
    for name, coverage in draft.around.kills:
        label = Label("kill", name)
        if coverage is not False:
            draft.steps.append(Fixed(label, coverage, _off(draft, label)))


def _plan_prerequisites(draft: Draft) -> None:
    items = list_part(draft.basics.form, "prerequisites")
    for at, item in enumerate([None] if items is None else items):
        flag, serves = (item.get("flag"), item.get("serves")) if is_record(item) else (None, None)
        label = Label("prerequisite", flag if isinstance(flag, str) else f"#{at + 1}", at)
        is_readable = isinstance(flag, str) and is_text_list(serves)
        parent = draft.around.parent(flag) if isinstance(flag, str) and is_readable else "flag or serves is not readable"
        problem = draft.note(label, parent) if isinstance(parent, str) else None
        when: Coverage = True
        if isinstance(parent, Parent) and is_text_list(serves):
            when = _failing(parent, frozenset(serves))
        draft.steps.append(Fixed(label, when, _off(draft, label), problem=problem))


def _failing(parent: Parent, wanted: frozenset[str]) -> Coverage:
    """A parent that answers everybody the same is asked once, here."""
    if parent.constant is not None:
        return parent.constant.variant not in wanted
    decide = parent.decide
    return lambda context: decide(context).variant not in wanted


def _plan_eligible(draft: Draft) -> None:
    if "eligible" not in draft.basics.form:
        return
    label = Label("ineligible")
    test = compile_condition(draft.basics.form["eligible"], draft.around.segments)
    if isinstance(test, str):
        problem = draft.note(label, test)
        draft.steps.append(Fixed(label, True, _off(draft, label), problem=problem))
        return
    is_eligible = test
    draft.steps.append(Fixed(label, lambda context: not is_eligible(context), _off(draft, label)))


# Pins of users win over pins of customers.
_PINNED: Final = ("user", "customer")


def _plan_pins(draft: Draft) -> None:
    items = list_part(draft.basics.form, "pins")
    pins = [_read_pin(item) for item in ([None] if items is None else items)]
    for at, pin in enumerate(pins):
        label = Label("pin", f"#{at + 1}", at)
        if isinstance(pin, str):
            draft.skip(label, pin)
        elif pin[2] not in draft.basics.variants:
            draft.skip(label, f'no variant "{pin[2]}"')
    # Answers are made once all problems are known: any of these pins might have been the one that decides.
    pinned: dict[str, dict[str, Answer]] = {"user": {}, "customer": {}}
    for pin in pins:
        answer = None if isinstance(pin, str) else draft.serve(pin[2], "TARGETING_MATCH", Label("pin"))
        if not isinstance(pin, str) and answer is not None:
            pinned[pin[0]].setdefault(pin[1], answer)
    hashes = {"user": draft.around.user_hash, "customer": draft.around.customer_hash}
    for who in _PINNED:
        if pinned[who]:
            draft.steps.append(Decided(Label("pin", who), _look_up(pinned[who], hashes[who])))


def _look_up(answers: dict[str, Answer], hash_of: HashOf) -> Decide:
    def decide(context: Context) -> Answer | None:
        hashed = hash_of(context)
        return None if hashed is None else answers.get(hashed)

    return decide


def _read_pin(item: object) -> tuple[str, str, str] | str:
    who, hashed, variant = item[:3] if isinstance(item, list) and len(item) >= 3 else (None, None, None)
    if who not in ("user", "customer"):
        return "neither of a user nor of a customer"
    if not isinstance(who, str) or not isinstance(hashed, str) or not isinstance(variant, str):
        return "not readable"
    return who, hashed, variant


def _plan_exposure(draft: Draft) -> None:
    if "exposure" not in draft.basics.form:
        return
    exposure = draft.basics.form["exposure"]
    label = Label("exposure")
    test = _compile_exposure(draft, exposure) if is_record(exposure) else "not an object"
    if isinstance(test, str) or not is_record(exposure):
        draft.skip(label, str(test))
        return
    answer = draft.serve(exposure.get("serve"), "TARGETING_MATCH", label)
    if answer is None:
        draft.skip(label, f"no variant {quote(exposure.get('serve'))}")
    else:
        draft.steps.append(Fixed(label, test, answer))


def _compile_exposure(draft: Draft, exposure: dict[str, object]) -> Test | str:
    keys, excepted = part(exposure, "keys", []), part(exposure, "except", [])
    rest, share = part(exposure, "rest", False), part(exposure, "share", SLOTS)
    if not is_text_list(keys) or not is_text_list(excepted):
        return "keys or except is not a list of hashes"
    if not isinstance(rest, bool):
        return "rest is not true or false"
    if not is_count(share, SLOTS):
        return f"share is not a whole number from 0 to {SLOTS}"
    in_keys, in_except = frozenset(keys), frozenset(excepted)
    hash_of, customer_of = draft.around.customer_hash, draft.around.customer
    slot_of = slots_of(f"{draft.basics.salt}:exposure")

    def is_exposed(context: Context) -> bool:
        hashed = hash_of(context)
        if hashed is None:
            return False
        if hashed in in_keys:
            return True
        if not rest or hashed in in_except:
            return False
        return share == SLOTS or slot_of(unit_text(customer_of(context)) or "") < share

    return is_exposed


def _plan_rules(draft: Draft) -> None:
    rules = list_part(draft.basics.form, "rules")
    if rules is None:
        draft.skip(Label("rule"), "rules is not a list")
        return
    for at, rule in enumerate(rules):
        name = rule.get("id") if is_record(rule) else None
        label = Label("rule", name if isinstance(name, str) else f"#{at + 1}", at)
        step = compile_rule(draft, rule, label) if is_record(rule) else "not an object"
        if isinstance(step, str):
            draft.skip(label, step)
        else:
            draft.steps.append(step)
