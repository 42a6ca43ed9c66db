"""The sample service, and the README whose block it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from sluice.testing import MemoryClient
from sluice.testing.pytest_plugin import WithFlag

FOLDER = Path(__file__).parent.parent


def test_the_sample_asks_the_flag_for_each_request(sluice_flags: MemoryClient, with_flag: WithFlag) -> None:
    # Its client begins with the import; other tests look for threads that are left.
    from samples import fastapi_app

    fastapi_app.app.dependency_overrides[fastapi_app.current_flags] = lambda: sluice_flags
    client = TestClient(fastapi_app.app)
    assert client.get("/invoices.csv").status_code == 404
    with_flag("billing.invoice-export", True)
    assert client.get("/invoices.csv").json() == "number,total\n"
    fastapi_app.flags.close()


@pytest.mark.parametrize("name", ["fastapi_app.py"])
def test_the_readme_shows_the_sample(name: str) -> None:
    sample = (FOLDER / "samples" / name).read_text()
    block = sample.split("# readme: begin\n")[1].split("\n# readme: end")[0]
    assert f"```python\n{block.strip()}\n```" in (FOLDER / "README.md").read_text()
