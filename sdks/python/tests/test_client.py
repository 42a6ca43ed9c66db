"""The client in virtual time."""

from __future__ import annotations

import json

import pytest
from virtual_world import VirtualWorld, event, reply, snapshot_at

from sluice import Change, Options, SluiceClient
from sluice.ports import HttpReply, NetworkFailed

URL = "http://flags.test"
KILL = {"kills": {"k1": {"flags": ["site.diary"]}}}


def start(world: VirtualWorld, **options: object) -> SluiceClient:
    client = SluiceClient(Options(**{"url": URL, "key": "secret", **options}), lambda _: world)  # type: ignore[arg-type]
    world.pass_time(10)
    return client


def patch(base: int, to: int, **parts: object) -> dict[str, object]:
    return {"epoch": "e1", "base": base, "to": to, "set": parts}


def test_a_patch_is_applied_confirmed_and_told() -> None:
    world = VirtualWorld()
    world.live()
    client = start(world)
    told: list[Change] = []
    client.on_change(told.append)
    assert client.state == "ready"
    assert client.get_boolean("site.diary", False) is True
    world.send("patch", patch(3, 4, **KILL))
    assert client.get_boolean("site.diary", True) is False
    assert [(change.version.seq, change.flags, change.is_kill) for change in told] == [(4, ("site.diary",), True)]
    world.pass_time(1)
    assert [(confirm["seq"], confirm["instance"]) for confirm in world.confirms()] == [(3, world.token()), (4, world.token())]


def test_values_are_of_the_asked_type_or_the_default() -> None:
    world = VirtualWorld()
    flags = {
        "n": {"type": "number", "variants": {"a": 5}, "off": "a"},
        "o": {"variants": {"a": {"list": [1]}}, "off": "a"},
        "x": {"variants": {"a": None}, "off": "a"},
    }
    world.live(flags=flags)
    client = start(world)
    assert client.get_number("n", 1) == 5
    assert client.get_boolean("n", True) is True
    assert client.get_string("n", "text") == "text"
    first = client.get_object("o", None)
    assert first == {"list": [1]}
    assert isinstance(first, dict)
    first["list"] = "mine"
    assert client.get_object("o", None) == {"list": [1]}
    assert client.get_object("x", "default") == "default"
    details = client.get_boolean_details("n", True)
    assert (details.value, details.reason, details.cause) == (True, "ERROR", "wrongType")
    assert [line for line in world.lines.lines if "asked for as boolean" in line] == [
        'Flag "n" is asked for as boolean, but its value is number: the code\'s default is answered.'
    ]


def test_an_unknown_key_is_warned_about_once_and_reported_within_30_s() -> None:
    world = VirtualWorld()
    world.live()
    client = start(world)
    for _ in range(3):
        assert client.get_boolean("site.dairy", True) is True
    assert [line for line in world.lines.lines if "no flag" in line] == [
        'There is no flag "site.dairy" in production: the code\'s default is answered. Did you mean "site.diary"?'
    ]
    world.pass_time(30_000)
    assert [key for confirm in world.confirms() for key in confirm["unknown"]] == ["site.dairy"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (NetworkFailed("connection refused"), "unreachable"),
        (reply(404, b"no"), "wrongPath"),
        (HttpReply(200, {"content-type": "text/html"}, b"<html>"), "wrongPath"),
        (HttpReply(302, {"location": "/login"}), "wrongPath"),
        (reply(401, b""), "badKey"),
        (reply(403, b""), "wrongEnvironment"),
        (reply(200, snapshot_at(3, environment="staging")), "wrongEnvironment"),
        (reply(500, b""), "serverFailed"),
        (reply(200, b"{"), "badAnswer"),
    ],
)
def test_each_trouble_has_one_message_and_is_got_over(answer: HttpReply | NetworkFailed, kind: str) -> None:
    world = VirtualWorld()
    world.answer = lambda request: answer
    client = start(world, environment="production")
    world.pass_time(600_000)
    assert client.trouble is not None
    assert client.trouble.kind == kind
    assert world.lines.lines == [str(client.trouble)]
    assert client.get_boolean("site.diary", False) is False
    world.live()
    world.pass_time(60_000)
    assert client.state == "ready"
    assert client.get_boolean("site.diary", False) is True


def test_a_hello_and_then_silence_for_hours_is_asked_once_in_30_s_with_the_confirms() -> None:
    world = VirtualWorld()
    world.live()
    start(world)
    world.pass_time(1_000)
    world.answer = lambda request: "never"
    world.hello, world.beats = {**(world.hello or {}), "seq": 4}, False
    world.open_stream.listener.ended("gone")
    world.pass_time(120_000)
    begin = len(world.requests)
    world.pass_time(7_200_000)
    assert 60 <= len(world.requests) - begin <= 240


