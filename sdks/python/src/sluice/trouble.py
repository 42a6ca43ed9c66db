"""Why there is no live connection, in words, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .ports import HttpReply
from .signature_check import SignatureProblem

REFUSED_WAIT_MS_MIN: Final = 5_000
"""Kinds that a person must cure: trying again quickly cannot help."""


@dataclass(frozen=True)
class Trouble:
    """What is wrong and what to do.

    ``kind``: ``badAddress``, ``unreachable``, ``wrongPath``, ``badKey``, ``wrongEnvironment``, ``serverFailed``, ``badAnswer``,
    ``badSignature``, ``badOptions``, ``silent``.
    """

    kind: str
    message: str
    fix: str

    @property
    def wait_ms(self) -> int:
        """Lower bound of the wait after it."""
        return REFUSED_WAIT_MS_MIN if self.kind in ("badKey", "wrongEnvironment", "wrongPath", "badSignature") else 0

    def __str__(self) -> str:
        return f"{self.message} {self.fix}"


def unreachable(address: str, why: str) -> Trouble:
    """No answer at all. ``why`` is the network's own reason."""
    return Trouble(
        "unreachable",
        f"No Sluice server answers at {address}: {why}.",
        "Check that the server runs and that this machine may reach it. "
        "Flags keep their last answers; the connection is tried again for ever.",
    )


def cut_off(address: str, why: str) -> Trouble:
    """The server was there and has gone."""
    return Trouble(
        "unreachable",
        f"The connection to {address} was lost: {why}.",
        "Flags keep their last answers; the connection is tried again for ever.",
    )


def silent(address: str, silent_ms: float) -> Trouble:
    """The stream opened and then nothing came, not even a heartbeat."""
    return Trouble(
        "silent",
        f"The stream from {address} has been silent for {silent_ms / 1000:g} s.",
        "A proxy between this process and the server may hold back or cut long answers; it must pass text/event-stream on unbuffered. "
        "Until then flags are asked for instead.",
    )


def bad_address(url: str) -> Trouble:
    """The address itself cannot be used."""
    return Trouble("badAddress", f'"{url}" is not a web address.', "Set url to the server's address, such as https://flags.example.com.")


def bad_answer(address: str, problem: str) -> Trouble:
    """An answer that is no snapshot although its status was 200."""
    return Trouble(
        "badAnswer",
        f"The server at {address} answered something that is no snapshot: {problem}.",
        "Check the versions of server and SDK, and whether a proxy changes the answers.",
    )


def bad_signature_keys(problem: str) -> Trouble:
    """The options name public keys that cannot be used. Nothing is accepted then: to go on unchecked would be what nobody asked for."""
    return Trouble(
        "badOptions",
        f"Signatures cannot be checked: {problem}. No flags are accepted.",
        "Copy the keys that `sluice signing-keys` prints on the server, and set environment; without signature_keys nothing is checked.",
    )


_SIGNATURE_CURES = {
    "unsigned": "Start the server with --sign, or see why a proxy takes the signature away; "
    "without signature_keys in the options, nothing is checked.",
    "unknownKey": "If `sluice signing-keys` on the server prints this key, add it to signature_keys; "
    "else it is not your server that answers.",
    "doesNotFit": "Check that url and environment belong together and that no proxy changes the answers; else somebody tampers with them.",
}


def bad_signature(address: str, what: str, problem: SignatureProblem) -> Trouble:
    """Something came that none of the trusted keys has signed."""
    return Trouble(
        "badSignature",
        f"A {what} from {address} is refused: {problem.words}.",
        f"{_SIGNATURE_CURES[problem.kind]} Flags keep their last answers.",
    )


def other_environment(address: str, expected: str, actual: str) -> Trouble:
    """The snapshot is of another environment than the one this process was told to expect."""
    return Trouble(
        "wrongEnvironment",
        f'The SDK key belongs to environment "{actual}", but this process expects "{expected}".',
        f'Use the SDK key of "{expected}" at {address}, or change the environment option.',
    )


def trouble_of(address: str, reply: HttpReply, expected: str) -> Trouble | None:
    """What an answer's status and kind of content say; None where they look right."""
    status = reply.status
    content = reply.headers.get("content-type", "")
    if status == 401:
        return Trouble(
            "badKey",
            f"The server at {address} does not know this SDK key.",
            "Copy the key of the environment again from the console; keys that were replaced stop working.",
        )
    if status == 403:
        return Trouble(
            "wrongEnvironment",
            f"The server at {address} knows this SDK key, but not for this environment.",
            "Use the SDK key that belongs to the environment this process runs in.",
        )
    is_redirect = 300 <= status < 400 and status != 304
    is_page = status < 500 and "text/html" in content
    if is_redirect or is_page or status in (404, 405, 410):
        what = f"status {status}"
        if is_page:
            what = f"a web page (status {status})"
        elif is_redirect:
            what = f"a redirect to {reply.headers.get('location', 'elsewhere')}"
        return Trouble(
            "wrongPath",
            f"{address} answers, but there is no Sluice server at this path: it sent {what}.",
            "Set url to the server's own address without a path, or with the prefix under which a proxy serves it.",
        )
    if status == 200:
        return None if expected in content else bad_answer(address, f'its content type is "{content}", not {expected}')
    if status == 304:
        return None
    return Trouble("serverFailed", f"The server at {address} answered status {status}.", "Look at the server's own log and at its /health.")
