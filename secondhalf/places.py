"""Where things are on this machine."""

import os
from pathlib import Path

from secondhalf.state.errors import InputError

NOWHERE = "sqlite://"
"""A database in memory that holds nothing: what is read where none has been made yet."""


def url_of(db: str | None = None) -> str:
    """``db``, else ``$SECONDHALF_DB``, else an SQLite file in the user's data directory, as a URL.

    Nothing is made.
    """
    given = _given(db)
    if not given:
        return f"sqlite:///{_data_folder() / 'routes.db'}"
    return given if "://" in given else f"sqlite:///{Path(given).expanduser().absolute()}"


def database_url(db: str | None = None) -> str:
    """``url_of``, for whoever may make a new database: the folder of the default is made."""
    if not _given(db):
        _data_folder().mkdir(parents=True, exist_ok=True)
    return url_of(db)


def database_to_read(db: str | None = None) -> str:
    """``url_of``, for whoever needs a database that is there: neither file nor folder is made.

    Where ``db`` is not given, and the default has not been made yet, ``NOWHERE``.

    Raises:
        InputError: ``db`` is an SQLite file that is not there.
    """
    url = url_of(db)
    if is_made(url):
        return url
    if db:
        raise InputError(
            f"there is no database {db!r}: mind its path; 'secondhalf route' makes a new one"
        )
    return NOWHERE


def is_made(url: str) -> bool:
    """Whether the database of ``url`` is there, as far as that is seen without opening it.

    Of servers, and of what cannot be read as a URL, it is left to those who open it to say.
    """
    from sqlalchemy.exc import ArgumentError

    from secondhalf.memory.engine import file_of

    try:
        file = file_of(url)
    except (ArgumentError, ValueError):
        return True
    return file is None or file.exists()


def _given(db: str | None) -> str | None:
    return db or os.environ.get("SECONDHALF_DB")


def _data_folder() -> Path:
    from platformdirs import user_data_path

    return user_data_path("secondhalf", appauthor=False)
