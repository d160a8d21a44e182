"""Whatever a launcher started must not outlive it, even if the launcher is killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.world import wait_until

STARTER = """
import subprocess, sys, time
from pathlib import Path
from kolhub.runtime.guard import Guard, forget, remember

pids, remove = Path(sys.argv[1]), Path(sys.argv[2]) if sys.argv[2] else None
guard = Guard(pids, pids / "no-postmaster", remove)
child = subprocess.Popen(["/bin/sh", "-c", sys.argv[3]], start_new_session=True)
remember(pids, child.pid)
other = subprocess.Popen(["sleep", "300"], start_new_session=True)
remember(pids, other.pid)
forget(pids, other.pid)
print(child.pid, other.pid, flush=True)
time.sleep(300)
"""


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("removes", "child"),
    [
        pytest.param(False, "sleep 300", id="ends at SIGTERM"),
        pytest.param(True, "trap '' TERM; sleep 300", id="needs SIGKILL, and its directory goes"),
    ],
)
def test_children_of_a_killed_starter_are_ended(tmp_path: Path, removes: bool, child: str) -> None:
    pids = tmp_path / "session" / "pids"
    pids.mkdir(parents=True)
    remove = str(tmp_path / "session") if removes else ""
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(pids), remove, child], stdout=subprocess.PIPE, text=True
    )
    assert starter.stdout is not None
    guarded, forgotten = map(int, starter.stdout.readline().split())
    try:
        assert _alive(guarded)
        starter.send_signal(signal.SIGKILL)
        starter.wait()
        wait_until("the guard ends the child", lambda: not _alive(guarded), seconds=15)
        assert _alive(forgotten)
        wait_until("the guard clears up", lambda: not removes or not (tmp_path / "session").exists(), seconds=5)
    finally:
        os.kill(forgotten, signal.SIGKILL)
