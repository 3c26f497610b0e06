"""The fixed-length keys that ids of any length become."""

from functools import lru_cache
from hashlib import blake2b

from secondhalf.checkpoints.schema import DIGEST_BYTES, SPACE_BYTES, encoded


@lru_cache(4096)
def space_of(thread_id: str, checkpoint_ns: str) -> bytes:
    """The key of a thread's namespace."""
    return _digest(DIGEST_BYTES, thread_id) + _digest(SPACE_BYTES - DIGEST_BYTES, checkpoint_ns)


def thread_range(thread_id: str) -> tuple[bytes, bytes]:
    """The lowest and the highest key a namespace of this thread can have."""
    start, rest = _digest(DIGEST_BYTES, thread_id), SPACE_BYTES - DIGEST_BYTES
    return start + b"\0" * rest, start + b"\xff" * rest


@lru_cache(16384)
def version_key(channel: str, version: object) -> bytes:
    """The key of a channel's value at a version."""
    return _digest(DIGEST_BYTES, f"{channel}\0{version}")


def text_key(text: str) -> bytes:
    """The key of any text."""
    return _digest(DIGEST_BYTES, text)


def task_key(task_id: str) -> bytes:
    """The key of a task."""
    return _digest(DIGEST_BYTES, task_id)


def run_key(run_id: str) -> bytes:
    """The key of a run."""
    return _digest(DIGEST_BYTES, run_id)


def chunk_key(chunk: bytes) -> bytes:
    """The key of a chunk: a hash of its content."""
    return blake2b(chunk, digest_size=DIGEST_BYTES).digest()


def _digest(length: int, text: str) -> bytes:
    return blake2b(encoded(text), digest_size=length).digest()
