"""With an encrypting serialiser nothing but ids can be read in the file."""

import hashlib
import itertools
import os
from pathlib import Path

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import empty_checkpoint
from langgraph.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from secondhalf.checkpoints import SQLAlchemySaver

SECRET = "hunter2-in-clear"


class KeystreamCipher:
    """A cipher good enough to hide text in a test: XOR with a salted hash stream."""

    def encrypt(self, plaintext: bytes) -> tuple[str, bytes]:
        salt = os.urandom(16)
        return "test", salt + self._mix(salt, plaintext)

    def decrypt(self, ciphername: str, ciphertext: bytes) -> bytes:
        assert ciphername == "test"
        return self._mix(ciphertext[:16], ciphertext[16:])

    def _mix(self, salt: bytes, text: bytes) -> bytes:
        blocks = (hashlib.sha256(salt + str(n).encode()).digest() for n in itertools.count())
        return bytes(
            a ^ b for a, b in zip(text, itertools.chain.from_iterable(blocks), strict=False)
        )


def encrypted() -> EncryptedSerializer:
    return EncryptedSerializer(KeystreamCipher(), JsonPlusSerializer())


def test_only_ids_can_be_read_in_the_file(path: Path, url: str) -> None:
    """Values, writes, metadata and the inner checkpoint are unreadable on disk, yet round-trip."""
    config: RunnableConfig = {
        "configurable": {"thread_id": "thread", "checkpoint_ns": "", "user": SECRET}
    }
    checkpoint = empty_checkpoint()
    checkpoint["channel_values"] = {"text": SECRET, "deep": {"list": [SECRET]}}
    checkpoint["channel_versions"] = {"text": "1", "deep": "1"}
    checkpoint["updated_channels"] = [SECRET]
    checkpoint["versions_seen"] = {SECRET: {}}
    with SQLAlchemySaver.from_url(url, encrypted()) as saver:
        stored = saver.put(config, checkpoint, {"run_id": "run"}, {"text": "1", "deep": "1"})
        saver.put_writes(stored, [("text", SECRET), ("__error__", SECRET)], "task", "path")
        raw = b"".join(file.read_bytes() for file in path.parent.iterdir())
        found = saver.get_tuple(stored)
        (filtered,) = saver.list(config, filter={"user": SECRET})
        copy = saver.with_allowlist([("collections", "Counter")]).get_tuple(stored)

    assert b"thread" in raw
    assert SECRET.encode() not in raw
    assert b"updated_channels" not in raw
    assert found is not None
    assert {"text": SECRET, "deep": {"list": [SECRET]}} == found.checkpoint["channel_values"]
    assert [("task", "__error__", SECRET), ("task", "text", SECRET)] == found.pending_writes
    assert found == filtered == copy


def test_runs_can_be_deleted_without_reading_metadata(url: str) -> None:
    """The run id is an id: it is found though metadata is encrypted."""
    config: RunnableConfig = {"configurable": {"thread_id": "thread", "checkpoint_ns": ""}}
    with SQLAlchemySaver.from_url(url, encrypted()) as saver:
        saver.put(config, empty_checkpoint(), {"run_id": "run"}, {})
        saver.delete_for_runs(["run"])

        assert saver.get_tuple(config) is None
