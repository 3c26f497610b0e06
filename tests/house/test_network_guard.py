"""No test can reach a provider, whatever it was given."""

import asyncio
import socket

import pytest

ELSEWHERE = "192.0.2.1"  # set aside for documentation; nobody has it


def test_an_address_elsewhere_is_refused(refused_addresses: list[str]) -> None:
    """At once, with words that say why."""
    with socket.socket() as plug, pytest.raises(AssertionError, match="only this machine"):
        plug.connect((ELSEWHERE, 443))

    assert [ELSEWHERE] == refused_addresses
    refused_addresses.clear()


async def test_a_name_elsewhere_is_not_even_looked_up(refused_addresses: list[str]) -> None:
    """Asynchronous clients resolve names in a thread; they are refused there."""
    with pytest.raises(AssertionError, match=r"models\.invalid"):
        await asyncio.open_connection("models.invalid", 443)

    assert ["models.invalid"] == refused_addresses
    refused_addresses.clear()


def test_this_machine_is_reached() -> None:
    """Servers that a test starts are real ones."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(("localhost", server.getsockname()[1]), timeout=5) as client,
    ):
        assert "127.0.0.1" == client.getpeername()[0]
