"""Which models can be used here without a configuration: OpenAI's by key, Ollama's by asking."""

import json
import os
import urllib.request
from collections.abc import Mapping
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

from secondhalf.state.config import ModelConfig, ModelPrices, RouterConfig, Tier

OPENAI_MODELS: tuple[tuple[Tier, str], ...] = (
    ("slm", "gpt-6-luna"),
    ("mid", "gpt-6.1-terra"),
    ("llm", "gpt-6.1-sol"),
)
"""OpenAI's models by size as of November 2026; ``genai-prices`` knows what they cost."""
OPENAI_WINDOW = 400_000
OPENAI_ANSWER = 8_192
"""Tokens of an answer; those that the model spends on reasoning are among them."""

OLLAMA = "http://localhost:11434"
PROBE_SECONDS = 0.3
_FREE = ModelPrices(input=0.0, output=0.0)


class Discovery(NamedTuple):
    """A configuration of what was found (perhaps without any model), and lines that say so."""

    config: RouterConfig
    found: tuple[str, ...]


class _Local(NamedTuple):
    size: int
    name: str
    family: str


def discover(env: Mapping[str, str] = os.environ, *, probe: bool = True) -> Discovery:
    """Look for models: OpenAI's if ``OPENAI_API_KEY`` is set, then those of a running Ollama.

    With ``probe``, Ollama is asked at ``OLLAMA_HOST``, by default on this machine; that takes at
    most ``PROBE_SECONDS`` and blocks. Otherwise nothing is contacted.
    """
    openai = _openai(env)
    url = _ollama_url(env)
    local = _ollama(url, _installed(url) if probe else [])
    found = [f"OPENAI_API_KEY is set: {_names(openai)}"] if openai else ["no OPENAI_API_KEY"]
    if local:
        found.append(f"Ollama at {url}: {_names(local)}")
    elif probe:
        found.append(f"no Ollama with chat models at {url or env['OLLAMA_HOST']!r}")
    return Discovery(RouterConfig(models=(*openai, *local)), tuple(found))


def _openai(env: Mapping[str, str]) -> tuple[ModelConfig, ...]:
    if not env.get("OPENAI_API_KEY", "").strip():
        return ()
    return tuple(
        ModelConfig(
            name=model,
            model=model,
            tier=tier,
            api_key="${OPENAI_API_KEY}",
            family="openai",
            context_window=OPENAI_WINDOW,
            max_tokens=OPENAI_ANSWER,
        )
        for tier, model in OPENAI_MODELS
    )


def _ollama(url: str, installed: list[_Local]) -> tuple[ModelConfig, ...]:
    """Up to three models by size: the smallest, one in the middle and the biggest."""
    ordered = sorted(installed)
    chosen: dict[str, tuple[Tier, _Local]] = {}
    if ordered:
        by_tier: tuple[tuple[Tier, _Local], ...] = (
            ("slm", ordered[0]),
            ("llm", ordered[-1]),
            ("mid", ordered[len(ordered) // 2]),
        )
        for tier, local in by_tier:
            chosen.setdefault(local.name, (tier, local))
    return tuple(
        ModelConfig(
            name=local.name,
            model=local.name,
            tier=tier,
            base_url=f"{url}/v1",
            family=local.family,
            prices=_FREE,
            timeout=180.0,
        )
        for tier, local in sorted(chosen.values(), key=lambda pair: pair[1])
    )


def _ollama_url(env: Mapping[str, str]) -> str:
    """``OLLAMA_HOST`` as Ollama reads it: host, perhaps scheme and port; empty if nonsense."""
    host = env.get("OLLAMA_HOST", "").strip().rstrip("/")
    if not host:
        return OLLAMA
    url = host if "://" in host else f"http://{host}"
    parts = urlsplit(url)
    name = "localhost" if parts.hostname in (None, "0.0.0.0") else parts.hostname  # noqa: S104
    try:
        port = parts.port or (443 if parts.scheme == "https" else 11434)
    except ValueError:
        return ""
    return f"{parts.scheme}://{f'[{name}]' if ':' in name else name}:{port}"


def _installed(url: str) -> list[_Local]:
    """The chat models that Ollama has; none if it does not answer, or answers nonsense."""
    if not url.startswith(("http://", "https://")):
        return []
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/api/tags", timeout=PROBE_SECONDS) as response:
            listed = json.loads(response.read(1_000_000))["models"]
            return [local for entry in listed if (local := _local(entry)) is not None]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []


def _local(entry: Mapping[str, Any]) -> _Local | None:
    details = cast(Mapping[str, Any], entry.get("details") or {})
    name, family = str(entry["name"]), str(details.get("family") or "")
    if "bert" in family or "embed" in name:
        return None
    return _Local(int(entry.get("size") or 0), name, family)


def _names(models: tuple[ModelConfig, ...]) -> str:
    return ", ".join(f"{model.name} as {model.tier}" for model in models)
