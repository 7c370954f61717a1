"""Where things live."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from enforcer.config.paths import Paths, private_folder, project_root, project_slug
from enforcer.core.errors import UsageError


@pytest.mark.parametrize(
    ("env", "config", "data"),
    [
        pytest.param({"HOME": "/h"}, "/h/.config/enforcer", "/h/.local/share/enforcer", id="home"),
        pytest.param(
            {"HOME": "/h", "XDG_CONFIG_HOME": "/c", "XDG_DATA_HOME": "/d"}, "/c/enforcer", "/d/enforcer", id="XDG"
        ),
        pytest.param(
            {"HOME": "/h", "XDG_CONFIG_HOME": "c"}, "/h/.config/enforcer", "/h/.local/share/enforcer", id="relative XDG"
        ),
        pytest.param(
            {"HOME": "/h", "XDG_CONFIG_HOME": "/c", "ENFORCER_CONFIG_DIR": "/e", "ENFORCER_DATA_DIR": "~/f"},
            "/e",
            "/h/f",
            id="our own",
        ),
        pytest.param(
            {"ENFORCER_CONFIG_DIR": "/e", "ENFORCER_DATA_DIR": "/f"}, "/e", "/f", id="CONF-015 no HOME needed"
        ),
    ],
)
def test_folders_come_from_the_environment(env: dict[str, str], config: str, data: str) -> None:
    assert Paths.from_env(env) == Paths(Path(config), Path(data))


def test_without_home_the_user_database_is_asked_conf_015() -> None:
    assert Paths.from_env({}).config.is_absolute()


def test_a_config_folder_that_depends_on_the_working_folder_is_refused_repo_018() -> None:
    with pytest.raises(UsageError) as refused:
        Paths.from_env({"HOME": "/h", "ENFORCER_CONFIG_DIR": "./.enforcer"})
    assert str(refused.value) == (
        "ENFORCER_CONFIG_DIR is './.enforcer', which depends on the folder you are in; set it to an absolute path"
    )


def test_a_dot_env_file_of_a_repository_moves_nothing_repo_018(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("ENFORCER_CONFIG_DIR=/evil\nHOME=/evil\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert Paths.from_env({"HOME": "/h"}).config == Path("/h/.config/enforcer")


def test_a_folder_that_cannot_be_made_is_named_with_what_to_set_conf_015(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file, so that not even root can make a folder in it", encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        private_folder(tmp_path / "home" / "data")
    assert str(refused.value) == (
        f"the folder {tmp_path / 'home' / 'data'} cannot be made (Not a directory); "
        "set ENFORCER_CONFIG_DIR and ENFORCER_DATA_DIR to folders you may write to"
    )


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777], ids=oct)
def test_every_folder_that_is_made_is_private(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        private_folder(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "a", tmp_path / "a" / "b")] == [0o700, 0o700]


def test_a_folder_that_is_there_already_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(mode=0o755)
    private_folder(tmp_path / "a")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o755


def test_the_root_is_the_nearest_folder_with_a_repository(tmp_path: Path) -> None:
    (tmp_path / "outer/.git").mkdir(parents=True)
    (tmp_path / "outer/inner/.git").mkdir(parents=True)
    (tmp_path / "outer/inner/src").mkdir()
    assert project_root(tmp_path / "outer/inner/src") == tmp_path / "outer/inner"


def test_without_a_repository_the_working_folder_is_the_root(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    assert project_root(tmp_path / "plain") == tmp_path / "plain"


def test_the_pointer_of_a_git_file_is_never_followed(tmp_path: Path) -> None:
    (tmp_path / "trusted/.git").mkdir(parents=True)
    (tmp_path / "hostile").mkdir()
    (tmp_path / "hostile/.git").write_text(f"gitdir: {tmp_path}/trusted/.git\n", encoding="utf-8")
    assert project_root(tmp_path / "hostile") == tmp_path / "hostile"


def test_a_link_to_a_project_is_the_project(tmp_path: Path) -> None:
    (tmp_path / "real/.git").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert project_root(tmp_path / "link") == tmp_path / "real"


@pytest.mark.parametrize(
    ("root", "readable"),
    [("/src/kettle", "kettle-"), ("/", "root-"), ("/src/my app (2)", "my-app-2-"), ("/src/日本", "root-")],
)
def test_the_slug_of_a_project_can_be_read(root: str, readable: str) -> None:
    assert project_slug(Path(root)).rpartition("-")[0] + "-" == readable


def test_two_projects_of_one_name_have_different_slugs() -> None:
    assert project_slug(Path("/a/kettle")) != project_slug(Path("/b/kettle"))


def test_a_path_that_is_not_text_has_a_slug() -> None:
    assert project_slug(Path(os.fsdecode(b"/a/\xff"))).startswith("root-")
