"""Our own broker starts, dies and starts again."""

from pathlib import Path

from kolhub.runtime.valkey import Valkey


def test_start_adopt_kill_and_start_again(throwaway_directory: Path) -> None:
    valkey = Valkey(throwaway_directory)
    valkey.start()
    first = valkey.pid
    later = Valkey(throwaway_directory)
    later.start()
    assert later.pid == first
    valkey.kill()
    assert not later.answers()
    later.start()
    assert later.answers() and later.pid != first
    later.stop()
    assert not Valkey(throwaway_directory).answers()
