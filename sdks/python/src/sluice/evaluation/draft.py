"""A flag as steps in the order of precedence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, TypeVar

from .answer import Answer, Context
from .condition import SegmentTests
from .counter import Counter
from .kill import Coverage, HashOf
from .shape import is_record, part

Decide: TypeAlias = Callable[[Context], "Answer | None"]
"""Decides a flag for a context, or None: the next step is asked."""

Decision: TypeAlias = Callable[[Context], Answer]
"""Decides a flag; never without an answer."""

CounterOf: TypeAlias = Callable[[str, "str | None", str], Counter]
"""Gives what counts the answers of one flag, variant and reason."""

_BOOLEAN_VARIANTS: dict[str, object] = {"on": True, "off": False}


@dataclass(frozen=True)
class Label:
    """Where a step comes from: its cause, what the cause names, and its place in the form's list, counted from 0."""

    cause: str
    by: str | None = None
    at: int | None = None


@dataclass(frozen=True)
class Fixed:
    """Answers the same to all whom it covers. ``equality`` is set where the whole condition is that one attribute is one of some texts."""

    label: Label
    when: Coverage
    answer: Answer
    equality: tuple[str, tuple[str, ...]] | None = None
    problem: str | None = None


R = TypeVar("R")


class Part(Protocol):
    """Answers first where it can, else asks the rest."""

    def __call__(self, rest: Callable[[Context], R], /) -> Callable[[Context], Answer | R]:
        """Gives the closure."""


@dataclass(frozen=True)
class Decided:
    """Answers by a closure of its own. ``part`` is the same as one closure with what comes after it, which costs a call less."""

    label: Label
    decide: Decide
    part: Part | None = None


@dataclass(frozen=True)
class Skipped:
    """A step that could not be read."""

    label: Label
    problem: str


Step: TypeAlias = "Fixed | Decided | Skipped"


@dataclass(frozen=True)
class Plan:
    """Steps in order; ``last`` answers where none did."""

    steps: tuple[Step, ...]
    last: Answer


@dataclass(frozen=True)
class Parent:
    """A prerequisite's own decision; ``constant`` where it answers everybody the same."""

    decide: Decision
    constant: Answer | None


@dataclass(frozen=True)
class Surroundings:
    """Everything a flag is compiled against. ``kills`` are those in force on it, by id in byte order."""

    segments: SegmentTests
    kills: tuple[tuple[str, Coverage], ...]
    parent: Callable[[str], Parent | str]
    customer_hash: HashOf
    user_hash: HashOf
    customer: Callable[[Context], object]
    counter_of: CounterOf


@dataclass(frozen=True)
class Basics:
    """The parts of a flag's form that every step needs."""

    key: str
    form: dict[str, object]
    variants: dict[str, object]
    off: str
    fallback: str
    salt: str


def read_basics(key: str, form: object) -> Basics | str:
    """Reads the basics; a text says why the flag as a whole is unreadable, so that it answers ERROR while other flags go on."""
    if not is_record(form):
        return "flag is not an object"
    variants = part(form, "variants", _BOOLEAN_VARIANTS)
    off = part(form, "off", "off")
    fallback = part(form, "default", off)
    salt = part(form, "salt", key)
    if not is_record(variants):
        return "variants is not an object"
    if not isinstance(off, str):
        return "off is not a variant name"
    if not isinstance(fallback, str):
        return "default is not a variant name"
    return Basics(key, form, variants, off, fallback, salt) if isinstance(salt, str) else "salt is not a string"


def list_part(form: dict[str, object], name: str) -> list[object] | None:
    """A part that is a list; absent is empty; None where it is something else."""
    value = part(form, name, [])
    return value if isinstance(value, list) else None


@dataclass
class Draft:
    """Collects steps and the problems that later answers carry."""

    basics: Basics
    around: Surroundings
    steps: list[Step] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def serve(self, variant: object, reason: str, label: Label) -> Answer | None:
        """Makes an answer for a variant; None where the flag lacks it."""
        basics = self.basics
        if not isinstance(variant, str) or variant not in basics.variants:
            return None
        return Answer(
            value=basics.variants[variant],
            variant=variant,
            reason=reason,
            cause=label.cause,
            by=label.by,
            problems=tuple(self.problems),
            counter=self.around.counter_of(basics.key, variant, reason),
        )

    def serve_or_error(self, variant: str, reason: str, label: Label) -> Answer:
        """Makes the answer of a step that must answer: where the flag lacks the variant, the caller's default with reason ERROR."""
        name = "default" if label.cause == "default" else "off"
        served = self.serve(variant, reason, label)
        if served is not None:
            return served
        return self.error(label, [*self.problems, f'{name}: no variant "{variant}"'])

    def error(self, label: Label, problems: list[str]) -> Answer:
        """Answers the caller's default."""
        counter = self.around.counter_of(self.basics.key, None, "ERROR")
        return Answer(reason="ERROR", cause=label.cause, by=label.by, problems=tuple(problems), counter=counter)

    def skip(self, label: Label, problem: str) -> None:
        """Leaves a step out and says so in every later answer."""
        self.steps.append(Skipped(label, self.note(label, problem)))

    def note(self, label: Label, problem: str) -> str:
        """Says a problem in every later answer; gives the text, which begins with the step."""
        head = label.cause if label.by is None else f"{label.cause} {label.by}"
        text = f"{head}: {problem}"
        self.problems.append(text)
        return text


def quote(name: object) -> str:
    """A name for a problem text, whatever stands in its place."""
    return f'"{name}"' if isinstance(name, str) else f"of type {type(name).__name__}"
