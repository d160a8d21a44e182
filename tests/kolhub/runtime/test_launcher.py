"""`./dev run` from the outside: it says in one sentence why it cannot, and leaves nothing running."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from kolhub.runtime.installation import Installation
from kolhub.runtime.processes import ROOT, Process
from kolhub.runtime.sockets import free_port
from kolhub.runtime.supervisor import Supervisor
from kolhub.runtime.trouble import CannotStart, require_room
from tests.world import wait_until


def _launch(data: Path, *arguments: str, **more: str) -> subprocess.Popen[str]:
    ours = ("DATABASE_", "BROKER_URL", "KOLHUB_", "DJANGO_")
    outside = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    ports = {"KOLHUB_WEB_PORT": str(free_port()), "KOLHUB_COLLECTOR_PORT": str(free_port())}
    return subprocess.Popen(
        [sys.executable, "-m", "kolhub.runtime", *arguments],
        cwd=ROOT,
        env={**outside, **ports, "KOLHUB_DATA_DIR": str(data), **more},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _sentence(data: Path, *arguments: str, **more: str) -> str:
    launched = _launch(data, *arguments, **more)
    _, said = launched.communicate(timeout=60)
    assert launched.returncode == 1
    assert said.count("\n") == 1, said
    return said


def test_a_port_in_use_is_one_sentence_and_nothing_is_touched(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = _sentence(tmp_path / "var", "run", KOLHUB_WEB_PORT=port)
    assert f"Port {port}, wanted for the web server, is in use" in said
    assert not (tmp_path / "var").exists()


def test_a_second_launcher_on_the_same_data_is_refused(throwaway_directory: Path) -> None:
    installation = Installation(throwaway_directory, {})
    installation.prepare()
    with installation.alone():
        assert "already runs" in _sentence(throwaway_directory, "run")


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="needs 999999999 MB: make room there"):
        require_room(tmp_path, 999_999_999)


def test_a_folder_of_somebody_else_is_one_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    folder = Path("/sys") if os.geteuid() == 0 else tmp_path  # what the kernel refuses even root
    assert "cannot be written by this user" in _sentence(folder / "var", "run")


def test_interrupting_the_start_leaves_nothing_running(throwaway_directory: Path) -> None:
    launched = _launch(throwaway_directory, "run")
    postmaster = throwaway_directory / "postgres" / "data" / "postmaster.pid"
    wait_until("PostgreSQL starts", postmaster.exists)
    launched.send_signal(signal.SIGINT)
    launched.communicate(timeout=60)
    assert not postmaster.exists()
    assert not any((throwaway_directory / "run").iterdir())
    for secret in throwaway_directory.rglob("*password*"):
        assert secret.stat().st_mode & 0o077 == 0


def _supervised(tmp_path: Path, script: str, answers: bool = True) -> tuple[Supervisor, list[str]]:
    said: list[str] = []
    process = Process("thing", lambda environment: ["/bin/sh", "-c", script], lambda environment: answers)
    (tmp_path / "pids").mkdir()
    (tmp_path / "log").mkdir()
    supervisor = Supervisor(
        [process], {"PATH": os.environ["PATH"]}, pids=tmp_path / "pids", logs=tmp_path / "log", say=said.append
    )
    return supervisor, said


def test_what_dies_is_started_again_and_what_it_said_is_kept(tmp_path: Path) -> None:
    supervisor, said = _supervised(tmp_path, 'echo "I am here"; exec sleep 300')
    supervisor.start()
    try:
        wait_until("it speaks", lambda: any("I am here" in line for line in said))
        (group,) = (int(file.name) for file in (tmp_path / "pids").iterdir())
        os.kill(group, signal.SIGKILL)
        wait_until("it is started again", lambda: supervisor.look_after_all() or said.count(said[0]) == 2)
        assert any("ended with SIGKILL; starting it again" in line for line in said)
        assert (tmp_path / "log" / "thing.log").read_text() == "I am here\n" * 2
    finally:
        supervisor.stop()
    assert not list((tmp_path / "pids").iterdir())


def test_a_process_that_cannot_start_is_quoted(tmp_path: Path) -> None:
    supervisor, _ = _supervised(tmp_path, "echo 'no such table'; exit 3", answers=False)
    supervisor.start()
    with pytest.raises(CannotStart, match="thing ended with exit code 3: no such table"):
        supervisor.wait_until_ready()
    supervisor.stop()
