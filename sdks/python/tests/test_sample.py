"""The sample service, and the README whose block it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from sluice.testing import MemoryClient
from sluice.testing.pytest_plugin import WithFlag

FOLDER = Path(__file__).parent.parent


@pytest.fixture
def sample(sluice_flags: MemoryClient) -> Iterator[TestClient]:
    # Its client begins with the import; other tests look for threads that are left.
    from samples import fastapi_app

    fastapi_app.app.dependency_overrides[fastapi_app.current_flags] = lambda: sluice_flags
    yield TestClient(fastapi_app.app)
    fastapi_app.flags.close()


# readme: begin
def test_the_export_is_there_with_the_flag(sample: TestClient, with_flag: WithFlag) -> None:  # fixtures of the pytest plugin
    assert sample.get("/invoices.csv").status_code == 404
    with_flag("billing.invoice-export", True)
    assert sample.get("/invoices.csv").json() == "number,total\n"


# readme: end


def test_the_readme_shows_samples_that_run_and_nothing_else() -> None:
    samples = [(FOLDER / name).read_text() for name in ("samples/fastapi_app.py", "tests/test_sample.py")]
    shown = [sample.split("# readme: begin\n")[1].split("\n# readme: end")[0].strip() for sample in samples]
    assert re.findall(r"```python\n(.*?)\n```", (FOLDER / "README.md").read_text(), re.DOTALL) == shown
