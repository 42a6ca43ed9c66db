"""Globs."""

from __future__ import annotations

from collections.abc import Callable


def compile_glob(pattern: str) -> Callable[[str], bool]:
    """Compiles a glob: ``*`` any run, ``?`` one code point, all else literal; the whole text must fit.

    Time is at most text length × pattern length: only the last ``*`` is ever tried again, so nothing multiplies.
    """
    return lambda text: _fits(pattern, text)


def _fits(pattern: str, text: str) -> bool:
    at = part = 0
    run_part = -1
    run_at = 0
    end, parts = len(text), len(pattern)
    while at < end:
        wanted = pattern[part] if part < parts else ""
        if wanted == "*":
            run_part, run_at = part, at
            part += 1
        elif wanted == "?" or wanted == text[at]:
            part += 1
            at += 1
        elif run_part >= 0:
            run_at += 1
            at = run_at
            part = run_part + 1
        else:
            return False
    while part < parts and pattern[part] == "*":
        part += 1
    return part == parts