def test_the_four_messages_differ() -> None:
    messages = set()
    for answer in (NetworkFailed("refused"), reply(404, b""), reply(401, b""), reply(403, b"")):
        world = VirtualWorld()
        world.answer = lambda request, answer=answer: answer  # type: ignore[misc]
        start(world)
        messages.add(world.lines.lines[0])
    assert len(messages) == 4


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("status", [*range(100, 600), None])
def test_any_status_and_a_hang_are_survived_slowly_for_ever(status: int | None, held: bool) -> None:
    world = VirtualWorld()
    if held:
        world.live()
    client = start(world)
    broken: HttpReply | str = "never" if status is None else reply(status, b"garbage")
    world.answer = lambda request: broken  # type: ignore[assignment,return-value]
    world.stream_answer = lambda request: None if status is None else HttpReply(status, {"content-type": "text/event-stream"})
    world.hello = None
    if held:
        world.open_stream.listener.ended("gone")
    world.pass_time(120_000)
    assert client.get_boolean("site.diary", False) is held
    begin = len(world.requests)
    world.pass_time(3_600_000)
    assert 20 <= len(world.requests) - begin <= 120, "keeps trying, at most once in 30 s on average"
    world.live(seq=4)
    world.pass_time(120_000)
    assert client.state == "ready"
    assert client.version is not None
    assert client.version.seq == 4


def test_streams_that_are_held_back_are_replaced_by_asking() -> None:
    world = VirtualWorld()
    world.live()
    world.hello = None
    client = start(world)
    world.pass_time(120_000)
    world.live(seq=9)
    world.hello = None
    world.pass_time(90_000)
    assert client.version is not None
    assert client.version.seq == 9
    assert client.state in {"ready", "stale"}
    world.live(seq=9)
    world.pass_time(300_000)
    assert client.state == "ready"
    assert client.trouble is None


def test_a_silent_stream_is_dead_after_12_s_and_resumed_from_the_version_held() -> None:
    world = VirtualWorld()
    world.live()
    world.beats = False
    start(world)
    world.pass_time(20_000)
    assert len(world.streams) == 2
    assert world.streams[0].is_closed
    assert world.streams[1].request.headers["last-event-id"] == "e1:3"


def test_streams_that_end_early_and_bring_decisions_are_no_outage_and_those_that_bring_none_are() -> None:
    world = VirtualWorld()
    world.live()
    client = start(world)

    def streams_of(minutes: int, *, with_news: bool) -> int:
        before = len(world.streams)
        for _ in range(minutes * 600):
            assert client.version is not None
            seq = client.version.seq
            world.hello = {"environment": "production", "epoch": "e1", "seq": seq, "confirmJitterMs": 0}
            world.pass_time(100)
            if all(stream.is_closed for stream in world.streams):
                continue
            if with_news:
                world.send("patch", patch(seq, seq + 1))
            stream = world.open_stream
            stream.is_closed = True
            stream.listener.ended("connection reset")
        return len(world.streams) - before

    # Waits are 4 s at most, and a stream takes 0.1 s.
    assert streams_of(10, with_news=True) > 600 / 4.1
    # Some 24 of them in its first minute.
    assert streams_of(10, with_news=False) < 60


def test_a_stream_that_drips_bytes_and_never_says_hello_is_left() -> None:
    world = VirtualWorld()
    world.live()
    world.hello = None
    client = start(world)
    for _ in range(20):
        world.streams[-1].listener.chunk(b":\n")
        world.pass_time(1_000)
    assert world.streams[0].is_closed
    assert client.version is not None


def test_a_gap_brings_its_kills_at_once_and_the_rest_with_the_snapshot() -> None:
    world = VirtualWorld()
    world.live()
    client = start(world)
    world.answer = lambda request: "never"
    world.send("patch", patch(5, 6, **KILL))
    assert client.get_boolean("site.diary", True) is False
    assert client.get_boolean("site.photos", False) is True


def test_an_urgent_kill_ends_with_the_snapshot_that_lists_its_journal() -> None:
    world = VirtualWorld()
    world.live()
    client = start(world)
    world.send("urgent", {"id": "u1", "epoch": "e1", "flags": ["site.diary"], "journal": "j", "counter": 2})
    assert client.get_boolean("site.diary", True) is False
    world.pass_time(10)
    assert world.confirms()[-1]["urgent"] == ["u1"]
    world.send("patch", patch(3, 4, journals={"j": 2}))
    assert client.get_boolean("site.diary", False) is True


