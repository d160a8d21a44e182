"""A small client of KolHub's own REST API: what the simulator does, it does through the doors."""

import http.client
import json
import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

TIMEOUT_SECONDS = 60


class Refused(Exception):
    """The API said no; the message has its words."""


class Client:
    """Calls /api/v1/o/<organization>/ with one token."""

    def __init__(self, web: str, organization: str, token: str) -> None:
        parts = urlsplit(web)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._prefix = f"/api/v1/o/{organization}/"
        self._token = token

    def get(self, path: str, **query: Any) -> Any:
        """Return the JSON of a GET."""
        return self._send("GET", path + (f"?{urlencode(query)}" if query else ""))

    def everything(self, path: str, **query: Any) -> list[Any]:
        """Return the rows of all pages of a list."""
        found: list[Any] = []
        page = 1
        while True:
            answer = self.get(path, page=page, page_size=500, **query)
            found += answer["results"]
            if not answer.get("next"):
                return found
            page += 1

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Return the JSON of a POST of JSON."""
        return self._send("POST", path, json.dumps(body or {}).encode(), "application/json")

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        """Return the JSON of a PATCH of JSON."""
        return self._send("PATCH", path, json.dumps(body).encode(), "application/json")

    def upload(self, path: str, filename: str, data: bytes, fields: dict[str, str]) -> Any:
        """Return the JSON of a POST of a file with other fields."""
        boundary = secrets.token_hex(16)
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        parts.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n".encode()
        )
        body = b"".join(parts) + data + f"\r\n--{boundary}--\r\n".encode()
        return self._send("POST", path, body, f"multipart/form-data; boundary={boundary}")

    def wait(self, path: str, done: Callable[[Any], bool], seconds: float = 180) -> Any:
        """Ask again and again until `done(answer)`; raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while True:
            answer = self.get(path)
            if done(answer):
                return answer
            if time.monotonic() > deadline:
                raise TimeoutError(f"{path}: not done after {seconds:.0f} s: {answer}")
            time.sleep(0.3)

    def _send(self, method: str, path: str, body: bytes | None = None, content_type: str = "") -> Any:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        if content_type:
            headers["Content-Type"] = content_type
        connection = http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(method, self._prefix + path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        if answer.status >= 400:
            raise Refused(f"{method} {path}: {answer.status} {text[:500]}")
        return json.loads(text) if text else None
