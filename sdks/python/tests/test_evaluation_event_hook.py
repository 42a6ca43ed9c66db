"""What OpenTelemetry is told of evaluations, through OpenFeature's own client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.evaluation_context import EvaluationContext
from opentelemetry._logs import Logger, LogRecord, SeverityNumber
from test_real_world import Live
from virtual_world import Lines

from sluice import create_client
from sluice.openfeature import SluiceProvider
from sluice.openfeature.evaluation_event_hook import EvaluationEventHook

ADA = EvaluationContext("ada", {"customer": "acme"})


class Kept(Logger):
    """An application's logger, which keeps what it is given."""

    def __init__(self) -> None:
        super().__init__("billing-web")
        self.records: list[LogRecord] = []

    def emit(self, record: LogRecord | None = None, **_: Any) -> None:
        assert record is not None
        self.records.append(record)

    def enabled(self, **_: Any) -> bool:
        return True


@pytest.fixture
def flags() -> Iterator[OpenFeatureClient]:
    live = Live()
    api.set_provider_and_wait(SluiceProvider(create_client(url=live.server.url, key="k", wait_s=20, log=Lines())))
    yield api.get_client()
    api.clear_providers()
    api.clear_hooks()
    live.server.close()


def test_an_evaluation_is_the_event_of_the_conventions(flags: OpenFeatureClient) -> None:
    logger = Kept()
    api.add_hooks([EvaluationEventHook(logger)])
    assert flags.get_string_value("greeting", "", ADA) == "Good morning"
    assert flags.get_boolean_value("no.such", True, ADA)
    greeting, unknown = logger.records
    assert (greeting.event_name, greeting.severity_number) == ("feature_flag.evaluation", SeverityNumber.INFO)
    assert greeting.attributes == {
        "feature_flag.key": "greeting",
        "feature_flag.provider.name": "sluice",
        "feature_flag.result.variant": "warm",
        "feature_flag.result.reason": "static",
        "feature_flag.context.id": "ada",
        "feature_flag.set.id": "production",
        "feature_flag.version": "e1:3",
        "feature_flag.result.value": "Good morning",
    }
    assert unknown.attributes == {
        "feature_flag.key": "no.such",
        "feature_flag.provider.name": "sluice",
        "feature_flag.result.reason": "error",
        "feature_flag.context.id": "ada",
        "feature_flag.set.id": "production",
        "feature_flag.version": "e1:3",
        "feature_flag.result.value": True,
        "error.type": "flag_not_found",
        "feature_flag.error.message": 'There is no flag "no.such" in this environment.',
    }


def test_what_is_left_out_stays_in_the_process(flags: OpenFeatureClient) -> None:
    logger = Kept()
    api.add_hooks([EvaluationEventHook(logger, leave_out=["feature_flag.context.id", "feature_flag.result.value"])])
    flags.get_boolean_value("site.diary", False, ADA)
    (record,) = logger.records
    assert sorted(record.attributes or {}) == [
        "feature_flag.key",
        "feature_flag.provider.name",
        "feature_flag.result.reason",
        "feature_flag.result.variant",
        "feature_flag.set.id",
        "feature_flag.version",
    ]
