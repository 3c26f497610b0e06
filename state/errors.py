"""Every error secondhalf raises, as one tree.

SecondHalfError
├── InputError            the caller gave something that cannot be used (exit code 2)
│   ├── PromptError       empty or over-long prompt
│   ├── ConfigError       router.yaml or settings: unknown name, broken YAML, missing key
│   └── DocumentsError    a documents folder that cannot be read
├── UnknownRouteError     no such route or thread (exit code 2)
├── FinishedRouteError    the route has ended; there is nothing to resume (exit code 2)
├── ThreadInUseError      another process works on the same thread (exit code 2)
├── UnknownPolicyError    no such policy version (exit code 2)
├── PolicyConflictError   somebody else has changed which policy is in use (exit code 2)
└── StorageError          the database cannot be used (exit code 2)

Experts never raise: their failures are results. LangGraph's control flow passes untouched.
"""


class SecondHalfError(Exception):
    """Root of the tree; its text is one line for people and says what to do next."""


class InputError(SecondHalfError, ValueError):
    """The caller gave something that cannot be used."""


class PromptError(InputError):
    """The prompt is empty or too long."""


class ConfigError(InputError):
    """A setting or the configuration file cannot be used."""


class DocumentsError(InputError):
    """A folder of documents cannot be read."""


class UnknownRouteError(SecondHalfError, LookupError):
    """There is no such route or thread."""


class FinishedRouteError(SecondHalfError):
    """The route has ended; there is nothing to resume."""


class ThreadInUseError(SecondHalfError):
    """Another process works on the same thread."""


class UnknownPolicyError(SecondHalfError, LookupError):
    """There is no such version of a policy."""


class PolicyConflictError(SecondHalfError):
    """Somebody else has changed meanwhile which policy is in use; nothing was changed."""


class StorageError(SecondHalfError):
    """The database of routes cannot be used."""
