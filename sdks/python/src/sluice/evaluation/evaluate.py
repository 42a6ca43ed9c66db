"""Answering."""

from __future__ import annotations

from typing import Final

from .answer import Answer, Context
from .compiled import Compiled

UNKNOWN_FLAG: Final = Answer(reason="ERROR", cause="unknownFlag")
"""There is no such flag: the caller's default."""

WRONG_TYPE: Final = Answer(reason="ERROR", cause="wrongType")
"""The flag's value is not of the type that was asked for: the caller's default."""

NO_SNAPSHOT: Final = Answer(reason="ERROR", cause="noSnapshot")
"""Nothing was received yet: the caller's default."""


def evaluate(compiled: Compiled, key: str, context: Context) -> Answer:
    """Answers one flag for one context. Total: it never raises, whatever the context holds, and reads no clock and no randomness.

    The answer is shared: do not change it, nor what its value holds.
    """
    decide = compiled.decisions.get(key) or compiled.decision_of(key)
    return UNKNOWN_FLAG if decide is None else decide(context)
