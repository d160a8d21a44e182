"""A proxy between the collector and PostgreSQL: the test decides when the database is away, silent or half-deaf."""

import os
import re
import selectors
import socket
import threading
from contextlib import suppress
from pathlib import Path

from kolhub.runtime.provision import DatabaseUrls


class Between:
    """Forwards a Unix socket to PostgreSQL's; `away`, `silent` and `swallow_commits` change what gets through."""

    def __init__(self, urls: DatabaseUrls, directory: Path) -> None:
        found = re.search(r"host=([^&]+)", urls.hits)
        port = re.search(r"port=(\d+)", urls.hits) or re.search(r":(\d+)/", urls.hits)
        assert found is not None, urls.hits
        name = f".s.PGSQL.{port.group(1) if port else 5432}"
        from urllib.parse import unquote

        self._real = os.path.join(unquote(found.group(1)), name)
        directory.mkdir(exist_ok=True)
        self.hits = urls.hits.replace(found.group(1), str(directory))
        self.is_away = self.is_silent = self.swallows_commits = False
        self.swallowed = 0
        self._path = directory / name
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self._path))
        self._listener.listen(64)
        self._is_closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    def away(self) -> None:
        """Cut every connection and take no new one."""
        self.is_away = True
        for pair in list(self._pairs):
            self._cut(pair)

    def back(self) -> None:
        self.is_away = self.is_silent = self.swallows_commits = False

    def close(self) -> None:
        self._is_closed = True
        self.away()
        self._listener.close()

    def _accept(self) -> None:
        while not self._is_closed:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.is_away:
                client.close()
                continue
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._real)
            pair = (client, server)
            self._pairs.add(pair)
            threading.Thread(target=self._forward, args=(pair,), daemon=True).start()

    def _cut(self, pair: tuple[socket.socket, socket.socket]) -> None:
        self._pairs.discard(pair)
        for one in pair:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _forward(self, pair: tuple[socket.socket, socket.socket]) -> None:
        client, server = pair
        selector = selectors.DefaultSelector()
        selector.register(client, selectors.EVENT_READ, server)
        selector.register(server, selectors.EVENT_READ, client)
        is_committing = False
        try:
            while pair in self._pairs:
                for key, _events in selector.select(0.2):
                    content = key.fileobj.recv(262144)  # type: ignore[union-attr]
                    if not content:
                        return
                    while self.is_silent and pair in self._pairs:
                        threading.Event().wait(0.02)
                    if key.fileobj is client and b"COMMIT" in content and self.swallows_commits:
                        is_committing = True
                    if key.fileobj is server and is_committing:
                        # PostgreSQL has committed; nobody hears of it.
                        self.swallowed += 1
                        return
                    key.data.sendall(content)
        except OSError:
            pass
        finally:
            self._cut(pair)
            client.close()
            server.close()
