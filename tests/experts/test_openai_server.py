"""The test server itself: other tests count on what it sends and on what it logs."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from langchain_core.messages import HumanMessage
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import SecretStr

from secondhalf.experts.clients import LoopClient
from tests.support import openai_server as module
from tests.support.openai_server import OpenAIServer, Reply

OPTIONS: dict[str, Any] = {"model": "m", "api_key": SecretStr("none")}


@pytest.fixture(autouse=True)
def own_client() -> Iterator[None]:
    """LangChain's default client is shared by all event loops, and closed by none."""
    OPTIONS["http_async_client"] = LoopClient()
    yield
    del OPTIONS["http_async_client"]


async def test_streaming_speaks_the_protocol(openai_server: OpenAIServer) -> None:
    """LangChain reads text and usage out of the stream."""
    openai_server.script("m", Reply("one two three", usage=(7, 3)))
    url = openai_server.url
    options: dict[str, Any] = OPTIONS | {"base_url": url, "streaming": True, "stream_usage": True}
    model = ChatOpenAI(**options)

    got = await model.ainvoke([HumanMessage("count")])

    assert "one two three" == got.text
    assert got.usage_metadata is not None
    assert (7, 3) == (got.usage_metadata["input_tokens"], got.usage_metadata["output_tokens"])


async def test_models_and_embeddings(openai_server: OpenAIServer) -> None:
    """Scripted models are listed; a text always has the same vector."""
    openai_server.script("m", "hi")
    url = openai_server.url
    options: dict[str, Any] = OPTIONS | {"base_url": url, "check_embedding_ctx_length": False}
    embeddings = OpenAIEmbeddings(**options)

    vectors = await embeddings.aembed_documents(["a", "b", "a"])

    async with httpx.AsyncClient() as client:
        listed = (await client.get(f"{openai_server.url}/models")).json()
    assert ["m"] == [entry["id"] for entry in listed["data"]]
    assert vectors[0] == vectors[2] != vectors[1]


def test_as_a_process_it_logs_every_request_at_once(tmp_path: Path) -> None:
    """One line per request, with a hash that ignores the order of keys, on disk before the
    answer: whoever is killed after a request has still been counted."""
    (tmp_path / "script.json").write_text(json.dumps({"m": ["hi", {"text": "ho", "delay": 0.01}]}))
    log = tmp_path / "log.jsonl"
    server = subprocess.Popen(
        [sys.executable, str(module.__file__), "--script", tmp_path / "script.json", "--log", log],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        bodies = ['{"model": "m", "messages": []}', '{"messages": [], "model": "m"}']
        said, lines = list[str](), list[dict[str, Any]]()
        for body in bodies:
            answer = httpx.post(f"{url}/chat/completions", content=body).json()
            said.append(answer["choices"][0]["message"]["content"])
            lines = [json.loads(line) for line in log.read_text().splitlines()]
            assert len(said) == len(lines)
    finally:
        server.terminate()
        server.communicate(timeout=10)

    assert ["hi", "ho"] == said
    assert 1 == len({line["hash"] for line in lines})