def test_urgent_kills_are_asked_for_before_the_first_answer() -> None:
    world = VirtualWorld()
    world.live()
    kills = {"urgent": [{"id": "u1", "epoch": "e1", "flags": ["site.diary"]}]}
    world.answer = lambda request: (
        reply(200, kills) if request.url.endswith("/urgent") else reply(200, snapshot_at(3), **{"sluice-urgent": "1"})
    )
    client = start(world)
    assert client.get_boolean("site.diary", True) is False


def test_nothing_goes_back_within_an_epoch_nor_to_a_replaced_one() -> None:
    world = VirtualWorld()
    world.live()
    client = start(world)
    world.answer = lambda request: reply(200, snapshot_at(2))
    world.send("reset", {"epoch": "e9", "seq": 9})
    world.pass_time(10)
    assert str(client.version) == "e1:3"
    world.answer = lambda request: reply(200, snapshot_at(1, epoch="e2", replaces=["e1"]))
    world.pass_time(60_000)
    world.send("reset", {"epoch": "e2", "seq": 1})
    world.pass_time(60_000)
    assert str(client.version) == "e2:1"
    world.answer = lambda request: reply(200, snapshot_at(99))
    world.send("reset", {"epoch": "e1", "seq": 99})
    world.pass_time(60_000)
    assert str(client.version) == "e2:1"


def test_a_kill_of_a_replaced_epoch_stays_until_its_successor_lists_it() -> None:
    world = VirtualWorld()
    world.live(kills=KILL["kills"])
    client = start(world)
    world.answer = lambda request: reply(200, snapshot_at(1, epoch="e2", replaces=["e1"]))
    world.send("reset", {"epoch": "e2", "seq": 1})
    world.pass_time(10)
    assert str(client.version) == "e2:1"
    assert client.get_boolean("site.diary", True) is False


@pytest.mark.parametrize(("seen", "is_on"), [(2, False), (4, False), (5, True), (9, True)])
def test_a_kill_ends_with_an_epoch_that_saw_where_it_began_and_lists_it_no_more(seen: int, is_on: bool) -> None:
    world = VirtualWorld()
    world.live()
    client = start(world)
    world.send("patch", patch(3, 5, **KILL))
    world.send("patch", patch(5, 8))
    world.pass_time(10)
    assert str(client.version) == "e1:8"
    world.answer = lambda request: reply(200, snapshot_at(1, epoch="e2", replaces=["e1"], seen={"e1": seen}))
    world.send("reset", {"epoch": "e2", "seq": 1})
    world.pass_time(10)
    assert str(client.version) == "e2:1"
    assert client.get_boolean("site.diary", True) is is_on


def test_the_last_good_flags_and_kills_survive_a_restart_without_a_server() -> None:
    world = VirtualWorld()
    world.live()
    client = start(world, cache_dir="/c")
    world.pass_time(1_000)
    world.send("patch", patch(3, 4, **KILL))
    world.pass_time(1)
    client._close()
    again = VirtualWorld()
    again.files = world.files
    restarted = start(again, cache_dir="/c")
    assert restarted.state == "stale"
    assert str(restarted.version) == "e1:4"
    assert restarted.get_boolean("site.diary", True) is False
    assert list(world.files) == ["/c/sluice-2bb80d537b1da3e3.json"]


def test_a_disk_that_refuses_is_said_once_and_changes_no_answer() -> None:
    world = VirtualWorld()
    world.live()
    world.disk_refuses = True
    client = start(world, cache_dir="/c")
    world.pass_time(100_000)
    assert client.get_boolean("site.diary", False) is True
    assert len([line for line in world.lines.lines if "ENOSPC" in line]) == 1
    world.disk_refuses = False
    world.pass_time(31_000)
    assert len(world.files) == 1


def test_a_snapshot_file_serves_without_a_server_and_yields_to_it() -> None:
    world = VirtualWorld()
    world.files["/flags.json"] = json.dumps(snapshot_at(2)).encode()
    client = start(world, url=None, snapshot_file="/flags.json")
    assert (client.state, client.get_string("greeting", "")) == ("offline", "Good morning")
    assert not world.requests


