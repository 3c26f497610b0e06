"""A local server that speaks OpenAI's HTTP interface and says what it is told to say.

In a test: ``server.script("gpt", "Hello", Reply(status=429, headers={"Retry-After": "1"}))``.
As a process of its own, for tests that kill the client:

    python tests/support/openai_server.py --port 8001 --script script.json --log requests.jsonl

``script.json`` maps a model's name to a list of replies: a text, or an object with the fields of
``Reply``. Each model gives its replies in order, the last one for ever; ``*`` is any other model.
Where a request asks for structured output or forces a tool, a plain text reply that is not JSON is
put into an instance of the schema, so that one script serves analysis, answers and verdicts.
"""

import argparse
import hashlib
import json
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self, cast

Body = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """One reply. ``raw`` is sent as it is; ``json`` is the answer to a structured request."""

    text: str = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    delay: float = 0.0
    """Seconds before anything is sent."""
    raw: str | None = None
    json: Any = None
    tool_calls: Sequence[tuple[str, Any]] = ()
    """(name, arguments); arguments that are a text are sent as they are."""
    usage: tuple[int, int] | None = (100, 20)
    """Tokens of input and output; None reports none."""
    cached: int = 0
    reasoning: int = 0
    finish_reason: str = ""
    error: str = ""
    """The message of an error reply."""


Answer = str | Reply | Callable[[Body], "str | Reply"]


@dataclass(frozen=True)
class Received:
    """A request, in the order of arrival; ``hash`` is the SHA-256 of its canonical body."""

    path: str
    model: str
    hash: str
    body: Body
    headers: Mapping[str, str]


class OpenAIServer:
    """The server; a context manager. ``url`` is the ``base_url`` to give to clients."""

    def __init__(self, port: int = 0, log: Path | None = None) -> None:
        self._answers: dict[str, list[Answer]] = {}
        self._asked: dict[str, int] = {}
        self._log = log.open("a", encoding="utf-8") if log else None
        self._lock = threading.Condition()
        self._requests: list[Received] = []
        self.stopping = threading.Event()
        self._http = _Http(("127.0.0.1", port), self)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    @property
    def requests(self) -> list[Received]:
        """Chat completions and embeddings that were asked for."""
        with self._lock:
            return list(self._requests)

    def bodies(self, model: str) -> list[Body]:
        return [request.body for request in self.requests if request.model == model]

    def hashes(self) -> list[str]:
        return [request.hash for request in self.requests]

    def wait_for(self, count: int, timeout: float = 10.0) -> None:
        """Block until ``count`` requests have arrived."""
        with self._lock:
            arrived = self._lock.wait_for(lambda: len(self._requests) >= count, timeout)
        assert arrived, f"{count} requests did not arrive within {timeout} s"

    def script(self, model: str, *replies: Answer) -> Self:
        """From now on ``model`` gives these replies in order, the last one for ever."""
        with self._lock:
            self._answers[model] = list(replies)
            self._asked[model] = 0
        return self

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()
        if self._log:
            self._log.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def models(self) -> list[str]:
        with self._lock:
            return [name for name in self._answers if name != "*"]

    def receive(self, path: str, body: Body, headers: Mapping[str, str]) -> None:
        model = str(body.get("model", ""))
        digest = hashlib.sha256(canonical(body).encode()).hexdigest()
        received = Received(path, model, digest, body, headers)
        with self._lock:
            self._requests.append(received)
            self._lock.notify_all()
            if self._log:
                line = {"path": path, "model": model, "hash": digest, "body": body}
                self._log.write(json.dumps(line) + "\n")
                self._log.flush()

    def reply_to(self, body: Body) -> Reply:
        model = str(body.get("model", ""))
        with self._lock:
            key = model if model in self._answers else "*"
            answers = self._answers.get(key)
            if not answers:
                return Reply(status=404, error=f"The model `{model}` does not exist")
            answer = answers[min(self._asked[key], len(answers) - 1)]
            self._asked[key] += 1
        said = answer(body) if callable(answer) else answer
        return Reply(text=said) if isinstance(said, str) else said


