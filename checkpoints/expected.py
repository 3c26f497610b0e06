"""What the latest checkpoint of a namespace is likely to hold: what was stored or read here last.

With it a reader can ask for checkpoint and values at once. If another process was there meanwhile,
the answer says so, and the reader asks again.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from secondhalf.checkpoints.address import Namespace

_REMEMBERED = 4096

Versions = Mapping[str, Any]


class Expected:
    """The channel versions of the namespaces that were used last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._versions: OrderedDict[Namespace, Versions] = OrderedDict()

    def of(self, namespace: Namespace) -> Versions | None:
        """The channels that are expected there, and their versions."""
        with self._lock:
            return self._versions.get(namespace)

    def keep(self, namespace: Namespace, versions: Versions) -> None:
        """Expect these."""
        with self._lock:
            self._versions[namespace] = dict(versions)
            self._versions.move_to_end(namespace)
            while len(self._versions) > _REMEMBERED:
                self._versions.popitem(last=False)
