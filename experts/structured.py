"""Structured output from any chat model, whatever its endpoint can do."""

import json
from collections.abc import Sequence
from typing import Annotated, Any, TypeVar, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from pydantic import AfterValidator, BaseModel, ConfigDict

from secondhalf.experts.deployment import Deployment
from secondhalf.experts.failure import Failure, classify
from secondhalf.experts.replies import read_json
from secondhalf.experts.run import Ask

T = TypeVar("T", bound=BaseModel)

QUIET: Any = {"tags": ["nostream"]}
"""Run configuration that keeps a model's tokens out of the graph's own stream."""


def _within_one(value: float) -> float:
    if not 0.0 <= value <= 1.0:
        raise ValueError("must lie between 0 and 1")
    return value


Degree = Annotated[float, AfterValidator(_within_one)]
"""A number in [0, 1]; the schema does not say so, since not every endpoint takes bounds."""


class Form(BaseModel):
    """A flat form for a model to fill in; what it adds is ignored, what it leaves out is not."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def form_text(form: type[Form]) -> str:
    """How to fill in ``form``, in words: for models that only see the prompt."""
    return "Answer with one JSON object and nothing else. Its JSON schema:\n" + json.dumps(
        schema_of(form)
    )


def schema_of(form: type[Form]) -> dict[str, Any]:
    """The JSON schema of ``form``, as strict endpoints want it: closed, every field required."""
    schema = form.model_json_schema()
    properties = {
        name: {key: value for key, value in field.items() if key not in ("title", "default")}
        for name, field in schema["properties"].items()
    }
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def fill_in(form: type[T]) -> Ask[T]:
    """A way of asking that makes the model fill in ``form``.

    Tries the endpoint's JSON schema mode, then function calling, then plain text, and remembers
    per deployment what was refused. The prompt must describe the form (``form_text``) for the
    sake of the last.
    """

    async def ask(
        deployment: Deployment, model: BaseChatModel, messages: Sequence[BaseMessage]
    ) -> tuple[AIMessage, T]:
        ways = _WAYS if _speaks_openai(model) else _WAYS[1:]
        while True:
            way = min(deployment.structured, len(ways) - 1)
            try:
                message = await ways[way](model, messages, form)
            except Exception as error:
                if way == len(ways) - 1 or not _not_supported(error):
                    raise
                deployment.structured = way + 1
            else:
                return message, read_json(message, form)

    return ask


async def _json_schema(
    model: BaseChatModel, messages: Sequence[BaseMessage], form: type[BaseModel]
) -> AIMessage:
    name, schema = form.__name__, schema_of(cast(type[Form], form))
    wanted = {"name": name, "schema": schema, "strict": True}
    bound = model.bind(response_format={"type": "json_schema", "json_schema": wanted})
    return await bound.ainvoke(list(messages), config=QUIET)


async def _function(
    model: BaseChatModel, messages: Sequence[BaseMessage], form: type[BaseModel]
) -> AIMessage:
    name = form.__name__
    tool = {
        "type": "function",
        "function": {
            "name": name,
            "description": form.__doc__ or "",
            "parameters": schema_of(cast(type[Form], form)),
        },
    }
    bound = model.bind_tools([tool], tool_choice=name)
    return await bound.ainvoke(list(messages), config=QUIET)


async def _text(
    model: BaseChatModel, messages: Sequence[BaseMessage], form: type[BaseModel]
) -> AIMessage:
    return await model.ainvoke(list(messages), config=QUIET)


_WAYS = (_json_schema, _function, _text)


def _speaks_openai(model: BaseChatModel) -> bool:
    return any(base.__name__ == "BaseChatOpenAI" for base in type(model).__mro__)


def _not_supported(error: Exception) -> bool:
    return isinstance(error, NotImplementedError) or (
        not isinstance(error, Failure) and classify(error).kind == "bad request"
    )
