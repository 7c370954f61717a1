"""The first run, as a person meets it: with no key, one, three, a local server, a config with a mistake."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.screen import CTRL_C, CTRL_D, ENTER, ESC, Screen
from tests.servers.vendor import Reply, VendorServer

DOWN = "\x1b[B"
ASK = "what does app.py do?"
USE = "[Enter] use these"
READY = "ask for something"


@pytest.fixture
def config(home: Path) -> Path:
    return home / "config" / "config.yaml"


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[VendorServer]:
    """Answers for every vendor; which of them has a key is the test's to say."""
    with VendorServer(lambda body: Reply(text=("It doubles.",))) as server:
        server.models = [{"id": "nomic-embed-text"}, {"id": "Qwen3:8b"}]
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.anthropic_url)
        monkeypatch.setenv("OPENAI_BASE_URL", server.openai_url)
        yield server


def key(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    for name in names:
        monkeypatch.setenv(f"{name}_API_KEY", f"sk-{name.lower()}-test-0123456789")
        if name == "ANTHROPIC":
            monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test-0123456789")


def served(server: VendorServer) -> set[str]:
    return {body["model"] for body in server.bodies}


def write(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)


# At the terminal


def test_with_no_key_it_says_what_to_do_and_writes_nothing(project: Path, config: Path) -> None:
    with Screen([], cwd=project) as it:
        it.wait_for("[Enter] watch the demo, it needs no key [r] look again [Esc] leave")
        assert "export ANTHROPIC_API_KEY=…" in it.text
        assert "enforcer auth set anthropic" in it.text
        assert "ollama serve, then: ollama pull MODEL" in it.text
        it.send(ESC)
        it.wait_for("nothing was written; the models can be set later with: enforcer lanes set")
        assert it.wait_for_end() == 0
    assert not config.exists()


@pytest.mark.slow
def test_with_no_key_enter_plays_the_demo(project: Path, config: Path) -> None:
    with Screen([], cwd=project) as it:
        it.wait_for("[Enter] watch the demo")
        it.send(ENTER)
        it.wait_for("The tests fail. Find the bug and fix it.")
        it.send(CTRL_C)
    assert not config.exists()


def test_a_server_that_was_started_meanwhile_is_found_by_looking_again(
    project: Path, config: Path, vendor: VendorServer
) -> None:
    listed, vendor.models = vendor.models, []
    with Screen([], cwd=project, env={"OLLAMA_HOST": vendor.url}) as it:
        it.wait_for("but lists no model that chats.")
        vendor.models = listed
        it.wait_for("[r] look again")
        it.send("r")
        it.wait_for("openai-compatible:ollama/Qwen3:8b")
        it.send(ESC)
        assert it.wait_for_end() == 0
    assert not config.exists()


def test_with_one_key_two_models_are_proposed_and_the_held_prompt_runs(
    project: Path, config: Path, vendor: VendorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    key(monkeypatch, "ANTHROPIC")
    with Screen([ASK], cwd=project) as it:
        it.wait_for(USE)
        assert "found: ANTHROPIC_API_KEY" in it.text
        assert "two models of one vendor" in it.text
        assert vendor.listings == []
        it.send(ENTER)
        it.wait_for("It doubles.")
        it.wait_for(READY)
        it.send(CTRL_D)
        assert it.wait_for_end() == 0
    assert config.read_text("utf-8") == (
        "lanes:\n"
        "  creative:\n"
        "    model: anthropic/claude-sonnet-5-5\n"
        "  analytical:\n"
        "    model: anthropic/claude-opus-5-5\n"
    )
    assert config.stat().st_mode & 0o777 == 0o600
    assert ASK.encode() in vendor.requests[0].raw
    assert served(vendor) == {"claude-opus-5-5"}


def test_with_three_keys_two_vendors_are_proposed_and_a_lane_is_changed(
    project: Path, config: Path, vendor: VendorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    key(monkeypatch, "ANTHROPIC", "OPENAI", "GEMINI")
    with Screen([ASK], cwd=project) as it:
        it.wait_for(USE)
        it.wait_for("found: ANTHROPIC_API_KEY, OPENAI_API_KEY, GEMINI_API_KEY")
        assert "two vendors, so each lane has a mind of its own" in it.text
        it.send(DOWN)
        it.wait_for("› analytical")
        it.send("openai/gpt-5.4")
        it.wait_for("openai/gpt-5.4▏")
        it.send(ENTER)
        it.wait_for("your choice")
        it.send(ENTER)
        it.wait_for("It doubles.")
    text = config.read_text("utf-8")
    assert "model: anthropic/claude-sonnet-5-5" in text
    assert "model: openai/gpt-5.4" in text
    assert "gpt-5.4" in served(vendor)


def test_with_a_local_server_alone_one_model_serves_both_lanes(
    project: Path, config: Path, vendor: VendorServer
) -> None:
    write(config, "# my own notes\nreview: required  # always\n")
    with Screen([ASK], cwd=project, env={"OLLAMA_HOST": vendor.url}) as it:
        it.wait_for(USE)
        assert f"found: Ollama at {vendor.url.removeprefix('http://')} (1 model)" in it.text
        assert "one model for both: nothing switches, and there is no second mind to ask" in it.text
        it.send(ENTER)
        it.wait_for("It doubles.")
    assert config.read_text("utf-8") == (
        "# my own notes\n"
        "review: required  # always\n"
        "lanes:\n"
        "  creative:\n"
        "    model: openai-compatible:ollama/Qwen3:8b\n"
        "  analytical:\n"
        "    model: openai-compatible:ollama/Qwen3:8b\n"
    )
    assert served(vendor) == {"Qwen3:8b"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("lanes: [\n", "this is not valid YAML", id="not YAML"),
        pytest.param(
            "lanes: {creative: {model: gpt}}\n",
            "'gpt' is not a model; write it as provider/model; mend that and start again",
            id="a lane with a mistake",
        ),
        pytest.param("lane: {creative: {model: a/b}}\n", "lane is not known and was ignored", id="a mistyped key"),
    ],
)
def test_a_config_with_a_mistake_is_one_sentence_and_is_never_written_over(
    project: Path, config: Path, monkeypatch: pytest.MonkeyPatch, text: str, sentence: str
) -> None:
    key(monkeypatch, "ANTHROPIC")
    write(config, text)
    with Screen([ASK], cwd=project, columns=300) as it:
        it.wait_for(sentence)
        assert it.wait_for_end() == 2
        assert [line for line in it.text.splitlines() if line.strip()][-1].startswith(f"enforcer: {config}")
        assert USE not in it.text
    assert config.read_text("utf-8") == text


def test_ctrl_c_in_the_middle_writes_nothing(project: Path, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key(monkeypatch, "OPENAI")
    with Screen([], cwd=project, columns=40) as it:
        it.wait_for(USE)
        it.send(DOWN)
        it.wait_for("› analytical openai/gpt-6.1-sol")
        it.send("some/th")
        it.wait_for("› analytical some/th▏")
        it.send(CTRL_C)
        it.wait_for("› analytical openai/gpt-6.1-sol")
        it.send(CTRL_C)
        it.wait_for("nothing was written")
        assert it.wait_for_end() == 0
    assert not config.exists()


def test_a_terminal_without_arrows_is_asked_by_lines(
    project: Path, config: Path, vendor: VendorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    key(monkeypatch, "ANTHROPIC")
    with Screen([ASK], cwd=project, env={"TERM": "dumb"}, columns=200) as it:
        it.wait_for("q to leave:")
        it.type("creative=openai/gpt-5")
        it.wait_for("openai has no key: set OPENAI_API_KEY, or: enforcer auth set openai")
        it.type("creative=anthropic/claude-haiku-5-5")
        it.wait_for("creative: anthropic/claude-haiku-5-5")
        it.wait_for("q to leave:", count=3)
        it.type("")
        it.wait_for("It doubles.")
    assert "model: anthropic/claude-haiku-5-5" in config.read_text("utf-8")


@pytest.mark.slow
def test_the_question_comes_once(
    project: Path, config: Path, vendor: VendorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    key(monkeypatch, "ANTHROPIC")
    with Screen([], cwd=project) as it:
        it.wait_for(USE)
        it.send(ENTER)
        it.wait_for(READY)
        it.send(CTRL_D)
        assert it.wait_for_end() == 0
    with Screen([], cwd=project) as it:
        it.wait_for(READY)
        assert USE not in it.text


# Without a terminal


def test_p_with_a_key_runs_with_what_would_be_proposed_and_says_so(
    run, vendor: VendorServer, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key(monkeypatch, "ANTHROPIC")
    done = run("-p", ASK, env={"OLLAMA_HOST": vendor.url})
    pair = "creative=anthropic/claude-sonnet-5-5 analytical=anthropic/claude-opus-5-5"
    assert (done.code, done.out) == (0, "It doubles.\n")
    assert done.err == (
        f"enforcer: no lane has a model yet, so this run uses {pair} (by ANTHROPIC_API_KEY); "
        f"keep them with: enforcer lanes set {pair}\n"
    )
    assert vendor.listings == []
    assert not config.exists()


def test_p_with_no_key_says_what_to_do(run) -> None:
    done = run("-p", ASK)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("enforcer: no lane has a model yet, and no key was found. Set ANTHROPIC_API_KEY or ")
    assert done.err.endswith("To look around without a key: enforcer demo\n")


def test_p_with_a_spoilt_key_names_it(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "two words")
    done = run("-p", ASK)
    assert done.code == 2
    assert done.err == (
        "enforcer: ANTHROPIC_API_KEY has a blank or a line end in the middle, which no key has; copy the key again\n"
    )


def test_a_spoilt_key_beside_a_good_one_is_told_and_the_good_one_is_used(
    run, project: Path, vendor: VendorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    key(monkeypatch, "OPENAI")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "two words")
    sentence = "ANTHROPIC_API_KEY has a blank or a line end in the middle, which no key has; copy the key again"
    done = run("-p", ASK)
    assert (done.code, done.out) == (0, "It doubles.\n")
    assert done.err.splitlines()[0] == f"enforcer: {sentence}"
    with Screen([], cwd=project, columns=120) as it:
        it.wait_for(USE)
        assert sentence in it.text
        assert "found: OPENAI_API_KEY" in it.text


def test_a_key_that_is_kept_is_found(project: Path, home: Path) -> None:
    write(home / "config" / "credentials.yaml", "openai: sk-test-0123456789\n")
    with Screen([], cwd=project) as it:
        it.wait_for("found: credentials.yaml")
        it.wait_for("openai/gpt-6.1-sol")


def test_no_key_ever_shows(project: Path, home: Path, vendor: VendorServer, monkeypatch: pytest.MonkeyPatch) -> None:
    key(monkeypatch, "ANTHROPIC", "OPENAI")
    with Screen([], cwd=project) as it:
        it.wait_for(USE)
        it.send(ENTER)
        it.wait_for(READY)
        assert "test-0123456789" not in it.text
    kept = [path for path in home.rglob("*") if path.is_file()]
    assert [path for path in kept if b"test-0123456789" in path.read_bytes()] == []
    assert os.environ["OPENAI_API_KEY"].endswith("test-0123456789")
