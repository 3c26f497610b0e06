"""Whose vectors they are, in a few words: what was learned on some says nothing of others."""

import hashlib
from urllib.parse import urlsplit

from langchain_core.embeddings import Embeddings

_MODELS = ("model", "model_name", "model_id", "repo_id")
"""Where LangChain's embeddings say which model they ask."""
_BESIDES = (
    ("deployment", "azure_deployment", "deployment_name", "endpoint_name"),
    ("base_url", "openai_api_base", "azure_endpoint", "endpoint_url", "inference_server_url"),
    ("dimensions", "output_dimensionality", "output_dimension", "size"),
)
"""Where they say what else makes a vector: by whom it is made, where, and how long it is."""
_LONGEST = 80
"""Characters of a model's name that are shown as they are."""
_DIGEST = 12
"""Hexadecimal digits."""
_DEEPEST = 10
"""Wrappers that are looked through: one might wrap itself."""


def name_of(embeddings: Embeddings) -> str:
    """Class and model; and a digest of deployment, address and dimensions where they are said.

    A wrapper that names its ``underlying_embeddings``, as a cache does, has their name. No address
    is in it as it stands, and nothing that an address may hold of credentials.
    """
    made = underlying(embeddings)[-1]
    model = _said(made, _MODELS)
    plain = model if len(model) <= _LONGEST and "://" not in model else _digest(_bare(model))
    besides = [_bare(_said(made, names)) for names in _BESIDES]
    more = f"#{_digest(repr(besides))}" if any(besides) else ""
    return f"{type(made).__name__}:{plain}{more}"


def underlying(embeddings: Embeddings) -> list[Embeddings]:
    """The embeddings, and those that they wrap, one within the other."""
    found = [embeddings]
    while len(found) <= _DEEPEST:
        within = getattr(found[-1], "underlying_embeddings", None)
        if not isinstance(within, Embeddings):
            break
        found.append(within)
    return found


def _said(embeddings: Embeddings, names: tuple[str, ...]) -> str:
    """What the first of these attributes says that says anything."""
    asked = (getattr(embeddings, name, None) for name in names)
    return next((str(found) for found in asked if isinstance(found, str | int) and found), "")


def _bare(text: str) -> str:
    """An address without user, password, query and fragment; any other text as it is."""
    if "://" not in text:
        return text
    scheme, _, rest = text.partition("://")
    try:
        parts = urlsplit(text)
    except ValueError:  # no address that anybody could ask
        return f"{scheme}://{rest.rpartition('@')[2]}"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
