"""From what was collected to a matrix in which every model has answered every prompt."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from secondhalf.evals.data.adapter import ALL
from secondhalf.evals.data.collecting import Collected, Entry
from secondhalf.evals.data.costs import Cost, charged, cost_of
from secondhalf.evals.data.dataset import DataSet, ListPrice
from secondhalf.evals.data.wording import counted, quoted
from secondhalf.evals.errors import DataSetError


def complete(
    file: str,
    collected: Collected,
    given: Mapping[str, ListPrice],
    notes: Sequence[str],
    *,
    needs_prices: bool,
    named: bool,
    min_prompts: int,
) -> DataSet:
    """The largest complete matrix of these models.

    Models without a price go first (where prices are needed), then those recorded on fewer than
    half of the prompts (unless the caller ``named`` the models), then prompts that one of the
    remaining models did not answer. Each step is told in ``left_out``, after ``notes``.

    Raises:
        DataSetError: fewer than ``min_prompts`` are left.
    """
    left_out = [*notes, *collected.notes()]
    entries, models = collected.entries, collected.models
    costs = {model: _cost(model, entries, given) for model in models}
    left_out += [cost.note for cost in costs.values() if cost.note]
    if needs_prices:
        models = _priced(models, costs, left_out)
    entries = [e for e in entries if any(model in e.answers for model in models)]
    if not named:
        models = _frequent(models, entries, left_out)
    whole = [e for e in entries if models and all(model in e.answers for model in models)]
    if len(whole) < len(entries):
        missed = counted(len(entries) - len(whole), "prompt")
        left_out.append(f"{missed}: not answered by all models")
    if len(whole) < max(1, min_prompts):
        raise DataSetError(_too_few(file, len(whole), min_prompts, left_out))
    uncounted = [model for model in collected.uncounted if model in models]
    if uncounted:
        left_out.append(f"output tokens of {quoted(uncounted)}: not recorded of each, 0 there")
    return _data_set(file, whole, models, costs, left_out)


def first(data: DataSet, limit: int) -> DataSet:
    """The first ``limit`` prompts."""
    if limit >= len(data):
        return data
    cut = data.only(range(limit))
    beyond = f"{counted(len(data) - limit, 'prompt')}: beyond the limit of {limit:,}"
    return replace(cut, left_out=(*data.left_out, beyond))


def _cost(model: str, entries: Sequence[Entry], given: Mapping[str, ListPrice]) -> Cost:
    answers = [answer for entry in entries for answer in entry.answers.get(model, ())]
    return cost_of(model, answers, given)


def _priced(models: list[str], costs: Mapping[str, Cost], left_out: list[str]) -> list[str]:
    without = [model for model in models if costs[model].price is None]
    if without:
        noun = "model" if len(without) == 1 else "models"
        left_out.append(f"{noun} {quoted(without)}: no price is known, give one with --prices")
    return [model for model in models if costs[model].price is not None]


def _frequent(models: list[str], entries: Sequence[Entry], left_out: list[str]) -> list[str]:
    answered = {model: sum(model in entry.answers for entry in entries) for model in models}
    kept = [model for model in models if 2 * answered[model] >= len(entries)]
    left_out += [
        f"model {model!r}: recorded on {answered[model]:,} of {counted(len(entries), 'prompt')}"
        for model in models
        if model not in kept
    ]
    return kept


def _too_few(file: str, left: int, wanted: int, left_out: Sequence[str]) -> str:
    why = f" (left out: {'; '.join(left_out)})" if left_out else ""
    return f"{file!r}: {counted(left, 'prompt')} to evaluate on, fewer than {wanted}{why}"


def _data_set(
    file: str,
    entries: Sequence[Entry],
    models: Sequence[str],
    costs: Mapping[str, Cost],
    left_out: Sequence[str],
) -> DataSet:
    names = list(dict.fromkeys(entry.dataset for entry in entries))
    prices = tuple(costs[model].price for model in models)
    groups = tuple(entry.group for entry in entries)
    if len(names) > 1 and not any(groups):
        groups = tuple(entry.dataset for entry in entries)
    return DataSet(
        file=file,
        name=names[0] if len(names) == 1 else ALL,
        prompts=tuple(entry.prompt for entry in entries),
        ids=tuple(_id(entry, len(names) > 1) for entry in entries),
        models=tuple(models),
        answers=tuple(
            tuple(charged(entry.answers[model], costs[model].price) for model in models)
            for entry in entries
        ),
        prices=prices if any(prices) else (),
        left_out=tuple(left_out),
        groups=groups if any(groups) else (),
    )


def _id(entry: Entry, several: bool) -> str:
    return f"{entry.dataset}/{entry.id}" if several else entry.id
