"""``router.yaml``: read, checked and explained."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from secondhalf.discovery import discover
from secondhalf.experts.models import names_no_secret
from secondhalf.state.config import RouterConfig
from secondhalf.state.errors import ConfigError
from secondhalf.yaml_file import Document, Place, read_yaml

MAX_BYTES = 1_000_000
_EXPECTED = {
    "tuple_type": "expected a list",
    "model_type": "expected keys with values",
    "model_attributes_type": "expected keys with values",
    "dict_type": "expected keys with values",
    "string_type": "expected a text",
    "float_parsing": "expected a number",
    "float_type": "expected a number",
    "int_parsing": "expected a whole number",
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "bool_parsing": "expected true or false",
}
_OURS = ("path", "hash")
"""Fields that say where a configuration came from; a file cannot set them."""


def load_config(path: str | Path) -> RouterConfig:
    """Read a configuration file.

    Relative paths in it (``retrieval.docs``, ``tools.tables``) are taken from its own folder.
    Keys are not looked up here: a file may name variables that are set later.

    Raises:
        ConfigError: one line that names the file, the line, what is wrong and what is expected.
    """
    file = Path(path).expanduser().absolute()
    content = _content(file)
    name = file.name
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{name} is not a text file in UTF-8") from error
    document = read_yaml(text, name)
    data: Any = document.data if document.data is not None else {}
    if not isinstance(data, dict):
        raise ConfigError(f"{name}:1: expected keys such as `models:`, not {_kind(data)}")
    for ours in _OURS:
        if ours in data:
            raise ConfigError(f"{name}:{document.line((ours,))}: unknown key {ours!r}")
    try:
        config = RouterConfig.model_validate(data)
    except ValidationError as error:
        # A misspelt key first: the right one is then reported as missing, too.
        first = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
        raise ConfigError(_explain(first, document, name)) from error
    _refuse_secrets(config, document, name)
    _check_urls(config, document, name)
    digest = hashlib.sha256(content).hexdigest()
    return _resolved(config, file.parent).model_copy(update={"path": str(file), "hash": digest})


def default_config(env: Mapping[str, str] = os.environ, *, probe: bool = True) -> RouterConfig:
    """The configuration of whoever has none: the models found here, or no models at all.

    See ``secondhalf.discovery.discover``, which also says what was found.
    """
    return discover(env, probe=probe).config


def _content(file: Path) -> bytes:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise ConfigError(f"{str(file)!r} is too large for a configuration file")
        return file.read_bytes()
    except FileNotFoundError as error:
        raise ConfigError(f"there is no configuration file {str(file)!r}") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(f"configuration file {str(file)!r} cannot be read: {reason}") from error


def _resolved(config: RouterConfig, folder: Path) -> RouterConfig:
    def absolute(path: str) -> str:
        return str((folder / Path(path).expanduser()).resolve())

    docs = config.retrieval.docs
    retrieval = config.retrieval.model_copy(update={"docs": absolute(docs) if docs else None})
    tables = tuple(absolute(table) for table in config.tools.tables)
    tools = config.tools.model_copy(update={"tables": tables})
    return config.model_copy(update={"retrieval": retrieval, "tools": tools})


def _refuse_secrets(config: RouterConfig, document: Document, name: str) -> None:
    for number, model in enumerate(config.models):
        if not names_no_secret(model):
            line = document.line(("models", number, "api_key"))
            raise ConfigError(
                f"{name}:{line}: model {model.name!r}: api_key must name an environment "
                'variable, as in "${MY_API_KEY}": keys do not belong in the file'
            )


def _check_urls(config: RouterConfig, document: Document, name: str) -> None:
    for number, model in enumerate(config.models):
        if model.base_url is not None and not _is_url(model.base_url):
            line = document.line(("models", number, "base_url"))
            raise ConfigError(
                f"{name}:{line}: models[{number}].base_url: expected an address such as "
                "https://host/v1 or http://localhost:11434/v1"
            )


def _is_url(text: str) -> bool:
    """Whether ``text`` is ``http(s)://host``, with a port, a path, or neither."""
    try:
        parts = urlsplit(text)
        # Reading the port checks it.
        usable = parts.port != 0 and bool(parts.hostname)
    except ValueError:
        return False
    blank = any(char.isspace() or not char.isprintable() for char in text)
    return usable and parts.scheme in ("http", "https") and not blank


def _explain(error: Mapping[str, Any], document: Document, name: str) -> str:
    place: Place = error["loc"]
    where = f"{name}:{document.line(place)}" if place else name
    if error["type"] == "extra_forbidden":
        known = _keys_at(RouterConfig, place[:-1])
        inside = f" in {_dotted(place[:-1])}" if place[:-1] else ""
        return f"{where}: unknown key {str(place[-1])!r}{inside}{_suggestion(place[-1], known)}"
    if error["type"] == "missing":
        return f"{where}: {_dotted(place)} is missing"
    if error["type"] == "value_error":
        problem = error["msg"].removeprefix("Value error, ")
        return f"{where}: {_dotted(place)}: {problem}" if place else f"{where}: {problem}"
    expected = _EXPECTED.get(error["type"], error["msg"].replace("Input should be", "expected"))
    shown = "" if _kind(error["input"]) == "nothing" else f", not {_shown(place, error['input'])}"
    return f"{where}: {_dotted(place)}: {expected}{shown}"


def _shown(place: Place, value: Any) -> str:
    if "api_key" in place:
        return "this"
    text = repr(value)
    return text if isinstance(value, str | int | float) and len(text) <= 60 else _kind(value)


def _kind(value: object) -> str:
    names: dict[type[object], str] = {
        dict: "keys with values",
        list: "a list",
        str: "a text",
        type(None): "nothing",
    }
    kind: type[object] = type(value)
    return names.get(kind, f"{kind.__name__} {value!r:.40}")


def _dotted(place: Place) -> str:
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".") or "the file"


def _suggestion(key: str | int, known: list[str]) -> str:
    from rapidfuzz import fuzz, process

    best = process.extractOne(str(key), known, scorer=fuzz.ratio, score_cutoff=60)
    return f": did you mean {best[0]!r}?" if best else f"; known are {', '.join(known)}"


def _keys_at(model: type[BaseModel], place: Place) -> list[str]:
    """The keys that may stand at ``place``, found along the annotations."""
    here: Any = model
    for part in place:
        inner = _unwrapped(here)
        if isinstance(part, int):
            here = get_args(inner)[0]
        elif isinstance(inner, type) and issubclass(inner, BaseModel):
            here = inner.model_fields[part].annotation
        else:
            here = get_args(inner)[-1]
    inner = _unwrapped(here)
    if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
        return []
    return [
        field for field in inner.model_fields if inner is not RouterConfig or field not in _OURS
    ]


def _unwrapped(annotation: Any) -> Any:
    """An annotation without ``| None``."""
    if get_origin(annotation) in (Union, UnionType):
        return next(arg for arg in get_args(annotation) if arg is not type(None))
    return annotation
