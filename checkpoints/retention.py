"""Which checkpoints of a namespace stay."""

from datetime import datetime, timedelta

from secondhalf.checkpoints.errors import CheckpointConfigError
from secondhalf.checkpoints.maintenance import Choice, Family


def retained(keep_last: int, older_than: timedelta | None, now: datetime) -> Choice:
    """Keeps the newest `keep_last`, and with `older_than` whatever is younger at `now`.

    Raises:
        CheckpointConfigError: a number below zero, or one by which every thread would go.
    """
    if keep_last < 0 or (older_than is not None and older_than < timedelta(0)):
        raise CheckpointConfigError("what is to be kept is less than nothing: use 1 or more")
    if keep_last == 0 and older_than is None:
        raise CheckpointConfigError(
            "keeping none would delete every thread: say how old they must be"
        )
    bound = None if older_than is None else now - older_than

    def choose(family: Family) -> set[str]:
        newest = sorted(family)[-keep_last:] if keep_last else []
        young = [id_ for id_, node in family.items() if bound and _after(node.ts, bound)]
        return {*newest, *young}

    return choose


def _after(ts: str, bound: datetime) -> bool:
    """Whether a checkpoint's time, ISO 8601, is after `bound`; one that cannot be read is."""
    try:
        made = datetime.fromisoformat(ts)
    except ValueError:
        return True
    return (made if made.tzinfo else made.replace(tzinfo=bound.tzinfo)) > bound
