"""Whether a key that this process trusts has signed what came."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

SIGNATURE_HEADER: Final = "sluice-signature"
"""The HTTP header that carries the signature of a body; on a stream it is the field ``sig``."""

SIGNED_KINDS: Final = ("snapshot", "patch", "kill", "kills")
"""What a signature may stand under: ``kill`` is an urgent kill of a stream, ``kills`` the list of those in force."""

# Two are enough while one key follows another; more are most likely a mistake.
_KEYS_MAX = 4
_KEY_ID_CHARS = 8
# ``slv_`` and 32 bytes in base64url.
_PUBLIC_KEY = re.compile("slv_([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])")
# 8 characters of the key and 64 bytes in base64url.
_SIGNATURE = re.compile("([A-Za-z0-9_-]{8}):([A-Za-z0-9_-]{85}[AQgw])")

Verify = Callable[[bytes, bytes], bool]


@dataclass(frozen=True)
class SignatureProblem:
    """Why something received is not accepted.

    ``kind``: ``unsigned``, ``unknownKey``, or ``doesNotFit``: changed on its way, or signed for another environment or another use.
    """

    kind: str
    words: str


class SignatureKeysUnusable(Exception):
    """The keys of the options cannot be used; the message says why, and never repeats one."""


class SignatureCheck:
    """The public keys that this process trusts, for one environment. Raises `SignatureKeysUnusable`.

    An empty list is a mistake and no wish: it would trust everybody.
    """

    def __init__(self, keys: Sequence[str], environment: str | None) -> None:
        if environment is None:
            raise SignatureKeysUnusable(
                "signature_keys are set and environment is not: "
                "without it, flags signed for another environment could not be told from yours"
            )
        if isinstance(keys, str) or not isinstance(keys, Sequence):
            raise SignatureKeysUnusable("signature_keys is no list of texts")
        if not 1 <= len(keys) <= _KEYS_MAX:
            raise SignatureKeysUnusable(f"signature_keys holds {len(keys)} keys, where 1 to {_KEYS_MAX} are needed")
        self._environment = environment
        self._keys: dict[str, list[Verify]] = {}
        for at, text in enumerate(keys):
            form = _PUBLIC_KEY.fullmatch(text.strip()) if isinstance(text, str) else None
            if form is None:
                raise SignatureKeysUnusable(f"signature_keys[{at}] is no public key: slv_ and 43 characters of base64url")
            self._keys.setdefault(form[1][:_KEY_ID_CHARS], []).append(_verifier(base64.urlsafe_b64decode(f"{form[1]}=")))

    def problem_of(self, kind: str, text: bytes, signature: str | None) -> SignatureProblem | None:
        """None where one of the keys has signed exactly this text, as this kind, for this environment (Ed25519, RFC 8032).

        Of a kill, also where somebody has signed it to whom one of the keys has delegated kills.
        """
        message = self._message(kind, text)
        if signature is not None and "." in signature:
            return self._delegated_problem(kind, message, signature)
        return self._trusted_problem(message, signature)

    def _message(self, kind: str, text: bytes) -> bytes:
        return f"sluice-signature-1\n{kind}\n{self._environment}\n".encode() + text

    def _delegated_problem(self, kind: str, message: bytes, signature: str) -> SignatureProblem | None:
        """A relay's signature counts for kills alone, so that whoever steals its key can switch off and never on."""
        own, name, root = [*signature.split(".", 2), ""][:3]
        parts, form = _SIGNATURE.fullmatch(own), _PUBLIC_KEY.fullmatch(f"slv_{name}")
        if parts is None or form is None:
            return _unsigned()
        problem = self._trusted_problem(self._message("delegate", f"slv_{name}".encode()), root)
        if problem is not None:
            return problem
        verify = _verifier(base64.urlsafe_b64decode(f"{name}="))
        is_kill = kind in ("kill", "kills") and parts[1] == name[:_KEY_ID_CHARS]
        return None if is_kill and verify(base64.urlsafe_b64decode(f"{parts[2]}=="), message) else _does_not_fit()

    def _trusted_problem(self, message: bytes, signature: str | None) -> SignatureProblem | None:
        parts = None if signature is None else _SIGNATURE.fullmatch(signature)
        if parts is None:
            return _unsigned()
        verifiers = self._keys.get(parts[1])
        if verifiers is None:
            known = " and ".join(f"{name}…" for name in self._keys)
            return SignatureProblem("unknownKey", f"it is signed by the key {parts[1]}…, and signature_keys trusts only {known}")
        raw = base64.urlsafe_b64decode(f"{parts[2]}==")
        if any(verify(raw, message) for verify in verifiers):
            return None
        return _does_not_fit()


def _unsigned() -> SignatureProblem:
    return SignatureProblem("unsigned", "it is not signed")


def _does_not_fit() -> SignatureProblem:
    return SignatureProblem(
        "doesNotFit", "it does not fit its signature: it was changed on its way, or was signed for another environment or another use"
    )


def _verifier(public_key: bytes) -> Verify:
    try:
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415
    except ImportError as error:
        raise SignatureKeysUnusable(
            "the package cryptography, which checks them, is not installed (pip install 'sluice-sdk[signatures]')"
        ) from error
    key = Ed25519PublicKey.from_public_bytes(public_key)

    def verify(signature: bytes, message: bytes) -> bool:
        try:
            key.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    return verify
