"""HTTP as clients speak it, break it and leave it."""

import http.client
import re
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from secondhalf.evals.replay.listener import MAX_BODY, Listener, Query, Reply
from secondhalf.state.errors import InputError
from tests.support.plain_http import Line


class Running:
    """A listener that says what it was sent; ``lines`` is its log."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.asked, self.go_on = threading.Event(), threading.Event()
        self.http = Listener("127.0.0.1", 0, self.answer, self.lines.append)
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.02,))
        self.thread.start()

    def answer(self, query: Query) -> Reply:
        if query.path == "/fault":
            raise KeyError("inside")
        if query.path == "/slow":
            self.asked.set()
            assert self.go_on.wait(10)
        return Reply(200, f"{query.method} {query.path} {query.body!r}".encode(), "fine")

    def stop(self) -> None:
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()
        self.http.hang_up()


@pytest.fixture
def running() -> Iterator[Running]:
    made = Running()
    yield made
    made.go_on.set()
    made.stop()


@pytest.fixture
def line(running: Running) -> Iterator[Line]:
    with Line(running.http.url) as made:
        yield made


def test_a_connection_is_kept(line: Line) -> None:
    """Requests follow each other; each response says how long it is."""
    got = [line.get("/a?b=c"), line.post("/d", b"e"), line.post("/f", b"")]

    assert [b"GET /a b''", b"POST /d b'e'", b"POST /f b''"] == [one.body for one in got]
    assert not any("connection" in one.headers for one in got)


def test_a_huge_request_is_refused_unread(line: Line) -> None:
    """413 reaches a client that first sends everything; one byte less is read."""
    assert 200 == line.post("/", b" " * MAX_BODY).status
    got = line.post("/", b" " * (MAX_BODY + 1))

    assert (413, "too_large") == (got.status, got.json["error"]["code"])
    assert "close" == got.headers["connection"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\n\r\n", 505),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nA: " + b"x" * 70_000 + b"\r\n\r\n", 431),
        (b"HEAD / HTTP/1.1\r\n\r\n", 501),
        (b"POST / HTTP/1.1\r\n\r\n", 411),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n", 411),
        (b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nGET / H", 411),
        (b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: \xb2\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", 413),
        (b"GET / HTTP/1.1\r\nContent-Length: 18\r\n\r\nGET / HTTP/1.1\r\n\r\n", 200),
    ],
)
def test_a_request_that_breaks_http_ends_its_connection(
    running: Running, sent: bytes, status: int
) -> None:
    """One response, then the end: nothing that follows is taken for a request."""
    address = urlsplit(running.http.url)
    with socket.create_connection((address.hostname or "", address.port or 0), 10) as plug:
        plug.sendall(sent)
        got = b"".join(iter(lambda: plug.recv(65_536), b""))

    assert [b"%d" % status] == re.findall(rb"HTTP/1\.1 (\d{3}) ", got)
    assert 1 == len(running.lines)
    assert running.lines[0].startswith(str(status))
    assert b"Traceback" not in got


def test_a_fault_of_ours_is_one_line_too(
    line: Line, running: Running, capfd: pytest.CaptureFixture[str]
) -> None:
    """500 without a traceback for the client; the log names the kind of error."""
    got = line.get("/fault")

    assert (500, "internal_error") == (got.status, got.json["error"]["code"])
    assert ["500 KeyError internal_error"] == running.lines
    assert (False, ("", "")) == (b"inside" in got.body, tuple(capfd.readouterr()))


def test_a_client_that_goes_away_is_no_error(
    running: Running, capfd: pytest.CaptureFixture[str]
) -> None:
    """In the middle of its request; others are served as before."""
    address = urlsplit(running.http.url)
    with socket.create_connection((address.hostname or "", address.port or 0), 10) as plug:
        plug.sendall(b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")
    with Line(running.http.url) as line:
        got = line.get("/")

    assert 200 == got.status
    assert ["200 fine"] == running.lines
    assert ("", "") == tuple(capfd.readouterr())


def test_hanging_up_lets_responses_out_and_nothing_in() -> None:
    """What is under way is finished; a kept connection is closed, a new one refused."""
    running = Running()
    with Line(running.http.url) as busy, Line(running.http.url) as idle:
        idle.get("/")
        busy.send("GET", "/slow")
        assert running.asked.wait(10)
        threading.Timer(0.05, running.go_on.set).start()
        running.stop()

        assert b"GET /slow b''" == busy.receive().body
        with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
            idle.get("/")
    with pytest.raises(ConnectionRefusedError), Line(running.http.url):
        pass


def test_a_port_in_use_is_named(running: Running) -> None:
    """And what to do about it."""
    port = urlsplit(running.http.url).port or 0

    with pytest.raises(InputError, match=rf"port {port}: Address already in use; choose another"):
        Listener("127.0.0.1", port, running.answer)


@pytest.mark.parametrize(("host", "shown"), [("0.0.0.0", "127.0.0.1"), ("::1", "[::1]")])  # noqa: S104
def test_the_url_is_one_that_clients_can_use(host: str, shown: str) -> None:
    """An address that means all of them is shown as this machine's own."""
    try:
        listener = Listener(host, 0, lambda _: Reply(200, b""))
    except InputError:
        pytest.skip(f"this machine has no {host}")
    url = listener.url
    listener.server_close()

    assert url.startswith(f"http://{shown}:")
