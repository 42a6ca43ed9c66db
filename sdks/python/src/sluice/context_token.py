"""Context tokens for pages."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping

from .evaluation import Context
from .evaluation.shape import is_number

# Bytes of a context as JSON that the server takes, and objects and lists within each other.
_CONTEXT_BYTES_MAX = 4_096
_DEPTH_MAX = 32
_TTL_S = (1.0, 900.0)
# Shorter secrets can be guessed by whoever has a token (RFC 7518 §3.2).
_SECRET_CHARS_MIN = 32
# Characters of the subject: 132 bits of a hash.
_SUBJECT_CHARS = 22


class TokenImpossible(Exception):
    """No token can be made; the message says what is missing."""


def make_context_token(context: Context, environment: str | None, secret: str | None, now_ms: float, ttl_s: float) -> str:
    """A JWT (RFC 7519) signed with HMAC-SHA256 (RFC 7515): ``aud`` the environment, ``ctx`` the context, ``sub`` a hash of it.

    Raises `TokenImpossible`.
    """
    if secret is None or len(secret) < _SECRET_CHARS_MIN:
        raise TokenImpossible(f"No token can be signed without context_secret, of at least {_SECRET_CHARS_MIN} characters.")
    if environment is None:
        raise TokenImpossible("The environment is not known yet: set environment, or make tokens after the first flags arrived.")
    plain = _Plain()
    value = plain.of(context, 0)
    if not isinstance(value, dict):
        raise TokenImpossible("The context is not a mapping.")
    ctx = json.dumps(value, allow_nan=False, separators=(",", ":"), sort_keys=True)
    if plain.left < 0 or len(ctx) > _CONTEXT_BYTES_MAX:
        raise TokenImpossible(
            f"The context is larger than {_CONTEXT_BYTES_MAX} bytes as JSON, or nested more than {_DEPTH_MAX} deep. "
            "Put in only what flags ask for."
        )
    life_s = min(_TTL_S[1], max(_TTL_S[0], ttl_s)) if is_number(ttl_s) else _TTL_S[1]
    claims = {
        "aud": environment,
        "exp": int(now_ms / 1000 + life_s),
        "iat": int(now_ms / 1000),
        "sub": _encoded(hashlib.sha256(ctx.encode()).digest())[:_SUBJECT_CHARS],
        "ctx": value,
    }
    text = ".".join(_encoded(json.dumps(part, separators=(",", ":")).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    return f"{text}.{_encoded(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest())}"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class _Plain:
    """What of a value can be an attribute; the rest is left out, so that a page gets the same answers as this process."""

    def __init__(self) -> None:
        # Every value takes at least a byte: beyond this the context is too large, whatever its shape. Cycles end here too.
        self.left = _CONTEXT_BYTES_MAX

    def of(self, value: object, depth: int) -> object:
        self.left = -1 if depth > _DEPTH_MAX else self.left - 1
        if self.left < 0:
            return None
        if isinstance(value, (str, bool)) or is_number(value):
            return value
        if isinstance(value, (list, tuple)):
            return [kept for kept in (self.of(item, depth + 1) for item in value) if kept is not None]
        if isinstance(value, Mapping):
            members = {str(name): self.of(member, depth + 1) for name, member in value.items()}
            return {name: kept for name, kept in members.items() if kept is not None}
        return None
