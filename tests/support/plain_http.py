"""A client that shows a response as it is, for tests of servers."""

import http.client
import json
from collections.abc import Mapping
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

JSON = {"Content-Type": "application/json"}


class Got(NamedTuple):
    """A response; names of headers are in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Line:
    """One connection to the server at ``url``, kept open; a context manager."""

    def __init__(self, url: str) -> None:
        self._http = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)

    def __enter__(self) -> Self:
        self._http.connect()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str) -> Got:
        return self.ask("GET", path)

    def post(self, path: str, body: object, headers: Mapping[str, str] = JSON) -> Got:
        """``body``: bytes as they are, anything else as JSON."""
        return self.ask("POST", path, body, headers)

    def ask(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Got:
        self.send(method, path, body, headers)
        return self.receive()

    def send(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> None:
        sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        self._http.request(method, path, sent, headers or {})

    def receive(self) -> Got:
        response = self._http.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Got(response.status, response.read(), headers)
