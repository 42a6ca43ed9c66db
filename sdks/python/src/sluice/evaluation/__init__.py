"""Evaluation: snapshot and context in, answer out. No clock, no network, no files, no randomness; only the standard library."""

from .answer import MISSING, Answer, Asker, Context, JsonValue
from .bucketing import SLOTS, customer_hash, slot, unit_text
from .compiled import Compiled, compile_patch, compile_snapshot, compile_urgent
from .decode import DecodeProblem, decode_patch, decode_snapshot, decode_urgent_kill
from .describe import describe
from .encode import canonical_json
from .evaluate import NO_SNAPSHOT, UNKNOWN_FLAG, WRONG_TYPE, evaluate
from .explain import Trace, explain
from .kill import is_urgent_in_force
from .nearest import nearest_names
from .snapshot_form import Patch, Snapshot, UrgentKill, Version

__all__ = [
    "MISSING",
    "NO_SNAPSHOT",
    "SLOTS",
    "UNKNOWN_FLAG",
    "WRONG_TYPE",
    "Answer",
    "Asker",
    "Compiled",
    "Context",
    "DecodeProblem",
    "JsonValue",
    "Patch",
    "Snapshot",
    "Trace",
    "UrgentKill",
    "Version",
    "canonical_json",
    "compile_patch",
    "compile_snapshot",
    "compile_urgent",
    "customer_hash",
    "decode_patch",
    "decode_snapshot",
    "decode_urgent_kill",
    "describe",
    "evaluate",
    "explain",
    "is_urgent_in_force",
    "nearest_names",
    "slot",
    "unit_text",
]
