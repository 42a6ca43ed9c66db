"""Canonical JSON."""

from __future__ import annotations

import json


def canonical_json(value: object) -> str:
    """The same data gives the same text: members sorted by name, no white space. For plain JSON data; lone surrogates are escaped.

    Read it back with the decoder. Names are sorted by code points, which JavaScript sorts by code units: texts of the two
    languages are not compared with each other.
    """
    return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"), sort_keys=True)
