"""One call for the whole of it: ``aroute`` and its sync twin ``route``."""

import asyncio
from pathlib import Path
from typing import Any

from secondhalf.configuration import default_config, load_config
from secondhalf.nodes.step import run_blocking
from secondhalf.places import database_url
from secondhalf.session import Session
from secondhalf.state.budget import Budget
from secondhalf.state.config import RouterConfig
from secondhalf.state.errors import ConfigError
from secondhalf.state.request import RouteContext
from secondhalf.state.result import RouteResult


async def aroute(
    prompt: str,
    *,
    budget: Budget | None = None,
    context: RouteContext | None = None,
    config: RouterConfig | str | Path | None = None,
    docs: str | Path | None = None,
    thread_id: str | None = None,
    db: str | None = None,
    **experts: Any,
) -> RouteResult:
    """Routes one prompt: analyze, search, verify, remember.

    Args:
        prompt: what the user wants.
        budget: caps of this route; overrides the ``context``'s.
        context: the other settings of this call (strategy, model, preset, clarify, …).
        config: a ``RouterConfig``, or the path of a ``router.yaml``; by default what the
            environment offers (an OpenAI key, Ollama), else local experts only.
        docs: a folder of documents to search.
        thread_id: a conversation to go on with; a new one by default.
        db: SQLAlchemy URL or SQLite path; by default ``$SECONDHALF_DB`` or the user's own.
        experts: ``models``, ``retriever``, ``tools``, ``planner``, ``aggregator``, ``redact`` and
            ``embeddings``, as ``build_router`` takes them.

    Returns:
        The outcome; its status is ``waiting`` when the router asks the user something.

    Raises:
        SecondHalfError: bad input, configuration or database; see ``secondhalf.state.errors``.
    """
    settings = _settings(context, budget)
    setup = await asyncio.to_thread(configured, config, docs)
    with Session(setup, database_url(db), **experts) as session:
        async for step in session.route(prompt, settings, thread_id):
            if isinstance(step, RouteResult):
                return step
    raise AssertionError("a session ends with a result")


def route(prompt: str, **settings: Any) -> RouteResult:
    """``aroute`` for code without an event loop; takes and returns the same."""
    return run_blocking(aroute(prompt, **settings))


def configured(
    config: RouterConfig | str | Path | None, docs: str | Path | None = None
) -> RouterConfig:
    """The configuration meant by ``config`` (see ``aroute``), with ``docs`` as its documents."""
    chosen = _chosen(config)
    if docs is None:
        return chosen
    retrieval = chosen.retrieval.model_copy(update={"docs": str(Path(docs).absolute())})
    return chosen.model_copy(update={"retrieval": retrieval})


def _settings(context: object, budget: object) -> RouteContext:
    if not isinstance(context, RouteContext | None):
        raise ConfigError(f"context must be a RouteContext, not {type(context).__name__}")
    if not isinstance(budget, Budget | None):
        raise ConfigError(
            f"budget must be a Budget, such as Budget(usd=0.02), not {type(budget).__name__}"
        )
    settings = context or RouteContext()
    return settings if budget is None else settings.model_copy(update={"budget": budget})


def _chosen(config: RouterConfig | str | Path | None) -> RouterConfig:
    if isinstance(config, RouterConfig):
        return config
    return default_config() if config is None else load_config(config)
