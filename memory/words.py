"""What a principal's word on a route changes in the labels of its paths."""

from collections.abc import Mapping
from itertools import islice
from typing import NamedTuple

from secondhalf.memory.labels import Label, name_of
from secondhalf.memory.records import StoredRoute


class Change(NamedTuple):
    """Labels, by their ids, that go, that get another score, and that are new."""

    gone: tuple[str, ...]
    changed: Mapping[str, Label]
    new: Mapping[str, Label]

    @property
    def corrections(self) -> int:
        """How many labels go or change."""
        return len(self.gone) + len(self.changed)

    def first(self, corrections: int, new: int) -> "Change":
        """So much of it at most; what is taken back comes first."""
        changed = max(0, corrections - len(self.gone))
        return Change(
            self.gone[:corrections],
            dict(islice(self.changed.items(), changed)),
            dict(islice(self.new.items(), new)),
        )


def change_of(
    route: StoredRoute,
    principal: str | None,
    scores: Mapping[str, float],
    known: Mapping[str, Label | None],
) -> Change:
    """What a word changes that comes to ``scores`` by path.

    Args:
        route: the route, which has ended.
        principal: whose word it is, in the place of what they said before; None for a check's.
        scores: how good the answers of paths were, in that word.
        known: the labels that the route has; None for one that cannot be read.
    """
    assert route.result is not None, "a route that teaches has ended"
    given = route.result.path[-1:]
    explored = sorted(route.result.explored, key=lambda path: path.node not in given)
    said = {
        name_of(route.route_id, path.node): Label(
            prompt=route.prompt,
            arm=path.answers[0].arm,
            score=scores[path.node],
            principal=principal,
            wording=path.answers[0].wording,
        )
        for path in explored
        if path.answers and path.node in scores
    }
    own = {
        name: label
        for name, label in known.items()
        if label is not None and label.principal == principal
    }
    return Change(
        gone=tuple(name for name in own if name not in said),
        changed={n: said[n] for n in own if n in said and own[n].score != said[n].score},
        new={name: label for name, label in said.items() if name not in known},
    )


def scores_in(route: StoredRoute, labels: Mapping[str, Label]) -> dict[str, float]:
    """The scores in a route's labels, by path."""
    explored = route.result.explored if route.result is not None else ()
    names = {name_of(route.route_id, path.node): path.node for path in explored}
    return {names[name]: label.score for name, label in labels.items() if name in names}


def scored_paths(
    route: StoredRoute, new: Mapping[str, Label], known: Mapping[str, Label | None]
) -> set[str] | None:
    """All paths of a route with a label, if the ``new`` ones have somebody's word on its answer.

    Then that tells of the paths without one. A check's word does not: it may be on the form of an
    answer, and what somebody says of other paths is still to come. ``known`` are the others.
    """
    if route.result is None or not _has_word(route, new):
        return None
    names = {path.node: name_of(route.route_id, path.node) for path in route.result.explored}
    return {node for node, name in names.items() if name in new or name in known}


def comes_late(
    route: StoredRoute, new: Mapping[str, Label], known: Mapping[str, Label | None]
) -> bool:
    """Whether ``new`` labels are of paths of which a word on the route's answer told before."""
    return bool(new) and _has_word(route, known)


def _has_word(route: StoredRoute, labels: Mapping[str, Label | None]) -> bool:
    """Whether one of ``labels`` is somebody's word, and not a check's, on the answer given."""
    given = route.result.path[-1:] if route.result is not None else ()
    found = [labels.get(name_of(route.route_id, node)) for node in given]
    return any(label is not None and label.principal is not None for label in found)
