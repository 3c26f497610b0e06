"""What can go wrong, in one tree.

CheckpointError
├── CheckpointConfigError          the config or an argument lacks something (also ValueError)
├── SaverClosedError               the saver was closed
├── ThreadExistsError              a copy would mix two threads
├── ThreadForkedError              another run went on from the same checkpoint
├── GraphChangedError              a thread waits for nodes that its graph no longer has
├── DamagedError                   what is stored is not what was stored
└── DatabaseError                  the database refused; nothing of the call was stored
    ├── DatabaseLockedError        somebody else holds it longer than the busy timeout
    ├── DatabaseFullError          it has no room left
    ├── DatabaseReadOnlyError      it cannot be written
    ├── DatabaseUnavailableError   it cannot be opened or reached
    ├── NotADatabaseError          the file is something else, or damaged
    ├── SchemaError                its tables are foreign, or of a newer version
    └── UnsupportedDatabaseError   this kind of URL or engine cannot serve here

Every message is one line that says what is wrong and what to do. None holds a password.
"""


class CheckpointError(Exception):
    """Root of everything the checkpointer raises on purpose."""


class CheckpointConfigError(CheckpointError, ValueError):
    """A config or an argument lacks what the call needs."""


class SaverClosedError(CheckpointError):
    """The saver was used after `close()`."""


class ThreadExistsError(CheckpointError):
    """The target of a copy already holds rows."""


class ThreadForkedError(CheckpointError):
    """Another run went on from the same checkpoint; nothing of this one was stored."""


class GraphChangedError(CheckpointError):
    """A thread would go on with nodes that its graph no longer has."""


class DamagedError(CheckpointError):
    """A stored value cannot be read: bytes are missing or changed."""


class DatabaseError(CheckpointError):
    """The database refused; nothing of the failed call was stored."""


class DatabaseLockedError(DatabaseError):
    """Another process held the database longer than the busy timeout."""


class DatabaseFullError(DatabaseError):
    """The disk is full; nothing of the failed call was stored."""


class DatabaseReadOnlyError(DatabaseError):
    """A write met a database that can only be read."""


class DatabaseUnavailableError(DatabaseError):
    """The database cannot be opened or reached."""


class NotADatabaseError(DatabaseError):
    """The file is not a database, or is damaged."""


class SchemaError(DatabaseError):
    """The tables are foreign, or written by a newer version."""


class UnsupportedDatabaseError(DatabaseError):
    """This kind of URL or engine cannot serve a checkpointer."""


class DisappointedError(Exception):
    """What was hoped for is not so, and nothing was stored; never leaves this package."""
