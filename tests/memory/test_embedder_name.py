"""Embeddings whose vectors differ are called differently, and their names hold nothing private."""

from collections.abc import Mapping
from typing import Any

import pytest
from langchain_openai import AzureOpenAIEmbeddings, OpenAIEmbeddings

from secondhalf.memory.embedder import Embedder
from tests.support.kinds import Kinds

KEY = "sk-none"


class Wrapper(Kinds):
    """Says which embeddings it asks, as LangChain's cache does."""

    def __init__(self, within: object) -> None:
        super().__init__()
        self.underlying_embeddings = within


def saying(**said: object) -> Kinds:
    """Embeddings with these attributes."""
    made = Kinds()
    for name, value in said.items():
        setattr(made, name, value)
    return made


def name(**said: object) -> str:
    return Embedder(saying(**said)).name


def test_what_says_no_more_than_its_model_is_called_by_class_and_model() -> None:
    """Readable, since it stands in errors."""
    assert "Kinds:kinds" == Embedder(Kinds()).name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"dimensions": 256}, {"dimensions": 3072}),
        ({"deployment": "a"}, {"deployment": "b"}),
        ({"base_url": "http://a"}, {"base_url": "http://b"}),
        ({"base_url": "http://a"}, {"deployment": "http://a"}),
        ({"azure_endpoint": "https://a.example"}, {"azure_endpoint": "https://b.example"}),
        ({"model": "x" * 90 + "a"}, {"model": "x" * 90 + "b"}),
    ],
)
def test_what_makes_another_vector_makes_another_name(
    one: Mapping[str, object], other: Mapping[str, object]
) -> None:
    """Else what was learned on some vectors would be read off others."""
    names = {name(**one), name(**other), name()}

    assert 3 == len(names)
    assert all(len(found) < 120 for found in names)


def test_the_embeddings_of_providers_are_told_apart() -> None:
    """By what LangChain's classes call these things."""
    of_azure: Any = AzureOpenAIEmbeddings
    of_openai: Any = OpenAIEmbeddings
    azure = [
        of_azure(
            azure_deployment=deployment,
            api_key=KEY,
            azure_endpoint="https://x.example",
            api_version="2024-02-01",
        )
        for deployment in ("large", "small")
    ]
    plain = [of_openai(model="m", dimensions=n, api_key=KEY) for n in (256, 3072)]
    elsewhere = [of_openai(model="m", base_url=f"http://{h}", api_key=KEY) for h in "ab"]

    assert 6 == len({Embedder(made).name for made in (*azure, *plain, *elsewhere)})


def test_no_address_and_no_credentials_are_in_a_name() -> None:
    """A key that is changed makes no other name, nor can it be guessed from one."""
    urls = ("https://ann:secret@host.example/v1/?key=secret", "https://host.example/v1")
    broken = "http://ann:secret@[host"

    assert 1 == len({name(base_url=url) for url in urls})
    assert 1 == len({name(model=url) for url in urls})
    for found in (name(base_url=broken), *(name(model=url) for url in (*urls, broken))):
        assert not any(private in found for private in ("ann", "secret", "host"))


def test_a_cache_is_called_like_what_it_keeps() -> None:
    """It changes no vector; one that wraps itself is looked through for a while only."""
    made = saying(dimensions=8)
    loop = Wrapper(None)
    loop.underlying_embeddings = loop

    assert Embedder(made).name == Embedder(Wrapper(Wrapper(made))).name
    assert Embedder(Wrapper(made)).name != Embedder(Wrapper(Kinds())).name
    assert "Wrapper:kinds" == Embedder(loop).name == Embedder(Wrapper("nothing")).name


def test_a_callers_name_goes_before_all_that() -> None:
    """A wrapper that changes vectors and names nothing cannot be told otherwise."""
    assert "mine" == Embedder(Kinds(), name="mine").name
