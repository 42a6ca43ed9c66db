"""What is taken where ``signature_keys`` are set, and what is not."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from virtual_world import VirtualWorld, event, reply, snapshot_at

from sluice.client import SluiceClient
from sluice.options import Options
from sluice.ports import HttpReply, World
from sluice.signature_check import SignatureCheck

FILE = "sluice-production.json"
CASES = json.loads((Path(__file__).parents[3] / "conformance/signatures/cases.json").read_text(encoding="utf-8"))
KEYS = [(one["secret"], one["publicKey"]) for one in CASES["keys"]]
ONE, TWO = KEYS[0][1], KEYS[1][1]
KILL = {"epoch": "e1", "base": 3, "to": 4, "set": {"kills": {"k1": {"flags": ["site.diary"]}}}}
URGENT = {"id": "u1", "epoch": "e1", "journal": "j", "counter": 1, "flags": ["site.photos"]}


def sign(kind: str, text: str, key: int = 0, environment: str = "production") -> str:
    secret, public = KEYS[key]
    private = Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(secret[4:] + "="))
    raw = private.sign(f"sluice-signature-1\n{kind}\n{environment}\n{text}".encode())
    return f"{public[4:12]}:{base64.urlsafe_b64encode(raw).decode().rstrip('=')}"


def frame(name: str, value: object, signature: str | None) -> bytes:
    made = event(name, value)
    return made if signature is None else made.replace(b"data: ", f"sig: {signature}\ndata: ".encode(), 1)


def patch_frame(value: object = KILL, key: int = 0, environment: str = "production") -> bytes:
    return frame("patch", value, sign("patch", json.dumps(value), key, environment))


def signed(value: object, kind: str = "snapshot", key: int = 0, environment: str = "production") -> HttpReply:
    return reply(200, value, **{"sluice-signature": sign(kind, json.dumps(value), key, environment)})


def serving(world: VirtualWorld, snapshot: Callable[[], HttpReply]) -> VirtualWorld:
    world.live()
    world.answer = lambda request: reply(204, b"") if request.method == "POST" else snapshot()
    return world


def client_of(world: VirtualWorld, **options: object) -> SluiceClient:
    given: dict[str, object] = {"url": "http://flags.example", "key": "secret", "environment": "production", "signature_keys": [ONE]}
    make: Callable[[Options], World] = lambda _: world  # noqa: E731
    client = SluiceClient(Options(**{**given, **options}), make)  # type: ignore[arg-type]
    world.pass_time(100)
    return client


def connected(**options: object) -> tuple[VirtualWorld, SluiceClient]:
    world = serving(VirtualWorld(), lambda: signed(snapshot_at(3)))
    return world, client_of(world, **options)


def diary(client: SluiceClient) -> bool:
    return client.get_boolean("site.diary", False)


def photos(client: SluiceClient) -> bool:
    return client.get_boolean("site.photos", False)


def kind_of(client: SluiceClient) -> str | None:
    return None if client.trouble is None else client.trouble.kind


def asked(world: VirtualWorld) -> int:
    return sum(request.url.endswith("/snapshot") for _, request in world.requests)


@pytest.mark.parametrize("one", CASES["primitive"])
def test_rfc_8032_is_verified_by_what_the_sdk_verifies_with(one: dict[str, str]) -> None:
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(one["public"]))
    key.verify(bytes.fromhex(one["signature"]), bytes.fromhex(one["message"]))


@pytest.mark.parametrize("one", CASES["cases"], ids=lambda one: one["name"])
def test_says_of_each_case_what_it_must(one: dict[str, str]) -> None:
    check = SignatureCheck(one["trusted"], one["environment"])
    problem = check.problem_of(one["kind"], one["text"].encode(), one.get("signature"))
    assert ("accepted" if problem is None else problem.kind) == one["expect"]


def test_serves_what_the_key_has_signed_and_a_signed_kill_at_once() -> None:
    world, client = connected()
    assert (client.state, diary(client)) == ("ready", True)
    world.open_stream.listener.chunk(patch_frame())
    world.open_stream.listener.chunk(frame("urgent", URGENT, sign("kill", json.dumps(URGENT))))
    assert (diary(client), photos(client), client.trouble, world.lines.lines) == (False, False, None, [])


@pytest.mark.parametrize(
    ("signature", "trouble", "is_on"), [(sign("kills", json.dumps({"urgent": [URGENT]})), None, False), ("", "badSignature", True)]
)
def test_takes_the_signed_list_of_urgent_kills_and_refuses_one_that_is_not(signature: str, trouble: str | None, *, is_on: bool) -> None:
    urgent = reply(200, {"urgent": [URGENT]}, **({"sluice-signature": signature} if signature else {}))
    first = reply(200, snapshot_at(3), **{"sluice-signature": sign("snapshot", json.dumps(snapshot_at(3))), "sluice-urgent": "1"})
    world = serving(VirtualWorld(), lambda: first)
    world.answer = lambda request: urgent if request.url.endswith("/urgent") else first
    client = client_of(world)
    assert (kind_of(client), client.get_boolean("site.photos", True)) == (trouble, is_on)


STAGING = snapshot_at(3, environment="staging")
REFUSED: dict[str, tuple[Callable[[], HttpReply], str]] = {
    "unsigned": (lambda: reply(200, snapshot_at(3)), "badSignature"),
    "changed": (lambda: reply(200, snapshot_at(4), **{"sluice-signature": sign("snapshot", json.dumps(snapshot_at(3)))}), "badSignature"),
    "of a stranger": (lambda: signed(snapshot_at(3), key=1), "badSignature"),
    "signed for staging": (lambda: signed(snapshot_at(3), environment="staging"), "badSignature"),
    "signed as a patch": (lambda: signed(snapshot_at(3), kind="patch"), "badSignature"),
    "of staging": (lambda: signed(STAGING, environment="staging"), "wrongEnvironment"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_takes_no_other_snapshot_says_so_once_and_asks_again_with_growing_waits(name: str) -> None:
    snapshot, kind = REFUSED[name]
    world = serving(VirtualWorld(), snapshot)
    client = client_of(world)
    assert (client.version, client.state, kind_of(client)) == (None, "starting", kind)
    world.pass_time(600_000)
    assert client.version is None
    assert len(world.lines.lines) == 1
    assert 10 < asked(world) < 60
    serving(world, lambda: signed(snapshot_at(3)))
    world.pass_time(31_000)
    assert diary(client)


@pytest.mark.parametrize(
    "bad",
    [
        event("patch", KILL),
        patch_frame().replace(b"k1", b"k2"),
        frame("patch", KILL, sign("snapshot", json.dumps(KILL))),
        patch_frame(environment="staging"),
        patch_frame(key=1),
        event("urgent", URGENT),
        frame("urgent", URGENT, sign("kills", json.dumps(URGENT))),
    ],
)
def test_refuses_a_frame_that_is_not_signed_as_it_must_and_the_last_good_flags_go_on(bad: bytes) -> None:
    world, client = connected()
    world.open_stream.listener.chunk(bad)
    assert (diary(client), photos(client), client.state, kind_of(client)) == (True, True, "stale", "badSignature")
    before = len(world.streams)
    for _ in range(300):
        world.pass_time(1_000)
        if not world.streams[-1].is_closed:
            world.open_stream.listener.chunk(bad)
    assert diary(client)
    assert 5 < len(world.streams) - before < 70
    # Late in an outage an attempt of three requests (snapshot, stream, confirm) waits three times as long as one of one.
    for _ in range(135):
        if world.streams[-1].is_closed:
            world.pass_time(1_000)
    world.open_stream.listener.chunk(patch_frame())
    assert not diary(client)


def test_does_not_go_back_by_an_older_signed_patch_or_snapshot() -> None:
    world, client = connected()
    world.open_stream.listener.chunk(patch_frame())
    world.open_stream.listener.chunk(patch_frame({"epoch": "e1", "base": 2, "to": 3, "drop": {"kills": ["k1"]}}))
    world.send("reset", {"epoch": "e1", "seq": 9})
    world.pass_time(1_000)
    assert client.version is not None
    assert (client.version.seq, diary(client), asked(world)) == (4, False, 2)


def test_follows_from_one_key_to_the_next_where_both_are_pinned() -> None:
    world, client = connected(signature_keys=(ONE, f" {TWO}\n"))
    world.open_stream.listener.chunk(patch_frame(key=1))
    assert not diary(client)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"signature_keys": []}, "holds 0 keys"),
        ({"signature_keys": [KEYS[0][0]]}, "signature_keys[0] is no public key"),
        ({"signature_keys": ONE}, "no list of texts"),
        ({"environment": None}, "environment is not"),
    ],
)
def test_accepts_nothing_where_the_options_cannot_be_used_and_never_repeats_a_key(options: dict[str, object], words: str) -> None:
    world = serving(VirtualWorld(), lambda: signed(snapshot_at(3)))
    client = client_of(world, cache_dir="c", snapshot_file="f", **options)
    world.pass_time(60_000)
    assert (world.requests, client.state, kind_of(client)) == ([], "starting", "badOptions")
    assert words in "".join(world.lines.lines)
    assert "sls_" not in "".join(world.lines.lines)


def test_says_which_package_is_missing_and_accepts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
    world = serving(VirtualWorld(), lambda: signed(snapshot_at(3)))
    client = client_of(world)
    assert (client.version, kind_of(client), len(world.requests)) == (None, "badOptions", 0)
    assert "pip install 'sluice-sdk[signatures]'" in world.lines.lines[0]


def test_without_keys_nothing_is_checked_and_the_package_is_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
    world = serving(VirtualWorld(), lambda: signed(snapshot_at(3)))
    client = client_of(world, signature_keys=None)
    world.open_stream.listener.chunk(frame("patch", KILL, "nonsense"))
    assert (diary(client), client.state) == (False, "ready")


def stored(world: VirtualWorld) -> dict[str, list[dict[str, str]]]:
    return json.loads(next(iter(world.files.values())))  # type: ignore[no-any-return]


def ended() -> VirtualWorld:
    """A world that has the file of a process with a snapshot, a patch and an urgent kill, and no server."""
    world, client = connected(cache_dir="c")
    world.open_stream.listener.chunk(patch_frame())
    world.open_stream.listener.chunk(frame("urgent", URGENT, sign("kill", json.dumps(URGENT))))
    world.pass_time(2_000)
    next_world = VirtualWorld()
    next_world.files = world.files
    assert client.version is not None
    return next_world


def test_what_is_stored_is_signed_and_answers_as_before_kills_included() -> None:
    world = ended()
    assert [one["kind"] for one in stored(world)["signed"]] == ["snapshot", "patch", "kill"]
    client = client_of(world, cache_dir="c")
    assert client.version is not None
    assert (client.version.seq, diary(client), photos(client), client.get_string("greeting", "")) == (4, False, False, "Good morning")
    plain = client_of(ended(), cache_dir="c", signature_keys=None)
    assert (plain.version is not None, diary(plain)) == (True, False)


STORED: dict[str, Callable[[dict[str, list[dict[str, str]]]], object]] = {
    "changed": lambda file: {
        "signed": [file["signed"][0], {**file["signed"][1], "text": file["signed"][1]["text"].replace("diary", "photos")}]
    },
    "of a stranger": lambda _: {"signed": [step_of(snapshot_at(3), key=1)]},
    "of staging": lambda _: {"signed": [step_of(snapshot_at(3), environment="staging")]},
    "unsigned": lambda _: {"snapshot": snapshot_at(3), "urgent": []},
    "no list": lambda _: {"signed": None},
    "of an unknown kind": lambda _: {"signed": [{"kind": "promise", "text": "{}", "signature": ""}]},
    "a lone surrogate": lambda _: {"signed": [{**step_of(snapshot_at(3)), "text": "\ud800"}]},
}


def step_of(value: object, key: int = 0, environment: str = "production") -> dict[str, str]:
    text = json.dumps(value)
    return {"kind": "snapshot", "text": text, "signature": sign("snapshot", text, key, environment)}


@pytest.mark.parametrize("name", STORED)
def test_what_is_stored_otherwise_is_not_used_and_the_log_says_why(name: str) -> None:
    world = ended()
    path = next(iter(world.files))
    world.files[path] = json.dumps(STORED[name](stored(world))).encode()
    client = client_of(world, cache_dir="c")
    assert client.version is None
    assert any("Stored flags are not used" in line or "cannot be used" in line for line in world.lines.lines)


def test_a_kill_that_a_restored_backup_forgot_is_stored_with_where_it_comes_from() -> None:
    world = ended()
    restored = snapshot_at(2, epoch="e2", replaces=["e1"])
    serving(world, lambda: signed(restored))
    world.hello = {"environment": "production", "epoch": "e2", "seq": 2, "confirmJitterMs": 0}
    client = client_of(world, cache_dir="c")
    world.pass_time(4_000)
    assert str(client.version) == "e2:2"
    assert not diary(client)
    after = VirtualWorld()
    after.files = world.files
    again = client_of(after, cache_dir="c")
    assert str(again.version) == "e2:2"
    assert (diary(again), photos(again)) == (False, False)


def test_after_a_thousand_patches_a_fresh_snapshot_is_asked_for_and_the_trail_begins_with_it() -> None:
    world, client = connected(cache_dir="c")
    for seq in range(3, 1_004):
        flags = {f"f{seq % 7}": {"default": "on"}}
        world.open_stream.listener.chunk(patch_frame({"epoch": "e1", "base": seq, "to": seq + 1, "set": {"flags": flags}}))
    serving(world, lambda: signed(snapshot_at(1_004)))
    world.send("heartbeat", {"epoch": "e1", "seq": 1_004})
    world.pass_time(2_000)
    whole = [request for _, request in world.requests if request.url.endswith("/snapshot")]
    assert client.version is not None
    assert (client.version.seq, len(whole), "if-none-match" in whole[-1].headers) == (1_004, 2, False)
    assert [one["kind"] for one in stored(world)["signed"]] == ["snapshot"]