def test_a_bad_address_is_said_and_defaults_are_answered() -> None:
    for url in ("flags.example.com", "ftp://x", "http://", "http://a:b", "http://[", "http://a b"):
        world = VirtualWorld()
        client = start(world, url=url)
        assert client.trouble is not None
        assert client.trouble.kind == "badAddress"
        assert client.get_boolean("site.diary", True) is True


def test_listeners_that_raise_harm_nobody() -> None:
    world = VirtualWorld()
    world.live()
    client = start(world)
    told: list[Change] = []
    client.on_change(lambda change: 1 / 0)
    client.on_change(told.append)
    world.send("patch", patch(3, 4, **KILL))
    world.send("patch", patch(4, 5))
    assert len(told) == 2
    assert len([line for line in world.lines.lines if "ZeroDivisionError" in line]) == 1


def test_closing_leaves_no_timer_but_answers() -> None:
    world = VirtualWorld()
    world.live()
    client = start(world)
    client._close()
    world.pass_time(60_000)
    requests = len(world.requests)
    world.pass_time(3_600_000)
    assert (len(world.requests), world.planned, client.state) == (requests, 0, "offline")
    assert client.get_boolean("site.diary", False) is True


def test_counts_survive_patches_and_are_right() -> None:
    world = VirtualWorld()
    world.live()
    client = start(world)
    for _ in range(5):
        client.get_boolean("site.diary", False)
    world.send("patch", patch(3, 4, **KILL))
    client.get_boolean("site.diary", False)
    world.send("patch", {"epoch": "e1", "base": 4, "to": 5, "drop": {"kills": ["k1"]}})
    client.get_boolean_details("site.diary", False)
    client.usage()
    counts = {(count.variant, count.reason): count.count for count in client.usage().counts if count.flag == "site.diary"}
    assert counts == {("on", "STATIC"): 6, ("off", "DISABLED"): 1}
    assert client.usage().dropped == 0


def test_bytes_cut_anywhere_end_in_the_same_state() -> None:
    history = b": \xf0\x9f\x8f\x97\xef\xb8\x8f\n" + b"".join(
        event(
            "patch", patch(seq, seq + 1, flags={f"f.{seq}": {"default": "on" if seq % 2 else "off"}}, kills={f"k{seq}": {"flags": ["ünï"]}})
        )
        for seq in range(3, 12)
    )
    for size in (1, 2, 3, 7, 64, 100_000):
        for line_end in (b"\n", b"\r\n", b"\r"):
            world = VirtualWorld()
            world.live()
            client = start(world)
            data = history.replace(b"\n", line_end)
            for at in range(0, len(data), size):
                world.open_stream.listener.chunk(data[at : at + size])
            # A last lone CR may be half of CR LF; the next byte tells.
            world.open_stream.listener.chunk(b":\n")
            assert str(client.version) == "e1:12", (size, line_end)
            assert [client.get_boolean(f"f.{seq}", False) for seq in (3, 4, 11)] == [True, False, True]


@pytest.mark.parametrize(
    "junk", [b"\xff" * 100, b"event: patch\ndata: {\n\n", b"event: hello\ndata: 5\n\n", b"data\n\n" * 50, b"event: urgent\ndata: []\n\n"]
)
def test_garbage_in_the_stream_changes_no_answer(junk: bytes) -> None:
    world = VirtualWorld()
    world.live()
    client = start(world)
    world.open_stream.listener.chunk(junk)
    world.pass_time(100)
    assert client.get_boolean("site.diary", False) is True


def test_a_frame_without_end_is_given_up_at_8_mib() -> None:
    world = VirtualWorld()
    world.live()
    client = start(world)
    stream = world.open_stream
    for _ in range(9):
        if not stream.is_closed:
            stream.listener.chunk(b"x" * 1024 * 1024)
    assert stream.is_closed
    world.pass_time(5_000)
    assert client.state == "ready"


def test_ten_thousand_patches_are_applied() -> None:
    world = VirtualWorld()
    world.live()
    client = start(world)
    for seq in range(3, 10_003):
        world.send("patch", patch(seq, seq + 1, flags={"site.diary": {"default": "on" if seq % 2 else "off"}}))
    assert str(client.version) == "e1:10003"
    assert client.get_boolean("site.diary", True) is False


def test_a_token_is_signed_for_this_environment() -> None:
    world = VirtualWorld()
    world.live()
    client = start(world, context_secret="s" * 32)
    token = client.context_token({"targetingKey": "ada", "secret": float("nan")})
    assert token is not None
    assert token.count(".") == 2
    loop: dict[str, object] = {}
    loop["self"] = loop
    assert client.context_token(loop) is None
    assert start(world).context_token({}) is None
