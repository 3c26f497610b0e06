"""Chat models made from the configuration. LangChain's packages are imported at first use."""

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any, cast
from urllib.parse import urlsplit

from langchain_core.language_models import BaseChatModel
from pydantic import SecretStr

from secondhalf.experts.redaction import keep_secret
from secondhalf.state.config import ModelConfig
from secondhalf.state.errors import ConfigError

NO_KEYS = frozenset({"", "none", "not-needed"})
"""Values of ``api_key`` for servers that want no key."""
OPENAI = "https://api.openai.com/v1"

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_PROVIDER = re.compile(r"([a-z][a-z0-9_]*):(.+)")


def chat_model(config: ModelConfig, env: Mapping[str, str] = os.environ) -> BaseChatModel:
    """The chat model that ``config`` describes; makes no request.

    A ``base_url`` means an OpenAI-compatible endpoint, a plain name OpenAI itself, and
    ``provider:model`` whatever ``langchain.chat_models.init_chat_model`` knows.

    Raises:
        ConfigError: a missing variable, a key written out, or a package that is not installed.
    """
    key = api_key(config, env)
    provider = provider_of(config)
    if provider not in ("", "openai"):
        return _provided(config, key)
    return _openai(config, key)


def provider_of(config: ModelConfig) -> str:
    """``provider`` of ``provider:model``; empty where there is a ``base_url`` or a plain name."""
    named = _PROVIDER.fullmatch(config.model)
    return named[1] if named and config.base_url is None else ""


def api_key(config: ModelConfig, env: Mapping[str, str] = os.environ) -> str | None:
    """The key, read from the environment and kept out of every error from now on.

    None where the model wants none, or where its provider's package looks for it itself.

    Raises:
        ConfigError: if the variable is not set, or the key of a remote server is written out.
    """
    wanted = config.api_key
    if wanted is None and config.base_url is None and provider_of(config) in ("", "openai"):
        wanted = "${OPENAI_API_KEY}"
    if wanted is None or wanted.strip().lower() in NO_KEYS:
        return None
    variable = _VARIABLE.fullmatch(wanted.strip())
    if variable is None and on_this_machine(config.base_url):
        keep_secret(wanted)
        return wanted
    if variable is None:
        raise ConfigError(
            f"model {config.name!r}: api_key must name an environment variable, as in "
            '"${MY_API_KEY}": keys do not belong in the file'
        )
    value = env.get(variable[1], "").strip()
    if not value:
        raise ConfigError(
            f"model {config.name!r} needs the environment variable {variable[1]!r}: set it, "
            "or take the model out of the configuration"
        )
    keep_secret(value)
    return value


def names_no_secret(config: ModelConfig) -> bool:
    """Whether ``api_key`` may stand in a file: a variable, a word for none, or a local server's."""
    written = (config.api_key or "").strip()
    if written.lower() in NO_KEYS or _VARIABLE.fullmatch(written) is not None:
        return True
    return on_this_machine(config.base_url)


def on_this_machine(url: str | None) -> bool:
    """Whether ``url`` leads to the loopback interface."""
    try:
        host = urlsplit(url or "").hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def endpoint(config: ModelConfig, env: Mapping[str, str] = os.environ) -> str | None:
    """The URL that requests go to; None if only the provider's package knows."""
    if config.base_url is not None or provider_of(config) not in ("", "openai"):
        return config.base_url
    return env.get("OPENAI_API_BASE") or env.get("OPENAI_BASE_URL") or OPENAI


def _openai(config: ModelConfig, key: str | None) -> BaseChatModel:
    import openai
    from langchain_openai import ChatOpenAI

    from secondhalf.experts.clients import LoopClient, tls

    options: dict[str, Any] = {
        "model": config.model if config.base_url else config.model.removeprefix("openai:"),
        "base_url": config.base_url,
        # Never the default: it would send OPENAI_API_KEY to whatever server base_url names.
        "api_key": SecretStr(key or "not-needed"),
        "timeout": config.timeout,
        "max_retries": 0,  # retries are made, and paid for, in one place: experts/run.py
        "disable_streaming": True,
        "use_responses_api": False if config.base_url else None,
        "http_client": openai.DefaultHttpxClient(verify=tls()),
        "http_async_client": LoopClient(),
    }
    return ChatOpenAI(**options)


def _provided(config: ModelConfig, key: str | None) -> BaseChatModel:
    if find_spec("langchain") is None:
        raise ConfigError(
            f"model {config.name!r}: {config.model!r} names a provider, which needs the langchain "
            "package: pip install 'secondhalf[langchain]' (for a local server's model whose name "
            "has a colon, give its base_url)"
        )
    from langchain.chat_models import init_chat_model

    options: dict[str, Any] = {"timeout": config.timeout, "max_retries": 0}
    if key:
        options["api_key"] = key
    try:
        make = cast("Callable[..., BaseChatModel]", init_chat_model)
        return make(config.model, **options)
    except (ImportError, ValueError) as error:
        raise ConfigError(
            f"model {config.name!r}: {config.model!r} cannot be used: {str(error).splitlines()[0]}"
        ) from error
