"""The OpenFeature provider, through OpenFeature's own client."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timezone

import pytest
from openfeature import api
from openfeature.evaluation_context import EvaluationContext
from openfeature.event import EventDetails, ProviderEvent
from openfeature.exception import ErrorCode, OpenFeatureError
from openfeature.flag_evaluation import FlagEvaluationDetails, FlagValueType
from openfeature.hook import Hook, HookContext, HookHints
from openfeature.provider import ProviderStatus
from openfeature.track import TrackingEventDetails
from test_real_world import WAIT_S, Live
from virtual_world import Lines

from sluice import SluiceClient, create_client
from sluice.openfeature import SluiceProvider


@pytest.fixture
def live() -> Iterator[Live]:
    made = Live()
    yield made
    api.clear_providers()
    api.clear_hooks()
    made.server.close()


def start(live: Live, **options: str) -> SluiceClient:
    return create_client(url=live.server.url, key="k", log=Lines(), **options)  # type: ignore[arg-type]


def test_a_kill_reaches_openfeature_with_its_events_and_reasons(live: Live) -> None:
    client = start(live)
    api.set_provider_and_wait(SluiceProvider(client), domain="billing")
    flags = api.get_client("billing")
    assert flags.get_provider_status() == ProviderStatus.READY
    assert flags.get_boolean_value("site.diary", False) is True
    assert flags.get_string_value("greeting", "") == "Good morning"
    heard: list[EventDetails] = []
    is_changed = threading.Event()

    def on_change(details: EventDetails) -> None:
        heard.append(details)
        is_changed.set()

    flags.add_handler(ProviderEvent.PROVIDER_CONFIGURATION_CHANGED, on_change)
    live.kill()
    assert is_changed.wait(WAIT_S)
    assert heard[0].flags_changed == ["site.diary"]
    assert heard[0].metadata == {"epoch": "e1", "seq": 4, "kill": True}
    details = flags.get_boolean_details("site.diary", True)
    assert (details.value, details.reason, details.variant) == (False, "DISABLED", "off")
    assert details.flag_metadata == {
        "cause": "kill",
        "by": "k1",
        "flagSetId": "production",
        "version": "e1:4",
        "epoch": "e1",
        "seq": 4,
    }


def test_errors_have_openfeature_codes(live: Live) -> None:
    api.set_provider_and_wait(SluiceProvider(start(live)))
    flags = api.get_client()
    unknown = flags.get_boolean_details("no.such", True)
    assert (unknown.value, unknown.error_code) == (True, ErrorCode.FLAG_NOT_FOUND)
    assert flags.get_integer_details("greeting", 5).error_code == ErrorCode.TYPE_MISMATCH
    assert flags.get_object_details("greeting", {"a": 1}).value == {"a": 1}


def test_being_cut_off_is_stale_and_coming_back_is_ready(live: Live) -> None:
    client = start(live)
    api.set_provider_and_wait(SluiceProvider(client))
    flags = api.get_client()
    assert live.has_stream.wait(WAIT_S)
    is_stale, is_ready = threading.Event(), threading.Event()
    flags.add_handler(ProviderEvent.PROVIDER_STALE, lambda details: is_stale.set())
    for stream in live.streams:
        stream.close()
    assert is_stale.wait(WAIT_S)
    flags.add_handler(ProviderEvent.PROVIDER_READY, lambda details: is_ready.set())
    assert is_ready.wait(WAIT_S)
    assert flags.get_boolean_value("site.diary", False) is True


def test_nothing_received_is_an_error_and_ready_later() -> None:
    client = create_client(url="http://127.0.0.1:9", key="k", wait_s=0.05, log=Lines())
    with pytest.raises(OpenFeatureError):
        api.set_provider_and_wait(SluiceProvider(client))
    assert api.get_client().get_provider_status() == ProviderStatus.ERROR
    assert api.get_client().get_boolean_value("site.diary", True) is True
    api.clear_providers()


def test_hooks_run_tracking_counts_and_dates_are_instants(live: Live) -> None:
    client = start(live)
    api.set_provider_and_wait(SluiceProvider(client))
    seen: list[str] = []

    class Seen(Hook):
        def after(self, hook_context: HookContext, details: FlagEvaluationDetails[FlagValueType], hints: HookHints) -> None:
            seen.append(f"{hook_context.flag_key} {details.reason}")

    api.add_hooks([Seen()])
    flags = api.get_client()
    context = EvaluationContext("ada", {"since": datetime(2026, 1, 1, tzinfo=timezone.utc)})
    assert flags.get_boolean_value("site.diary", False, context) is True
    assert seen == ["site.diary STATIC"]
    customer = EvaluationContext("ada", {"customer": "acme"})
    flags.track("checkout", customer, TrackingEventDetails(12.5, {"flag": "site.diary", "failed": True}))
    flags.track("checkout", customer, TrackingEventDetails(attributes={"flag": "site.diary"}))
    flags.track("checkout", customer, TrackingEventDetails(12.5))
    outcome = {"flag": "site.diary", "variant": "on", "outcome": "checkout", "customer": "63895c04068c7c14", "ok": 1, "failed": 1}
    assert client._outcomes.take() == ([outcome], 0)
