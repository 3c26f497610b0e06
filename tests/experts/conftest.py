from collections.abc import Iterator

import pytest

from tests.support.openai_server import OpenAIServer


@pytest.fixture
def openai_server() -> Iterator[OpenAIServer]:
    """A local server that speaks OpenAI's interface and says what the test tells it to."""
    with OpenAIServer() as server:
        yield server
