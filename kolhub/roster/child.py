"""The reading process: limits itself, reads one file from stdin, writes rows to stdout as lines of JSON.

Started by isolated.py and by nobody else. A hostile file may make it slow, large or dead; nothing more.
"""

import datetime
import json
import os
import resource
import sys
from typing import IO

from kolhub.roster.problems import Problem, Unreadable
from kolhub.roster.sheets import MAX_BYTES, Cell, Choices, RawRow, look, raw_rows

MEMORY = 1_500_000_000
CPU_SECONDS = 60
OUTPUT = 1_000_000_000


def limit() -> None:
    """Take away memory, time and disk beyond what an honest roster needs, and core dumps."""
    for kind, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, OUTPUT),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 32),
    ):
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))


def encode(cell: Cell) -> object:
    """Return the cell as JSON holds it: a date as {"d": iso}."""
    return {"d": cell.isoformat()} if isinstance(cell, datetime.date) else cell


def encode_row(row: RawRow) -> list[object]:
    """Return [line, cell, …], or [line, {"p": code, …}] for a row that cannot be read."""
    line, cells = row
    if isinstance(cells, Problem):
        return [line, {"p": cells.code, "raw": cells.raw, "params": dict(cells.params)}]
    return [line, *(encode(cell) for cell in cells)]


def work(verb: str, choices: Choices, data: bytes, out: IO[str]) -> None:
    """Write what the verb asks for, one JSON value a line; the last line says that it is complete."""
    dump = json.JSONEncoder(ensure_ascii=True, check_circular=False, separators=(",", ":")).encode
    try:
        if verb == "look":
            for sheet in look(data):
                head = [encode_row((line, list(cells))) for line, cells in sheet.head]
                out.write(dump([sheet.name, sheet.visible, sheet.rows, sheet.columns, head]) + "\n")
        else:
            for row in raw_rows(data, choices):
                out.write(dump(encode_row(row)) + "\n")
        out.write(dump({"end": True}) + "\n")
    except Unreadable as error:
        out.write(dump({"end": False, "code": error.problem.code, "params": dict(error.problem.params)}) + "\n")
    except MemoryError:
        out.write(dump({"end": False, "code": "sheet_too_large", "params": {}}) + "\n")


def main() -> None:
    """Read the request from the first argument and the file from stdin."""
    limit()
    request = json.loads(sys.argv[1])
    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    with os.fdopen(os.dup(1), "w", encoding="ascii", buffering=1 << 20) as out:
        work(request["verb"], Choices(**request["choices"]), data, out)


if __name__ == "__main__":
    main()
