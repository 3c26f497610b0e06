"""Where a checkpoint lies, and how a config says so."""

from typing import Any, NamedTuple

from langchain_core.runnables import RunnableConfig

from secondhalf.checkpoints.errors import CheckpointConfigError


class Namespace(NamedTuple):
    """Thread and namespace: the graph or subgraph whose checkpoints follow one another."""

    thread_id: str
    checkpoint_ns: str


class Address(NamedTuple):
    """Thread, namespace and id of one checkpoint."""

    thread_id: str
    checkpoint_ns: str
    checkpoint_id: str

    @property
    def namespace(self) -> Namespace:
        """The address without the id."""
        return Namespace(self.thread_id, self.checkpoint_ns)


def thread_of(config: RunnableConfig) -> str:
    """The thread a config names.

    Raises:
        CheckpointConfigError: it names none.
    """
    return _required(config, "thread_id")


def namespace_of(config: RunnableConfig) -> str:
    """The namespace a config names, "" for the root graph."""
    return str(_configurable(config).get("checkpoint_ns") or "")


def checkpoint_of(config: RunnableConfig) -> str | None:
    """The checkpoint a config names, None for "the latest"."""
    found = _configurable(config).get("checkpoint_id")
    return str(found) if found else None


def address_of(config: RunnableConfig) -> Address:
    """The full address in a config.

    Raises:
        CheckpointConfigError: thread or checkpoint is missing.
    """
    return Address(thread_of(config), namespace_of(config), _required(config, "checkpoint_id"))


def config_of(address: Address) -> RunnableConfig:
    """The config that names `address`."""
    return {"configurable": address._asdict()}


def _configurable(config: RunnableConfig) -> dict[str, Any]:
    return config.get("configurable") or {}


def _required(config: RunnableConfig, key: str) -> str:
    found = _configurable(config).get(key)
    if found is None or found == "":
        raise CheckpointConfigError(
            f"the config has no {key!r}: pass {{'configurable': {{{key!r}: ...}}}}"
        )
    return str(found)
