"""Where things are on this machine."""

import os
from pathlib import Path


def database_url(db: str | None = None) -> str:
    """``db``, else ``$SECONDHALF_DB``, else an SQLite file in the user's data directory."""
    given = db or os.environ.get("SECONDHALF_DB")
    if given:
        return given if "://" in given else f"sqlite:///{Path(given).expanduser().absolute()}"
    from platformdirs import user_data_path

    folder = user_data_path("secondhalf", appauthor=False)
    folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{folder / 'routes.db'}"
