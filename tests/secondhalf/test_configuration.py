import hashlib
import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from secondhalf.configuration import default_config, load_config
from secondhalf.discovery import discover
from secondhalf.state.errors import ConfigError

FULL = """\
# Two deployments of one model, a small one beside it.
models:
  - &big
    name: big
    model: gpt-6.1-sol
    tier: llm
    api_key: "${OPENAI_API_KEY}"
    prices: {input: 2, output: 10}
  - <<: *big
    base_url: https://eu.example.com/v1
    api_key: ${EU_KEY}
  - name: small
    model: llama3.2:3b
    base_url: http://localhost:11434/v1
    tier: slm
    roles: [classifier, reasoner]
retrieval: {docs: papers, top_k: 3}
tools:
  tables: [sales.csv, /data/stock.db]
strategies:
  - name: MINE
    roots: [quick]
    nodes:
      - {id: quick, stages: [[slm]], children: [slow]}
      - {id: slow, stages: [[retriever], [llm], [verifier]]}
budgets: {usd: 0.1, seconds: 30}
policy:
  preset: economy
  thresholds: {good_enough: 0.7}
"""


def test_a_whole_file(tmp_path: Path) -> None:
    """Every section is read; paths are those of the file's folder; path and hash are kept."""
    file = tmp_path / "router.yaml"
    file.write_text(FULL)

    config = load_config(file)

    assert ["big", "big", "small"] == [model.name for model in config.models]
    assert "https://eu.example.com/v1" == config.models[1].base_url
    assert ("classifier", "reasoner") == config.models[2].roles
    assert str(tmp_path / "papers") == config.retrieval.docs
    assert (str(tmp_path / "sales.csv"), "/data/stock.db") == config.tools.tables
    assert (("retriever",), ("llm",), ("verifier",)) == config.strategies[0].nodes[1].stages
    assert (0.1, 30.0, None) == (config.budgets.usd, config.budgets.seconds, config.budgets.calls)
    assert ("economy", 0.7) == (config.policy.preset, config.policy.thresholds.good_enough)
    assert (str(file), hashlib.sha256(FULL.encode()).hexdigest()) == (config.path, config.hash)


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    """Everything has a default, so nothing need be written."""
    (tmp_path / "router.yaml").write_text("# nothing yet\n")

    assert () == load_config(tmp_path / "router.yaml").models


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("models:\n  a: b: c", "router.yaml:2:7: broken YAML: mapping values are not allowed"),
        ("models:\n\t- name: a", "router.yaml:2:1: broken YAML: found character '\\t'"),
        ("a: !!python/object/apply:os.system [ls]", "router.yaml:1:4: broken YAML: could not"),
        ("a: &a [*a]", "router.yaml:1: too many values, or nested too deeply"),
        ("budgets: {}\nbudgets: {}", "router.yaml:2:1: 'budgets' is given twice: keep one"),
        ("- 1", "router.yaml:1: expected keys such as `models:`, not a list"),
        ("\nmodles: []", "router.yaml:2: unknown key 'modles': did you mean 'models'?"),
        ("zzz: 1", "router.yaml:1: unknown key 'zzz'; known are models, retrieval, tools, "),
        ("path: /etc/x", "router.yaml:1: unknown key 'path'"),
        (
            "models:\n  - name: a\n    tier: slm\n    contxt_window: 5",
            "router.yaml:4: unknown key 'contxt_window' in models[0]: "
            "did you mean 'context_window'?",
        ),
        (
            "models:\n  - {name: a, tier: slm, prices: {inptu: 1, output: 1}}",
            "router.yaml:2: unknown key 'inptu' in models[0].prices: did you mean 'input'?",
        ),
        (
            "models:\n  - name: a\n    tier: smal",
            "router.yaml:3: models[0].tier: expected 'slm', 'mid' or 'llm', not 'smal'",
        ),
        *(
            (
                f"models:\n  - name: a\n    tier: slm\n    base_url: {url!r}",
                "router.yaml:4: models[0].base_url: expected an address such as https://host/v1",
            )
            for url in ("not a url", "localhost:80/v1", "ftp://host", "http://", "http://h:x/v1")
        ),
        ("models:\n  - tier: slm", "router.yaml:2: models[0].name is missing"),
        ("models: 5", "router.yaml:1: models: expected a list, not 5"),
        ("budgets:\n  usd: lots", "router.yaml:2: budgets.usd: expected a number, not 'lots'"),
        ("budgets: {usd: true}", "router.yaml:1: budgets.usd: expected a number, not True"),
        (
            "budgets: {calls: yes}",
            "router.yaml:1: budgets.calls: expected a whole number, not True",
        ),
        (
            "policy: {thresholds: {good_enough: true}}",
            "router.yaml:1: policy.thresholds.good_enough: expected a number, not True",
        ),
        (
            "models: [{name: m, tier: mid, prices: {input: yes, output: 1}}]",
            "router.yaml:1: models[0].prices.input: expected a number, not True",
        ),
        (
            "policy: {rules: [{name: r, strategy: S, when: [{field: risk, value: enormous}]}]}",
            "router.yaml:1: policy.rules[0].when[0]: risk is never 'enormous': it is low, medium",
        ),
        (
            "policy: {rules: [{name: r, strategy: S, when: [{field: difficulty, value: 7}]}]}",
            "router.yaml:1: policy.rules[0].when[0]: difficulty is never 7.0",
        ),
        (
            "policy: {rules: [{name: r, strategy: S, when: [{field: needs_tools, value: 1}]}]}",
            "router.yaml:1: policy.rules[0].when[0]: needs_tools is true or false",
        ),
        (
            "policy: {rules: [{name: r, strategy: S, when: [{field: ambiguity, value: 2}]}]}",
            "router.yaml:1: policy.rules[0].when[0]: ambiguity is a number from 0 to 1",
        ),
        ("models: [{name: mid, tier: slm}]", "router.yaml: a model of tier 'slm' is called 'mid'"),
        ("models: [{name: a > b, tier: slm}]", "router.yaml: a model cannot be called 'a > b'"),
        ("budgets: {usd: -1}", "router.yaml:1: budgets.usd: expected greater than or equal to 0"),
        ("budgets: {usd: .inf}", "router.yaml:1: budgets.usd: expected a finite number"),
        ("policy: 3", "router.yaml:1: policy: expected keys with values, not 3"),
        (
            "policy:\n  rules:\n    - name: x\n      strategy: S\n      when: [{feild: risk}]",
            "router.yaml:5: unknown key 'feild' in policy.rules[0].when[0]: did you mean 'field'?",
        ),
        (
            "strategies:\n  - name: S\n    roots: [a]\n    nodes: []",
            "router.yaml:2: strategies[0]: strategy 'S', path 'a': named by 'roots' but not",
        ),
        (
            "models: [{name: a, tier: slm}, {name: a, tier: llm}]",
            "router.yaml: model 'a' is listed with two different tiers",
        ),
        (b"models: \xff", "router.yaml is not a text file in UTF-8"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, text: str | bytes, message: str) -> None:
    """The file, the line, what is wrong and what is expected."""
    file = tmp_path / "router.yaml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)

    with pytest.raises(ConfigError) as error:
        load_config(file)

    assert str(error.value).startswith(message), str(error.value)
    assert "\n" not in str(error.value)


