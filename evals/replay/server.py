"""Recorded answers behind OpenAI's HTTP interface, for any client.

It serves what was recorded and says what was not. It asks for no key and encrypts nothing: it is
made for this machine.
"""

import itertools
import math
import signal
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Self
from urllib.parse import unquote

from secondhalf.evals.data.dataset import Answer, DataSet
from secondhalf.evals.errors import NotRecordedError
from secondhalf.evals.replay import wire
from secondhalf.evals.replay.book import LONGEST_NAME, Book
from secondhalf.evals.replay.listener import Listener, Query, Reply, refused
from secondhalf.evals.replay.wire import Refusal
from secondhalf.state.errors import InputError

LATENCY = "x-recorded-latency-s"
"""The response header with the recorded latency in seconds, where one was recorded."""
MODELS = "/v1/models"
_METHODS = {MODELS: "GET", "/v1/chat/completions": "POST", "/health": "GET"}
_POLL_S = 0.05


class ReplayServer:
    """Serves a data set: ``GET /v1/models``, ``POST /v1/chat/completions``, ``GET /health``.

    A context manager; ``url`` is the ``base_url`` to give to clients. The answer is found by the
    model's name and the text of the last user message. A model with several recorded samples
    gives number ``seed`` modulo their count if the request has a seed, else one after the other.
    What was not recorded is an error 422: the server is well, and cannot serve it. No label leaves.
    """

    def __init__(
        self,
        dataset: DataSet,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        sample: int = 0,
        speed: float | None = None,
        log: Callable[[str], None] | None = None,
    ) -> None:
        """Listens at once, answers from ``start`` on.

        ``port`` 0 is any that is free; ``sample`` is the number of the sample that comes first;
        ``speed`` is how many times faster than recorded an answer comes, whole or as a stream
        (None: at once); ``log`` is given one line for each request, without its prompt.

        Raises:
            InputError: the address cannot be had, or a setting makes no sense.
        """
        if sample < 0:
            raise InputError(f"sample is {sample}: give the number of a sample, 0 or more")
        if speed is not None and not (speed > 0 and math.isfinite(speed)):
            raise InputError(f"speed is {speed}: give a number above 0, where 1 is as recorded")
        self._book = Book(dataset, sample)
        self._speed = speed
        self._numbers = itertools.count(1)
        self._stopping = threading.Event()
        self._http = Listener(host, port, self.reply, log)
        self._thread = threading.Thread(
            target=self._http.serve_forever, args=(_POLL_S,), daemon=True
        )

    @property
    def url(self) -> str:
        """The ``base_url`` for clients on this machine."""
        return f"{self._http.url}/v1"

    def start(self) -> Self:
        """Answer from now on, in threads of its own."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Free the port and end all connections.

        An answer under way still goes out; one that is held back for ``speed`` is called off.
        """
        self._stopping.set()
        if self._thread.is_alive():
            self._http.shutdown()
            self._thread.join()
        self._http.server_close()
        self._http.hang_up()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def serve_forever(self) -> None:
        """Answer until Ctrl-C, SIGTERM, or ``stop`` in another thread; then stop cleanly."""
        try:
            with _ended_by_signals(self._stopping):
                if not self._thread.is_alive():
                    self.start()
                while not self._stopping.is_set():
                    time.sleep(_POLL_S)
        finally:
            self.stop()

    def reply(self, query: Query) -> Reply:
        """The response to a request."""
        path = query.path.rstrip("/")
        note = f"{query.method} {path}" if path in _METHODS else query.method
        try:
            reply = self._reply(query, path)
        except Refusal as refusal:
            return refused(refusal, note)
        return reply._replace(note=f"{note} {reply.note}".rstrip())

    def _reply(self, query: Query, path: str) -> Reply:
        match query.method, path:
            case "POST", "/v1/chat/completions":
                return self._chat(wire.read_request(query.media, query.body))
            case "GET", "/v1/models":
                data = [wire.model_object(name) for name in self._book.models]
                return Reply(200, wire.dump({"object": "list", "data": data}))
            case "GET", "/health":
                return Reply(200, wire.dump({"status": "ok"}))
            case "GET", _ if path.startswith(f"{MODELS}/"):
                name = self._known(unquote(path.removeprefix(f"{MODELS}/")))
                return Reply(200, wire.dump(wire.model_object(name)))
            case _:
                raise _nothing_at(path)

    def _chat(self, request: wire.Request) -> Reply:
        model = self._known(request.model)
        try:
            answer = self._book.answer(model, request.prompt, request.seed)
        except NotRecordedError as error:
            raise Refusal(422, "not_recorded", str(error), "not_recorded") from error
        self._wait(answer)
        said = wire.complete(
            request, answer, f"chatcmpl-replay-{next(self._numbers)}", int(time.time())
        )
        known = () if answer.latency_s is None else ((LATENCY, str(answer.latency_s)),)
        if request.stream:
            sent = wire.events(said, request.include_usage)
            return Reply(200, sent, model, known, "text/event-stream")
        return Reply(200, wire.whole(said), model, known)

    def _known(self, model: str) -> str:
        if model in self._book:
            return model
        raise Refusal(
            404,
            "model_not_found",
            f"no answers of the model {model[:LONGEST_NAME]!r} were recorded; the nearest is "
            f"{self._book.nearest(model)!r}, and GET {MODELS} lists all",
        )

    def _wait(self, answer: Answer) -> None:
        if self._speed is None or answer.latency_s is None:
            return
        seconds = min(answer.latency_s / self._speed, threading.TIMEOUT_MAX)
        if self._stopping.wait(max(0.0, seconds)):
            raise Refusal(503, "stopping", "the server is being stopped", "server_error")


def _nothing_at(path: str) -> Refusal:
    if path in _METHODS:
        return Refusal(405, "method_not_allowed", f"{path} takes {_METHODS[path]} requests only")
    known = ", ".join(f"{method} {name}" for name, method in _METHODS.items())
    return Refusal(404, "unknown_path", f"there is nothing at this path: use {known}")


@contextmanager
def _ended_by_signals(ending: threading.Event) -> Generator[None]:
    """Ctrl-C and SIGTERM set ``ending``; elsewhere than in the main thread nothing is changed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: object) -> None:
        ending.set()

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, end) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler or signal.SIG_DFL)
