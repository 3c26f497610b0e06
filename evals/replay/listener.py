"""An HTTP/1.1 server for small JSON requests: reads bodies, keeps connections, ends cleanly."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any, NamedTuple, cast

from secondhalf.evals.replay.wire import Refusal
from secondhalf.state.errors import InputError

MAX_BODY = 8 * 1024 * 1024
"""Bytes of the longest request that is read."""
_LINGER_S = 5.0
"""How long what is under way, or too long to be read, may go on once it is to end."""
_NO_BODY = ("", "0")


class Query(NamedTuple):
    """A request; ``path`` without what follows a ``?``, ``media`` is the type of ``body``."""

    method: str
    path: str
    media: str = ""
    body: bytes = b""


class Reply(NamedTuple):
    """A response; ``note`` is what a log may say of it: no word of a prompt or an answer."""

    status: int
    body: bytes
    note: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    media: str = "application/json"


def refused(refusal: Refusal, note: str = "") -> Reply:
    """The response that says why there is no other."""
    return Reply(refusal.status, refusal.body(), f"{note} {refusal.code}".strip())


class Listener(ThreadingHTTPServer):
    """Listens at once, answers from ``serve_forever`` on, in a thread for each connection."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        host: str,
        port: int,
        answer: Callable[[Query], Reply],
        log: Callable[[str], None] | None = None,
    ) -> None:
        """``log`` is given one line for each response, before it is sent.

        Raises:
            InputError: the address cannot be had.
        """
        self.answer = answer
        self.log = log or _say_nothing
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._open: set[Any] = set()
        self._changed = threading.Condition()
        try:
            super().__init__((host, port), _Handler)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            raise InputError(
                f"cannot listen on {host!r}, port {port}: {reason}; choose another, "
                "or port 0 for any that is free"
            ) from error

    @property
    def url(self) -> str:
        """Where clients on this machine find it."""
        host, port = (str(part) for part in self.server_address[:2])
        name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
        return f"http://{f'[{name}]' if ':' in name else name}:{port}"

    def server_bind(self) -> None:
        """Bind without asking for the machine's name: nobody needs it, and it can be slow."""
        TCPServer.server_bind(self)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, so that it can be ended."""
        with self._changed:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection."""
        super().shutdown_request(request)
        with self._changed:
            self._open.discard(request)
            self._changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error here."""

    def hang_up(self) -> None:
        """End all connections; responses under way are finished first, if that does not take long.

        Call it after ``shutdown``.
        """
        with self._changed:
            for how in (socket.SHUT_RD, socket.SHUT_RDWR):
                for connection in self._open:
                    with suppress(OSError):
                        connection.shutdown(how)
                if self._changed.wait_for(lambda: not self._open, _LINGER_S):
                    return


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"  # what cannot be read gets a response with a head too
    disable_nagle_algorithm = True
    timeout = 120.0  # seconds that a connection may be idle

    @property
    def listener(self) -> Listener:
        return cast("Listener", self.server)

    def version_string(self) -> str:
        return "secondhalf"

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing; ``_send`` does."""

    def do_GET(self) -> None:
        if self.headers.get("Content-Length", "") not in _NO_BODY or self._is_chunked():
            self.close_connection = True  # what follows is no request
        self._answer(b"")

    def do_POST(self) -> None:
        try:
            length = self._length()
        except Refusal as refusal:
            self.close_connection = True
            self._send(refused(refusal))
            self._drain()
            return
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True
        else:
            self._answer(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what is no request at all, or has another method."""
        self.close_connection = True
        said = f"{HTTPStatus(code).phrase}: this server answers GET and POST requests of HTTP/1.1"
        self._send(refused(Refusal(code, "invalid_request", said)))

    def _answer(self, body: bytes) -> None:
        path, media = self.path.partition("?")[0], self.headers.get_content_type()
        query = Query(self.command, path, media, body)
        try:
            reply = self.listener.answer(query)
        except Exception as error:  # noqa: BLE001 - a client gets a line, never a traceback
            said = "the server failed on this request; it is not the request's fault"
            failure = Refusal(500, "internal_error", said, "server_error")
            reply = refused(failure, type(error).__name__)
        self._send(reply)

    def _send(self, reply: Reply) -> None:
        self.listener.log(f"{reply.status} {reply.note}".rstrip())
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.media)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers:
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def _is_chunked(self) -> bool:
        return "Transfer-Encoding" in self.headers

    def _length(self) -> int:
        """Bytes of the body.

        Raises:
            Refusal: it is not said, or is too many.
        """
        said = set(self.headers.get_all("Content-Length", []))
        if self._is_chunked() or len(said) != 1:
            raise Refusal(411, "length_required", "the request needs one Content-Length header")
        length = said.pop().strip()
        if not (length.isascii() and length.isdigit()):
            raise Refusal(400, "invalid_request", "Content-Length must be a number of bytes")
        if len(length) > len(str(MAX_BODY)) or int(length) > MAX_BODY:
            raise Refusal(413, "too_large", f"the request is longer than {MAX_BODY:,} bytes")
        return int(length)

    def _drain(self) -> None:
        """Read on for a while: a client that is still sending would else lose the response."""
        until = time.monotonic() + _LINGER_S
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(1.0)
            while time.monotonic() < until and self.connection.recv(65_536):
                pass


def _say_nothing(line: str) -> None:
    pass