def test_a_key_in_the_file_is_refused_and_not_repeated(tmp_path: Path) -> None:
    """Keys come from the environment; one that stands in the file is not shown again."""
    file = tmp_path / "router.yaml"
    file.write_text("models:\n  - name: a\n    tier: slm\n    api_key: sk-abcdef123456\n")

    with pytest.raises(ConfigError, match="api_key must name an environment variable") as error:
        load_config(file)

    assert "router.yaml:4" in str(error.value)
    assert "abcdef" not in str(error.value)


@pytest.mark.parametrize("word", ["none", "not-needed", '""', '"${NAME}"'])
def test_words_for_no_key_are_fine(tmp_path: Path, word: str) -> None:
    """Local servers want no key."""
    file = tmp_path / "router.yaml"
    file.write_text(f"models:\n  - {{name: a, tier: slm, api_key: {word}}}\n")

    assert 1 == len(load_config(file).models)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    """Neither can be read, and each says which it was."""
    with pytest.raises(ConfigError, match=r"there is no configuration file '.*nope\.yaml'"):
        load_config(tmp_path / "nope.yaml")
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load_config(tmp_path)


def test_aliases_that_multiply_are_refused(tmp_path: Path) -> None:
    """A few lines that mean a billion values are no configuration."""
    lines = ["a: &a [x,x,x,x,x,x,x,x,x,x]"]
    lines += [
        f"{c}: &{c} [{','.join([f'*{p}'] * 10)}]"
        for p, c in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    (tmp_path / "router.yaml").write_text("\n".join(lines))

    with pytest.raises(ConfigError, match="too many values"):
        load_config(tmp_path / "router.yaml")


@contextmanager
def ollama(listed: object) -> Generator[str]:
    """An Ollama that has ``listed`` installed; gives its host and port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = listed if isinstance(listed, bytes) else json.dumps(listed).encode()
            self.send_response(200 if self.path == "/api/tags" else 404)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def installed(*models: tuple[str, int, str]) -> dict[str, object]:
    return {
        "models": [
            {"name": name, "size": size, "details": {"family": family}}
            for name, size, family in models
        ]
    }


def test_nothing_found_is_a_configuration_without_models() -> None:
    """The loop then runs on local experts alone; what was looked for is said."""
    config, found = discover({}, probe=False)

    assert ((), "") == (config.models, config.path)
    assert ("no OPENAI_API_KEY",) == found


def test_an_openai_key_gives_three_tiers() -> None:
    """The models are named, priced by the public list, and the key is not copied."""
    config = default_config({"OPENAI_API_KEY": "sk-123456"}, probe=False)

    assert ["slm", "mid", "llm"] == [model.tier for model in config.models]
    assert {"${OPENAI_API_KEY}"} == {model.api_key for model in config.models}
    assert "sk-123456" not in config.model_dump_json()


def test_a_running_ollama_gives_tiers_by_size() -> None:
    """Smallest, middle, biggest; models that only embed are none to talk to."""
    models = installed(
        ("b:70b", 40_000, "llama"),
        ("nomic-embed-text", 1, "nomic-bert"),
        ("a:1b", 700, "llama"),
        ("c:8b", 5_000, "qwen"),
    )

    with ollama(models) as host:
        config, found = discover({"OLLAMA_HOST": host})

    assert [("a:1b", "slm"), ("c:8b", "mid"), ("b:70b", "llm")] == [
        (model.name, model.tier) for model in config.models
    ]
    assert {f"http://{host}/v1"} == {model.base_url for model in config.models}
    assert f"Ollama at http://{host}: a:1b as slm, c:8b as mid, b:70b as llm" == found[1]


@pytest.mark.parametrize(
    ("names", "tiers"), [(["a"], ["slm"]), (["a", "b"], ["slm", "llm"]), ([], [])]
)
def test_few_models_of_ollama(names: list[str], tiers: list[str]) -> None:
    """One model is the small one; of two the bigger is the big one."""
    listed = installed(*((name, size, "x") for size, name in enumerate(names)))

    with ollama(listed) as host:
        config = default_config({"OLLAMA_HOST": host})

    assert tiers == [model.tier for model in config.models]


@pytest.mark.parametrize("listed", [b"<html>", b"[]", b'{"models": [3]}', b'{"models": [{}]}'])
def test_something_else_on_ollamas_port(listed: bytes) -> None:
    """Whatever answers nonsense is no Ollama."""
    with ollama(listed) as host:
        assert () == default_config({"OLLAMA_HOST": host}).models


@pytest.mark.parametrize("host", ["127.0.0.1:9", "127.0.0.1:notaport", "file:///etc/passwd"])
def test_an_ollama_host_that_leads_nowhere(host: str) -> None:
    """Nothing listens, or it is no address at all: no models, no error."""
    assert () == default_config({"OLLAMA_HOST": host}).models
