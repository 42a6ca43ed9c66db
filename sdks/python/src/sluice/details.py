"""An answer with everything that is known about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from .evaluation import Answer, Version

_T = TypeVar("_T")


@dataclass(frozen=True)
class FlagDetails(Generic[_T]):
    """``value`` is the caller's default where ``reason`` is ``ERROR``; ``version`` is the snapshot that answered."""

    value: _T
    reason: str
    cause: str
    variant: str | None = None
    by: str | None = None
    problems: tuple[str, ...] = ()
    version: Version | None = None


def details_of(answer: Answer, value: _T, version: Version | None) -> FlagDetails[_T]:
    """Joins an answer with the value that the caller gets and the version that answered."""
    return FlagDetails(value, answer.reason, answer.cause, answer.variant, answer.by, answer.problems, version)
