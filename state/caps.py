"""How much one principal may teach."""

from typing import Annotated

from pydantic import Field

from secondhalf.state.analysis import Share
from secondhalf.state.base import Noun

PerDay = Annotated[int, Field(ge=0)] | None


class Caps(Noun):
    """What the feedback of one principal may weigh in what is taught, for each tenant.

    A label is how good one answer was. What is over a cap is kept, shown and counted, but teaches
    nothing. Executable checks are nobody's word and have no cap.
    """

    per_day: PerDay = 20
    """The most labels of one principal in a day (UTC); None for any number."""
    share: Share = 0.1
    """The largest part of all people's labels that may be one principal's, where there are many;
    among few, twice an equal part."""
    trusted: tuple[str, ...] = ()
    """Principals without a cap: graders, an evaluation."""


DEFAULT_CAPS = Caps()
UNCAPPED = Caps(per_day=None, share=1.0)
