import asyncio
import gc

import pytest
from langchain_core.messages import HumanMessage
from langchain_openai import ChatOpenAI

from secondhalf.experts import clients
from secondhalf.experts.clients import LoopClient
from secondhalf.experts.deployment import Deployment
from secondhalf.experts.expert import one_line
from secondhalf.experts.group import groups_of
from secondhalf.experts.models import chat_model, on_this_machine
from secondhalf.state.config import ModelConfig
from secondhalf.state.errors import ConfigError
from tests.support.asking import config
from tests.support.openai_server import OpenAIServer
from tests.support.scripted import ScriptedModel


def model(**fields: object) -> ModelConfig:
    return ModelConfig.model_validate({"name": "big", "tier": "llm", "model": "x"} | fields)


def test_a_plain_name_is_openais() -> None:
    """With the usual variable for its key, and no retries of its own."""
    made = chat_model(model(model="gpt-6.1-sol"), {"OPENAI_API_KEY": "sk-abcdef"})

    assert isinstance(made, ChatOpenAI)
    assert ("gpt-6.1-sol", 0, True) == (made.model_name, made.max_retries, made.disable_streaming)


@pytest.mark.parametrize(
    ("fields", "variable"),
    [({}, "OPENAI_API_KEY"), ({"api_key": "${MY_KEY}", "base_url": "http://h/v1"}, "MY_KEY")],
)
def test_a_missing_variable_is_named(fields: dict[str, object], variable: str) -> None:
    """With the model that needs it, before anything is asked."""
    with pytest.raises(
        ConfigError, match=f"model 'big' needs the environment variable '{variable}'"
    ):
        Deployment(model(**fields), env={})


def test_a_key_written_out_is_refused() -> None:
    """Keys belong in the environment."""
    with pytest.raises(ConfigError, match="must name an environment variable"):
        chat_model(model(api_key="sk-abcdef"), {})


def test_a_provider_that_is_not_installed() -> None:
    """One line says which package is missing."""
    with pytest.raises(ConfigError, match=r"'anthropic:claude-x' cannot be used: .*langchain-anth"):
        chat_model(model(model="anthropic:claude-x"), {})


def test_a_model_without_a_name_is_refused() -> None:
    """Unless it was made in Python."""
    with pytest.raises(ConfigError, match="model 'big' has no `model`"):
        groups_of([model(model="")])

    made = groups_of([model(model="")], {"big": ScriptedModel(replies=["x"])})
    assert ["big"] == [group.name for group in made]


async def test_the_openai_key_never_goes_to_another_server(
    openai_server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ``base_url`` without a key gets none, even while OPENAI_API_KEY is set."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-abcdef123456")
    openai_server.script("m", "hi")

    await chat_model(config(openai_server.url)).ainvoke([HumanMessage("hi")])

    assert "sk-abcdef" not in str(openai_server.requests[0].headers)


def test_connections_close_with_their_loop(openai_server: OpenAIServer) -> None:
    """Nothing of a loop is left behind when it ends; pytest would complain of open sockets."""
    openai_server.script("m", "hi")
    client = LoopClient()
    body = {"model": "m", "messages": list[object]()}

    async def post() -> int:
        answer = await client.post(f"{openai_server.url}/chat/completions", json=body)
        return answer.status_code

    got = [asyncio.run(post()) for _ in range(3)]

    assert ([200] * 3, 0) == (got, client.loops)


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://localhost:11434/v1", True),
        ("http://127.0.0.9/v1", True),
        ("http://[::1]:8000/v1", True),
        ("http://192.168.1.5/v1", False),
        ("https://localhost.example.com/v1", False),
        ("https://api.openai.com/v1", False),
        ("nonsense", False),
        (None, False),
    ],
)
def test_what_is_on_this_machine(url: str | None, local: bool) -> None:
    """Only the loopback interface is; a private network is not."""
    assert local == on_this_machine(url)


def test_deployments_of_one_name_are_one_model() -> None:
    """In the order of the file; each name is a group."""
    names = ("a", "b", "a")

    groups = groups_of([config("http://127.0.0.1:9/v1", name=name) for name in names])

    assert [("a", 2), ("b", 1)] == [(g.name, len(g.deployments)) for g in groups]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Incorrect API key provided: sk-proj-abcdefgh1234.", "Incorrect API key provided: ***"),
        ("sent Authorization: Bearer abcdef.ghijkl", "sent Authorization: ***"),
        ("{'x-api-key': 'abcdef', 'a': 1}", "{'x-api-key': '***', 'a': 1}"),
        ("cannot reach postgresql://me:pass@host/db", "cannot reach postgresql://***@host/db"),
        ("GET /v1?key=abc&x=1\nfailed", "GET /v1?key=***&x=1 failed"),
        ("a risk-averse, ask-me-anything model", "a risk-averse, ask-me-anything model"),
        ("x" * 400, "x" * 299 + "…"),
    ],
)
def test_an_error_is_one_short_line_without_secrets(text: str, shown: str) -> None:
    """Whatever has the look of a credential is masked, ordinary words are not."""
    assert shown == one_line(text)
    assert "ValueError" == one_line(ValueError())


async def test_a_client_that_is_gone_has_closed_its_connections(
    openai_server: OpenAIServer,
) -> None:
    """In the loop that still runs: collected as they are, they would be found open."""
    openai_server.script("m", "hi")
    open_ = clients._OPEN  # pyright: ignore[reportPrivateUsage]
    before = len(open_)
    client = LoopClient()
    body = {"model": "m", "messages": list[object]()}
    answer = await client.post(f"{openai_server.url}/chat/completions", json=body)
    assert (200, before + 1) == (answer.status_code, len(open_))

    del client
    gc.collect()
    for _ in range(100):
        if len(open_) == before:
            break
        await asyncio.sleep(0.01)

    assert before == len(open_)


def test_a_loop_that_ended_without_closing_anything_is_forgotten(
    openai_server: OpenAIServer,
) -> None:
    """With the next loop that the client serves."""
    openai_server.script("m", "hi")
    client = LoopClient()
    body = {"model": "m", "messages": list[object]()}

    async def post() -> None:
        await client.post(f"{openai_server.url}/chat/completions", json=body)

    async def close_sockets() -> None:
        for _, inner in client._keepers.values():  # pyright: ignore[reportPrivateUsage]
            await inner.aclose()

    loop = asyncio.new_event_loop()
    loop.run_until_complete(post())
    loop.run_until_complete(close_sockets())
    loop.close()
    assert 1 == client.loops

    asyncio.run(post())

    assert 0 == client.loops
