"""Leave nothing running behind: a shell that outlives its starter and then clears up after it."""

import subprocess
from pathlib import Path

# `kill -s TERM --` and not `kill -TERM --`: Debian's sh takes only the first for a process group.
# Waits for the end of its input, which comes when the process holding the other end of the pipe is gone.
SCRIPT = """
pids=$0 postmaster=$1 patience=$2 remove=$3
cat > /dev/null
tell() {
    told=1
    for file in "$pids"/*; do
        [ -e "$file" ] && kill -s "$1" -- "-${file##*/}" 2> /dev/null && told=0
    done
    return $told
}
if [ "$patience" -gt 0 ] && tell TERM; then
    while [ "$patience" -gt 0 ] && tell 0; do patience=$((patience - 1)); sleep 1; done
fi
tell KILL
[ -e "$postmaster" ] && kill -s INT "$(head -n 1 "$postmaster")" 2> /dev/null
rm -f "$pids"/*
[ -z "$remove" ] || for round in 1 2 3 4 5; do rm -rf "$remove" 2> /dev/null && break; sleep 0.3; done
"""


class Guard:
    """Watches over process groups that were started in sessions of their own.

    `remove`: a directory to delete at the end; without one, the processes get ten seconds to end in order.
    """

    def __init__(self, pids: Path, postmaster: Path, remove: Path | None = None) -> None:
        self.pids = pids
        self.pids.mkdir(parents=True, exist_ok=True)
        for stale in self.pids.iterdir():
            stale.unlink()
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", SCRIPT, str(pids), str(postmaster), "0" if remove else "10", str(remove or "")],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )

    def finish(self) -> None:
        """Clear up now and wait for it."""
        if self._shell.stdin is not None:
            self._shell.stdin.close()
        self._shell.wait(timeout=60)


def remember(pids: Path, group: int) -> None:
    """Have the guard end this process group, if it still lives when the guard wakes."""
    (pids / str(group)).touch()


def forget(pids: Path, group: int) -> None:
    """Tell the guard that this group has ended: its number may soon be another's."""
    (pids / str(group)).unlink(missing_ok=True)
