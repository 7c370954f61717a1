from __future__ import annotations

from pathlib import Path

import pytest

from enforcer.agent.memory import MAX_BYTES, Memory, read_memory

NAMES = ("AGENTS.md", "CLAUDE.md")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "src" / "deep").mkdir(parents=True)
    return root


def read(root: Path, cwd: Path | None = None, *, user: Path | None = None, outside: bool = False) -> Memory:
    return read_memory(cwd or root, root, NAMES, user=user, outside=outside)


def test_the_nearest_file_comes_last(project: Path) -> None:
    (project / "AGENTS.md").write_text("from the root")
    (project / "src" / "AGENTS.md").write_text("from src")
    text = read(project, project / "src" / "deep").text
    assert text == "## AGENTS.md\nfrom the root\n\n## src/AGENTS.md\nfrom src"


def test_claude_md_is_read_where_there_is_no_agents_md(project: Path) -> None:
    (project / "CLAUDE.md").write_text("old friend")
    assert "old friend" in read(project).text


def test_agents_md_wins_in_its_own_folder(project: Path) -> None:
    (project / "AGENTS.md").write_text("new")
    (project / "CLAUDE.md").write_text("old")
    assert "old" not in read(project).text


def test_folders_above_the_project_are_not_read(project: Path) -> None:
    (project.parent / "AGENTS.md").write_text("not ours")
    assert read(project).text == ""


def test_the_users_own_file_comes_first(project: Path, tmp_path: Path) -> None:
    user = tmp_path / "config"
    user.mkdir()
    (user / "AGENTS.md").write_text("mine")
    (project / "AGENTS.md").write_text("theirs")
    text = read(project, user=user).text
    assert text.index("mine") < text.index("theirs")


def test_an_import_on_its_own_line_is_replaced_by_the_file(project: Path) -> None:
    (project / "CLAUDE.md").write_text("before\n@AGENTS-shared.md\nafter")
    (project / "AGENTS-shared.md").write_text("shared")
    assert read(project).text == "## CLAUDE.md\nbefore\nshared\nafter"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("@/etc/passwd", "lies outside the project"),
        ("@~/.ssh/id_rsa", "lies outside the project"),
        ("@../secret.md", "lies outside the project"),
        ("@missing.md", "is not a file"),
        ("@AGENTS.md", "imports itself"),
    ],
    ids=["REPO-017 absolute", "REPO-017 home", "REPO-017 parent", "missing", "cycle"],
)
def test_an_import_that_is_not_followed_is_named_and_left_as_written(project: Path, line: str, reason: str) -> None:
    (project.parent / "secret.md").write_text("SECRET")
    (project / "AGENTS.md").write_text(f"{line}\n")
    memory = read(project)
    assert memory.text == f"## AGENTS.md\n{line}"
    assert reason in memory.notices[0]


def test_a_trusted_project_may_import_from_outside(project: Path) -> None:
    (project.parent / "shared.md").write_text("shared")
    (project / "AGENTS.md").write_text("@../shared.md")
    assert "shared" in read(project, outside=True).text


def test_a_link_that_leads_out_of_the_project_is_outside(project: Path) -> None:
    (project.parent / "secret.md").write_text("SECRET")
    (project / "link.md").symlink_to(project.parent / "secret.md")
    (project / "AGENTS.md").write_text("@link.md")
    assert "SECRET" not in read(project).text


def test_an_import_inside_a_code_block_is_an_example(project: Path) -> None:
    (project / "b.md").write_text("B")
    (project / "AGENTS.md").write_text("```\n@b.md\n```\n@b.md")
    assert read(project).text == "## AGENTS.md\n```\n@b.md\n```\nB"


def test_fifty_imports_deep_ends_and_says_so(project: Path) -> None:
    (project / "AGENTS.md").write_text("@m0.md")
    for n in range(50):
        (project / f"m{n}.md").write_text(f"level {n}\n@m{n + 1}.md")
    memory = read(project)
    assert "level 3" in memory.text
    assert "level 5" not in memory.text
    assert "more than 5 imports deep" in memory.notices[0]


def test_a_huge_file_is_cut_and_named(project: Path) -> None:
    (project / "AGENTS.md").write_text("x" * (MAX_BYTES + 1))
    memory = read(project)
    assert len(memory.text) < MAX_BYTES + 100
    assert "only the first 100,000 are used" in memory.notices[0]


def test_a_byte_order_mark_and_windows_line_ends_are_read(project: Path) -> None:
    (project / "AGENTS.md").write_bytes(b"\xef\xbb\xbfone\r\ntwo\r\n")
    assert read(project).text == "## AGENTS.md\none\ntwo"


def test_an_instruction_file_that_is_a_link_out_of_the_project_is_left_out(project: Path) -> None:
    (project.parent / "id_rsa").write_text("PRIVATE KEY")
    (project / "AGENTS.md").symlink_to(project.parent / "id_rsa")
    memory = read(project)
    assert memory.text == ""
    assert memory.notices == ("AGENTS.md lies outside the project; left out",)


def test_a_file_that_may_not_be_read_is_no_instruction_either(project: Path) -> None:
    (project / "AGENTS.md").write_text("@.env")
    (project / ".env").write_text("TOKEN=1")
    memory = read_memory(project, project, NAMES, denied=lambda path: path.name == ".env")
    assert memory.text == "## AGENTS.md\n@.env"
    assert memory.notices == ("AGENTS.md: @.env may not be read; left out",)


def test_the_users_own_file_may_be_a_link(project: Path, tmp_path: Path) -> None:
    config, dotfiles = tmp_path / "config", tmp_path / "dotfiles"
    config.mkdir()
    dotfiles.write_text("mine")
    (config / "AGENTS.md").symlink_to(dotfiles)
    assert "mine" in read(project, user=config).text
