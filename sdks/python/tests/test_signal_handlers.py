"""That signal handlers may ask, track and count in the middle of anything, and raise."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(not hasattr(signal, "raise_signal"), reason="no signals on this system")
@pytest.mark.parametrize("scene", ["asking", "telling", "posting", "raising"])
def test_nothing_hangs_and_every_count_is_there_at_whatever_step_a_signal_comes(scene: str) -> None:
    here = Path(__file__).parent
    done = subprocess.run([sys.executable, "-B", str(here / "interrupted.py"), scene], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    assert int(done.stdout.split()[0]) > 20