def canonical(body: Body) -> str:
    """The body as the same text whatever the order of its keys."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def last_user_text(body: Body) -> str:
    """The text of the last user message of a request."""
    for message in reversed(body.get("messages", [])):
        if message.get("role") == "user":
            content = message.get("content")
            if isinstance(content, str):
                return content
            return "".join(part.get("text", "") for part in content)
    return ""


def wanted_schema(body: Body) -> Mapping[str, Any] | None:
    """The schema that the answer must fit, if the request names one."""
    wanted: Body = body.get("response_format") or {}
    if wanted.get("type") == "json_schema":
        return cast(Mapping[str, Any], wanted["json_schema"]["schema"])
    tool = forced_tool(body)
    return cast(Mapping[str, Any], tool["parameters"]) if tool else None


def forced_tool(body: Body) -> Mapping[str, Any] | None:
    """The function that the request forces the model to call, if any."""
    choice = body.get("tool_choice")
    functions = [tool["function"] for tool in body.get("tools", [])]
    if isinstance(choice, dict):
        name = cast(dict[str, Any], choice)["function"]["name"]
        return next((f for f in functions if f["name"] == name), None)
    return functions[0] if choice in ("required", "any") and functions else None


def instance_of(schema: Mapping[str, Any], text: str = "", name: str = "") -> Any:
    """The plainest value that fits ``schema``, with .9 for every ``confidence``.

    ``text`` stands where a text is wanted; ``name`` is the value's own name.
    """
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    match schema.get("type"):
        case "object":
            return {k: instance_of(v, text, k) for k, v in schema.get("properties", {}).items()}
        case "array":
            return []
        case "boolean":
            return False
        case "integer":
            return 0
        case "number":
            return 0.9 if "confidence" in name else 0.0
        case _:
            return text


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], owner: OpenAIServer) -> None:
        super().__init__(address, _Handler)
        self.owner = owner

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def owner(self) -> OpenAIServer:
        return cast(_Http, self.server).owner

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        if self.path.rstrip("/").endswith("/models"):
            data = [{"id": name, "object": "model"} for name in self.owner.models()]
            self._send(200, json.dumps({"object": "list", "data": data}))
        else:
            self._send(404, "{}")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.owner.receive(self.path, body, headers)
        if self.path.endswith("/embeddings"):
            self._send(200, json.dumps(_embeddings(body)))
            return
        reply = self.owner.reply_to(body)
        if reply.delay and self.owner.stopping.wait(reply.delay):
            return
        if reply.raw is not None:
            self._send(reply.status, reply.raw, reply.headers)
        elif reply.status != 200:
            error = {"message": reply.error or f"status {reply.status}", "type": "test"}
            self._send(reply.status, json.dumps({"error": error}), reply.headers)
        elif body.get("stream"):
            self._stream(body, reply)
        else:
            self._send(200, json.dumps(completion(body, reply)), reply.headers)

    def _send(self, status: int, text: str, headers: Mapping[str, str] | None = None) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _stream(self, body: Body, reply: Reply) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for chunk in _chunks(body, completion(body, reply)):
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
            self.wfile.flush()
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True


def completion(body: Body, reply: Reply) -> Body:
    """The chat completion that ``reply`` makes of the request ``body``."""
    message, reason = _message(body, reply)
    answer: Body = {
        "id": "chatcmpl-test",
        "object": "chat.completion",
        "created": 0,
        "model": body.get("model", ""),
        "choices": [
            {"index": 0, "message": message, "finish_reason": reply.finish_reason or reason}
        ],
    }
    if reply.usage is not None:
        given, made = reply.usage
        answer["usage"] = {
            "prompt_tokens": given,
            "completion_tokens": made,
            "total_tokens": given + made,
            "prompt_tokens_details": {"cached_tokens": reply.cached},
            "completion_tokens_details": {"reasoning_tokens": reply.reasoning},
        }
    return answer


def completion_of(text: str) -> str:
    """A completion that says ``text`` and nothing else, whatever form was asked for."""
    return json.dumps(completion({}, Reply(text)))


def _message(body: Body, reply: Reply) -> tuple[Body, str]:
    if reply.tool_calls:
        return _calling(reply.tool_calls), "tool_calls"
    schema, tool = wanted_schema(body), forced_tool(body)
    text = reply.text
    if reply.json is not None:
        text = json.dumps(reply.json)
    elif schema is not None and text and not _is_json(text):
        text = json.dumps(instance_of(schema, text))
    if tool is not None and text:
        return _calling([(tool["name"], text)]), "tool_calls"
    return {"role": "assistant", "content": text}, "stop"


def _calling(calls: Sequence[tuple[str, Any]]) -> Body:
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {
                "id": f"call_{place}",
                "type": "function",
                "function": {
                    "name": name,
                    "arguments": args if isinstance(args, str) else json.dumps(args),
                },
            }
            for place, (name, args) in enumerate(calls, start=1)
        ],
    }


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _chunks(body: Body, whole: Body) -> list[Body]:
    """A completion as the chunks of a stream: word by word, then its end, then its usage."""
    message, reason = whole["choices"][0]["message"], whole["choices"][0]["finish_reason"]
    frame = {**{k: whole[k] for k in ("id", "created", "model")}, "object": "chat.completion.chunk"}
    words = (message["content"] or "").split(" ")
    deltas: list[Body] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": word if n == 0 else f" {word}"} for n, word in enumerate(words) if word]
    if "tool_calls" in message:
        calls = [{"index": n, **call} for n, call in enumerate(message["tool_calls"])]
        deltas.append({"tool_calls": calls})
    chunks = [
        {**frame, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
        for delta in deltas
    ]
    end: Body = {"index": 0, "delta": {}, "finish_reason": reason}
    chunks.append({**frame, "choices": [end]})
    if (body.get("stream_options") or {}).get("include_usage") and "usage" in whole:
        chunks.append({**frame, "choices": [], "usage": whole["usage"]})
    return chunks


def _embeddings(body: Body) -> Body:
    """Vectors that depend on nothing but the text."""
    wanted = body["input"]
    texts = [wanted] if isinstance(wanted, str) else list(wanted)
    return {
        "object": "list",
        "model": body.get("model", ""),
        "data": [
            {"object": "embedding", "index": place, "embedding": _vector(str(text))}
            for place, text in enumerate(texts)
        ],
        "usage": {"prompt_tokens": len(texts), "total_tokens": len(texts)},
    }


def _vector(text: str) -> list[float]:
    return [byte / 255 for byte in hashlib.sha256(text.encode()).digest()[:16]]


def read_script(text: str) -> dict[str, list[Answer]]:
    """A script as JSON: model → replies, each a text or an object of ``Reply``'s fields."""
    known = set(asdict(Reply()))
    script: dict[str, list[Answer]] = {}
    for model, replies in json.loads(text).items():
        for reply in replies:
            if isinstance(reply, dict) and not set(cast(Body, reply)) <= known:
                raise ValueError(f"unknown fields in a reply of {model!r}: {reply}")
        script[model] = [Reply(**cast(Body, r)) if isinstance(r, dict) else str(r) for r in replies]
    return script


def main() -> None:
    """Serve until terminated; the URL is printed once requests are accepted."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--script", type=Path)
    parser.add_argument("--log", type=Path)
    options = parser.parse_args()
    server = OpenAIServer(options.port, options.log)
    if options.script:
        for model, replies in read_script(options.script.read_text(encoding="utf-8")).items():
            server.script(model, *replies)
    done = threading.Event()

    def stop(number: int, frame: object) -> None:
        done.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    with server:
        print(server.url, flush=True)  # noqa: T201 - how its starter learns the port
        while not done.is_set():
            time.sleep(0.05)


if __name__ == "__main__":
    main()
