"""One place where a chat model runs: how to reach it, what it costs, whether it is well."""

import asyncio
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from langchain_core.language_models import BaseChatModel
from pydantic import SecretStr

from secondhalf.experts.breaker import Breaker, shared_breaker
from secondhalf.experts.models import (
    NO_KEYS,
    api_key,
    chat_model,
    endpoint,
    on_this_machine,
    provider_of,
)
from secondhalf.experts.overhead import Overhead
from secondhalf.experts.prices import FREE, Tariff
from secondhalf.experts.redaction import keep_secret
from secondhalf.state.config import ModelConfig
from secondhalf.state.errors import ConfigError

_LIMITS = ("max_tokens", "max_output_tokens", "num_predict", "max_tokens_to_sample")
"""What chat models call the most tokens an answer may have."""
_IN_PROCESS = ("langchain_core", "langchain_ollama", "langchain_huggingface")
"""Packages whose chat models run on this machine unless they have a URL."""


class Deployment:
    """A model's configuration, its client (made at first use), prices and circuit breaker."""

    def __init__(
        self,
        config: ModelConfig,
        model: BaseChatModel | None = None,
        *,
        breaker: Breaker | None = None,
        env: Mapping[str, str] = os.environ,
    ) -> None:
        """``model`` is one that was made in Python; else it is made from ``config``.

        Raises:
            ConfigError: if the key's variable is not set, or a key is written out.
        """
        if model is None and not config.model:
            raise ConfigError(f"model {config.name!r} has no `model`: say which one it is")
        self.config = config
        self._given = model
        self._made: BaseChatModel | None = model
        self._env = env
        if model is None:
            api_key(config, env)
            url = endpoint(config, env)
            self.local = on_this_machine(url)
            assumed_free = self.local and (config.api_key or "").strip().lower() in NO_KEYS
        else:
            _keep_secrets(model)
            url = _url(model)
            package = type(model).__module__.partition(".")[0]
            self.local = on_this_machine(url) if url else package in _IN_PROCESS
            assumed_free = self.local
        plain = config.model if config.base_url else config.model.removeprefix("openai:")
        self.model_name = plain or _name(model)
        self.place = urlsplit(url).netloc if url else provider_of(config)
        prices = config.prices or (FREE if assumed_free else None)
        self.tariff = Tariff(self.model_name, prices, url)
        self.assumed_free = config.prices is None and assumed_free
        self.breaker = breaker or self._breaker()
        self.structured = 0
        """How far down the list of ways to structured output this endpoint has led us."""
        self.overhead = Overhead()

    @property
    def free(self) -> bool:
        """Whether its tokens cost nothing."""
        return self.tariff.free

    @property
    def label(self) -> str:
        """What errors and notes call it."""
        return f"{self.model_name!r} at {self.place}" if self.place else repr(self.model_name)

    async def limited(self, tokens: int, seed: int = 0) -> BaseChatModel:
        """The model, with at most ``tokens`` in its answer; it never streams.

        Raises:
            ConfigError: if it cannot be made.
        """
        if self._made is None:
            self._made = await asyncio.to_thread(chat_model, self.config, self._env)
        fields: dict[str, Any] = {"disable_streaming": True}
        if self._given is None and self.config.base_url is not None:
            # The older name, which every compatible server knows.
            fields["extra_body"] = {"max_tokens": tokens}
            if seed:
                fields["seed"] = seed
        else:
            known = type(self._made).model_fields
            fields |= {name: tokens for name in _LIMITS if name in known}
        return self._made.model_copy(update=fields)

    def _breaker(self) -> Breaker:
        if self._given is not None:
            return Breaker()
        where = endpoint(self.config, self._env) or provider_of(self.config)
        return shared_breaker(f"{where} {self.config.model} {self.config.api_key or ''}")


def _url(model: BaseChatModel) -> str | None:
    for name in ("openai_api_base", "base_url", "anthropic_api_url", "endpoint"):
        url = getattr(model, name, None)
        if isinstance(url, str) and url:
            return url
    return None


def _name(model: BaseChatModel | None) -> str:
    for name in ("model_name", "model", "model_id"):
        value = getattr(model, name, None)
        if isinstance(value, str) and value:
            return value
    return type(model).__name__


def _keep_secrets(model: BaseChatModel) -> None:
    for name in type(model).model_fields:
        value = getattr(model, name, None)
        if isinstance(value, SecretStr):
            keep_secret(value.get_secret_value())
