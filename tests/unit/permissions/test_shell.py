from __future__ import annotations

import pytest

from enforcer.permissions.shell import MAX_CHARS, Simple, parse, raw_segments


@pytest.mark.parametrize(
    ("text", "argv"),
    [
        ("ls -la  src/", ["ls", "-la", "src/"]),
        ("cu''rl x", ["curl", "x"]),
        ("echo 'a b'\"c d\"e\\ f", ["echo", "a bc de f"]),
        ('echo "a \\"b\\" \\\\ \\n"', ["echo", 'a "b" \\ \\n']),
        ("echo ~ ~/x '~'", ["echo", "/h/u", "/h/u/x", "~"]),
        ("git diff HEAD~1 HEAD^", ["git", "diff", "HEAD~1", "HEAD^"]),
        ("xargs -I{} curl {}", ["xargs", "-I{}", "curl", "{}"]),
        ("find . \\( -name x \\)", ["find", ".", "(", "-name", "x", ")"]),
        ("echo a#b # c", ["echo", "a#b"]),
        ("echo 'two\nlines'", ["echo", "two\nlines"]),
        ("echo größe", ["echo", "größe"]),
        ('echo ""', ["echo", ""]),
    ],
)
def test_quoting_is_resolved_as_the_shell_would(text: str, argv: list[str]) -> None:
    commands = parse(text, "/h/u")
    assert commands is not None
    assert [list(command.argv) for command in commands] == [argv]


def test_commands_remember_what_joined_them() -> None:
    assert parse("a && b || c; d | e\nf |& g;", "/h/u") == (
        Simple(("a",), ""),
        Simple(("b",), "&&"),
        Simple(("c",), "||"),
        Simple(("d",), ";"),
        Simple(("e",), "|"),
        Simple(("f",), "\n"),
        Simple(("g",), "|&"),
    )


@pytest.mark.parametrize(
    ("text", "reads", "writes"),
    [
        ("a > out", (), ("out",)),
        ("a>>out 2>err", (), ("out", "err")),
        ("a >| out", (), ("out",)),
        ("a &> out", (), ("out",)),
        ("a &>> out", (), ("out",)),
        ("a >&out", (), ("out",)),
        ("a >&2x", (), ("2x",)),
        ("a < in", ("in",), ()),
        ("< in a", ("in",), ()),
        ("a > ~/x", (), ("/h/u/x",)),
        ("a 2>&1 >/dev/null 2>/dev/null", (), ()),
    ],
)
def test_redirects_name_the_files_they_touch(text: str, reads: tuple[str, ...], writes: tuple[str, ...]) -> None:
    assert parse(text, "/h/u") == (Simple(("a",), "", reads, writes),)


@pytest.mark.parametrize(
    "text",
    [
        "echo $x",
        "echo $(x)",
        "echo `x`",
        'echo "$x"',
        "echo $'a'",
        "a & b",
        "a &",
        "(a)",
        "{ a; }",
        "a() { b; }",
        "x=1 a",
        "x=1",
        "x+=1 a",
        "if a; then b; fi",
        "while a; do b; done",
        "! a",
        "[[ a ]]",
        "ls *",
        "ls ?",
        "ls [ab]",
        "ls {a,b}",
        "ls ~root",
        "make x=~/y",
        "PATH=x:~/y",
        "a <<EOF\nx\nEOF",
        "a <<< x",
        "diff <(a) b",
        "a >(b)",
        "a 12>f",
        "a >&-extra|",
        "echo 'open",
        'echo "open',
        "echo \\",
        "echo \\\n x",
        'echo "a\\\nb"',
        "a &&",
        "| a",
        "a ;; b",
        "> out",
        "a >",
        "a \x07",
        "a \r",
        "a \u202e",
        "a\u00a0b",
        "a\u200bb",
        "a \ud800",
        "'' x",
    ],
)
def test_everything_else_is_not_plain(text: str) -> None:
    assert parse(text, "/h/u") is None


def test_text_over_the_limit_is_not_plain_whatever_it_says() -> None:
    assert parse("echo " + "a" * (MAX_CHARS - 5), "/h/u") is not None
    assert parse("echo " + "a" * (MAX_CHARS - 4), "/h/u") is None


def test_an_empty_command_has_no_parts() -> None:
    assert parse(" \n # nothing\n", "/h/u") == ()


def test_tangled_text_still_gives_its_words() -> None:
    assert raw_segments("if a; then (r'm' -rf \"$HOME\"); fi") == [
        ["if", "a"],
        ["then"],
        ["rm", "-rf", "$HOME"],
        ["fi"],
    ]
