"""`enforcer auth`: keys come in by a pipe, stay private, and are never said again."""

from __future__ import annotations

import json
import stat
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from enforcer.cli.main import run
from tests.servers.vendor import Reply, VendorServer

KEY = "sk-ant-0123456789-abcdefgh-WXYZ"


class Auth:
    """Runs the command with text in its pipe."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys, self._monkeypatch = capsys, monkeypatch

    def __call__(self, *arguments: str, stdin: bytes = b"") -> tuple[int, str]:
        self._monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(stdin)))
        code = run(["auth", *arguments])
        printed = self._capsys.readouterr()
        return code, printed.out + printed.err


@pytest.fixture
def auth(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Auth:
    monkeypatch.chdir(tmp_path)
    return Auth(capsys, monkeypatch)


@pytest.fixture
def file(home: Path) -> Path:
    return home / "config" / "credentials.yaml"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> VendorServer:
    with VendorServer() as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.anthropic_url)
        yield server


def test_a_key_from_a_pipe_is_kept_and_not_repeated_secr_006(auth: Auth, file: Path) -> None:
    assert auth("set", "anthropic", stdin=f' "{KEY}"\r\n'.encode()) == (0, f"kept: the key for anthropic in {file}\n")
    assert file.read_text("utf-8") == f"anthropic: {KEY}\n"
    assert [stat.S_IMODE(path.stat().st_mode) for path in (file, file.parent)] == [0o600, 0o700]


def test_what_is_longer_than_any_key_is_not_cut_and_kept(auth: Auth, file: Path) -> None:
    auth("set", "anthropic", stdin=KEY.encode())
    said = "enforcer: this is longer than any key; nothing was changed\n"
    assert auth("set", "anthropic", stdin=b"A" * 10_001) == (2, said)
    assert file.read_text("utf-8") == f"anthropic: {KEY}\n"


def test_another_key_replaces_its_own_line_alone(auth: Auth, file: Path) -> None:
    auth("set", "anthropic", stdin=KEY.encode())
    file.write_text("# from the team's account\n" + file.read_text("utf-8") + "openai: sk-abcdefgh\n", "utf-8")
    auth("set", "anthropic", stdin=b"sk-ant-new-0123456789")
    assert file.read_text("utf-8") == (
        "# from the team's account\nanthropic: sk-ant-new-0123456789\nopenai: sk-abcdefgh\n"
    )


@pytest.mark.parametrize(
    ("stdin", "sentence"),
    [
        pytest.param(b"", "the key is empty; copy the key again", id="nothing"),
        pytest.param(
            b"sk-ant one two",
            "the key has a blank or a line end in the middle, which no key has; copy the key again",
            id="blanks",
        ),
        pytest.param(
            "sk-ant-„quoted“".encode(), "the key has characters that no key has; copy the key again", id="quotes"
        ),
        pytest.param(b"\xff\xfe\x00sk", "the key has characters that no key has; copy the key again", id="no-text"),
        pytest.param(
            b"AIzaSyA0123456789",
            "the key for anthropic is one for google; put each key where its provider looks for it",
            id="of-another-vendor",
        ),
    ],
)
def test_what_cannot_be_the_key_is_refused_and_not_repeated_secr_006(
    auth: Auth, file: Path, stdin: bytes, sentence: str
) -> None:
    assert auth("set", "anthropic", stdin=stdin) == (2, f"enforcer: {sentence}\n")
    assert not file.exists()


@pytest.mark.parametrize(
    "arguments",
    [["set", "anthropic", KEY], ["set", KEY], ["remove", "anthropic", KEY], ["set", "AIzaSyA-0123456789abcdef"]],
    ids=["behind the provider", "instead of it", "to remove", "google's"],
)
def test_a_key_on_the_command_line_is_refused_and_not_repeated_secr_007(
    auth: Auth, file: Path, arguments: list[str]
) -> None:
    code, text = auth(*arguments)
    assert code == 2
    assert text == (
        "enforcer: a key does not belong on the command line, where other programs and your shell's history see it; "
        "type it when you are asked, or pipe it in: enforcer auth set PROVIDER < FILE. "
        "Better get a new one in its place\n"
    )
    assert not file.exists()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("antropic", "there is no provider antropic; did you mean anthropic?"),
        ("olama", "there is no provider olama; did you mean ollama?"),
        ("zzz", "there is no provider zzz; there are anthropic, openai, google and openai-compatible:NAME"),
    ],
)
def test_an_unknown_provider_names_the_nearest(auth: Auth, name: str, sentence: str) -> None:
    assert auth("set", name, stdin=KEY.encode()) == (2, f"enforcer: {sentence}\n")


def test_a_server_can_be_called_by_its_short_name(auth: Auth, file: Path) -> None:
    auth("set", "openrouter", stdin=b"sk-or-v1-0123456789")
    auth("set", "openai-compatible:my.own", stdin=b"key-0123456789")
    assert file.read_text("utf-8") == (
        "openai-compatible:openrouter: sk-or-v1-0123456789\nopenai-compatible:my.own: key-0123456789\n"
    )


def test_a_variable_that_wins_over_the_file_is_named(auth: Auth, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-of-the-environment")
    assert auth("set", "anthropic", stdin=KEY.encode()) == (
        0,
        f"kept: the key for anthropic in {file}\nANTHROPIC_API_KEY is set too, and wins over the file\n",
    )
    assert auth("remove", "anthropic") == (
        0,
        f"removed: the key for anthropic from {file}\n"
        "ANTHROPIC_API_KEY still has one; take it out of your environment yourself\n",
    )


def test_a_file_others_can_read_is_not_added_to_and_loses_nothing(auth: Auth, file: Path) -> None:
    auth("set", "anthropic", stdin=KEY.encode())
    file.chmod(0o644)
    assert auth("set", "openai", stdin=b"sk-0123456789abcdef") == (
        2,
        f"enforcer: {file} can be read by other users and is not changed; mend it with: chmod 600 {file}\n",
    )
    assert file.read_text("utf-8") == f"anthropic: {KEY}\n"


def test_a_broken_config_does_not_keep_a_key_from_being_set(auth: Auth, file: Path) -> None:
    file.parent.mkdir()
    (file.parent / "config.yaml").write_text("lanes: [", "utf-8")
    code, text = auth("set", "anthropic", stdin=KEY.encode())
    assert code == 0
    assert text.startswith(f"kept: the key for anthropic in {file}\n")
    assert f"enforcer: {file.parent}/config.yaml:2: this is not valid YAML" in text


# The list


def test_the_list_says_where_each_key_comes_from_and_shows_its_end(
    auth: Auth, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth("set", "anthropic", stdin=KEY.encode())
    monkeypatch.setenv("GOOGLE_API_KEY", "AIza-short")
    assert auth("list") == (
        0,
        "provider\tfrom\tkey\n"
        f"anthropic\t{file}\t…WXYZ\n"
        "openai\t-\tnone; set OPENAI_API_KEY, or run: enforcer auth set openai\n"
        "google\tGOOGLE_API_KEY\t…\n",
    )


def test_the_list_as_json_has_no_key(auth: Auth, file: Path) -> None:
    auth("set", "anthropic", stdin=KEY.encode())
    text = auth("list", "--json")[1]
    assert json.loads(text)[0] == {"provider": "anthropic", "from": str(file), "key": "…WXYZ", "works": None}
    assert KEY[:-4] not in text


def test_no_key_to_remove_says_so(auth: Auth, file: Path) -> None:
    assert auth("remove", "openai") == (0, f"there is no key for openai in {file}\n")


# Asking the service


def test_a_key_is_tried_before_it_is_kept(auth: Auth, file: Path, server: VendorServer) -> None:
    server.models = [{"id": "one", "type": "model", "display_name": "One", "created_at": "2026-01-01T00:00:00Z"}]
    assert auth("set", "anthropic", "--check", stdin=KEY.encode()) == (
        0,
        f"anthropic takes it: 1 model listed\nkept: the key for anthropic in {file}\n",
    )
    assert (server.listings[0].bearer, server.requests) == (KEY, [])


def test_a_key_the_service_refuses_is_not_kept(auth: Auth, file: Path, server: VendorServer) -> None:
    server.listing = Reply(status=401, body="invalid x-api-key")
    assert auth("set", "anthropic", "--check", stdin=KEY.encode()) == (
        1,
        "enforcer: anthropic refuses the key; it was not kept\n",
    )
    assert not file.exists()


def test_a_key_that_cannot_be_tried_is_kept_and_said_so(
    auth: Auth, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:1")
    code, text = auth("set", "anthropic", "--check", stdin=KEY.encode())
    assert code == 0
    assert text.startswith("it could not be checked: cannot reach anthropic at 127.0.0.1:1")
    assert file.exists()


def test_the_list_can_try_every_key(auth: Auth, server: VendorServer) -> None:
    auth("set", "anthropic", stdin=KEY.encode())
    server.listing = Reply(status=401, body="invalid x-api-key")
    code, text = auth("list", "--check")
    assert code == 1
    assert "…WXYZ anthropic refused the key from" in text
