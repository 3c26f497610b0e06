"""What every test starts from: strict serialisation, no keys, its own database, no network."""

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"  # read when langgraph is imported
os.environ["LANGSMITH_TRACING"] = "false"
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # tests that run at once would spin
for _name in list(os.environ):
    if _name.endswith(("_API_KEY", "_API_BASE", "_BASE_URL")) or _name.startswith(
        ("OLLAMA_", "OPENAI_", "ANTHROPIC_", "AZURE_OPENAI_", "SECONDHALF_DB")
    ):
        del os.environ[_name]

import pytest  # noqa: E402 - the lines above must come first

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def data_dir() -> Path:
    """The recorded answers: `$SECONDHALF_DATA`, else `shared/data` beside the checkout.

    Where they are absent the test is skipped, but not in CI, which has them.
    """
    folder = Path(os.environ.get("SECONDHALF_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        absent = f"no recorded answers at {folder}: set SECONDHALF_DATA"
        pytest.fail(absent) if os.environ.get("CI") == "true" else pytest.skip(absent)
    return folder


@pytest.fixture(autouse=True)
def own_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever opens the default database opens one that only this test has."""
    monkeypatch.setenv("SECONDHALF_DB", f"sqlite:///{tmp_path / 'routes.db'}")


def _is_loopback(host: object) -> bool:
    if not isinstance(host, str | bytes):
        return host is None
    name = host.decode() if isinstance(host, bytes) else host
    if name in {"", "localhost", "testserver"}:
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


@pytest.fixture(scope="session")
def _refused() -> Iterator[list[str]]:
    """Refuse every address that is not on this machine, and keep a list of those asked for."""
    refused: list[str] = []

    def refuse(host: object) -> None:
        refused.append(str(host))
        raise AssertionError(f"a test asked for {host!r}: tests reach only this machine")

    def guarded(method: Callable[..., Any]) -> Callable[..., Any]:
        def connect(self: socket.socket, address: Any) -> Any:
            if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_loopback(address[0]):
                refuse(address[0])
            return method(self, address)

        return connect

    resolve = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not _is_loopback(host):
            refuse(host)
        return resolve(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(socket.socket.connect))
        patch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex))
        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield refused


@pytest.fixture(autouse=True)
def refused_addresses(_refused: list[str]) -> Iterator[list[str]]:
    """The addresses this test was refused. It fails if any are left at its end: an expert turns
    errors into results, so the refusal alone could pass unseen."""
    _refused.clear()
    yield _refused
    assert not _refused, f"this test asked for {_refused}: tests reach only this machine"
