"""New skills: the same request gives the same bytes, and no request writes outside of its folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from enforcer.core.errors import EnforcerError, ExitCode, UsageError
from enforcer.core.lanes import Lane
from enforcer.skills.parse import Level, Skill, load
from enforcer.skills.scaffold import NewSkill, Template, parse_functions, render, scaffold
from enforcer.skills.validate import validate

SNAPSHOTS = Path(__file__).parent / "snapshots"
REQUESTS = [
    pytest.param(NewSkill("plain"), id="plain"),
    pytest.param(NewSkill("no-lane", "Deploys the service.", "none"), id="no-lane"),
    pytest.param(
        NewSkill(
            "launch",
            'Use it: "launch" day, 50 % off, #1 & <b>',
            Lane.CREATIVE,
            {"draft": Lane.CREATIVE, "check": Lane.ANALYTICAL},
            Template.WORKFLOW,
        ),
        id="launch",
    ),
    pytest.param(NewSkill("empty-flow", "Works.", template=Template.WORKFLOW), id="empty-flow"),
    pytest.param(NewSkill("handed-over", "Delegates.", Lane.ANALYTICAL, {}, Template.DELEGATING), id="handed-over"),
    pytest.param(NewSkill("by-default", "Delegates.", template=Template.DELEGATING), id="by-default"),
]


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("new", REQUESTS)
def test_the_same_request_gives_the_bytes_of_its_snapshot(tmp_path: Path, new: NewSkill) -> None:
    scaffold(new, tmp_path)
    assert files_below(tmp_path / new.name) == files_below(SNAPSHOTS / new.name)


@pytest.mark.parametrize("new", REQUESTS)
def test_what_is_made_is_valid_and_means_what_was_asked_for(tmp_path: Path, new: NewSkill) -> None:
    scaffold(new, tmp_path)
    made = load(tmp_path / new.name / "SKILL.md", Level.PROJECT)
    assert validate(tmp_path / new.name) == ()
    assert isinstance(made, Skill)
    assert (made.name, made.functions, made.warnings) == (new.name, new.functions, ())
    assert made.lane == (new.lane or (Lane.CREATIVE if new.template is Template.DELEGATING else None))


@pytest.mark.parametrize("new", REQUESTS)
def test_a_new_skill_is_short(new: NewSkill) -> None:
    assert render(new)["SKILL.md"].count("\n") <= 60


def test_template_code_in_a_description_stays_text() -> None:
    """REPO-015"""
    text = render(NewSkill("notes", "{{ ''.__class__.__mro__ }} {% include '/etc/passwd' %}"))["SKILL.md"]
    assert "description: \"{{ ''.__class__.__mro__ }} {% include '/etc/passwd' %}\"\n" in text


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("../../x", id="CONF-010 ../../x"),
        pytest.param("CON", id="CONF-010 CON"),
        pytest.param("con", id="CONF-010 con"),
        pytest.param("a/b", id="CONF-010 a/b"),
        pytest.param("n" * 300, id="CONF-010 300 characters"),
        pytest.param("/tmp/x", id="absolute"),
        pytest.param("..", id="the folder above"),
        pytest.param("", id="empty"),
    ],
)
def test_a_name_that_could_lead_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        NewSkill(name)
    assert "cannot name a skill" in str(caught.value)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(
            lambda: NewSkill("a", "x" * 1025), "the description is longer than 1024 characters; shorten it", id="long"
        ),
        pytest.param(
            lambda: NewSkill("a", functions={"a b": Lane.CREATIVE}),
            "'a b' cannot name a function: only lower-case letters, digits and single hyphens between them "
            "are allowed; try a name like draft",
            id="function",
        ),
        pytest.param(
            lambda: NewSkill("a", lane="none", template=Template.DELEGATING),
            "the delegating template needs a lane; use --lane creative or --lane analytical",
            id="nobody to delegate to",
        ),
        pytest.param(
            lambda: parse_functions(["draft"]),
            "'draft' is no function; write it as name=creative, name=analytical or name=none",
            id="no lane",
        ),
        pytest.param(
            lambda: parse_functions(["a=none", "a=creative"]), "the function a is given twice; name it once", id="twice"
        ),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(make: object, message: str) -> None:
    assert callable(make)
    with pytest.raises(UsageError) as caught:
        make()
    assert str(caught.value) == message


def test_functions_keep_their_order() -> None:
    assert list(parse_functions(["draft=creative", "check=analytical", "send=none"]).items()) == [
        ("draft", Lane.CREATIVE),
        ("check", Lane.ANALYTICAL),
        ("send", "none"),
    ]


def test_a_skill_that_exists_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    with pytest.raises(EnforcerError) as caught:
        scaffold(NewSkill("notes"), tmp_path)
    assert caught.value.exit_code is ExitCode.RUN_ERROR
    assert list((tmp_path / "notes").iterdir()) == []


def test_force_writes_over_the_template_s_files_and_removes_nothing(tmp_path: Path) -> None:
    scaffold(NewSkill("notes", "old"), tmp_path)
    (tmp_path / "notes" / "mine.md").write_text("mine", encoding="utf-8")
    scaffold(NewSkill("notes", "new"), tmp_path, force=True)
    assert 'description: "new"' in (tmp_path / "notes" / "SKILL.md").read_text(encoding="utf-8")
    assert (tmp_path / "notes" / "mine.md").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("link", ["notes", "notes/SKILL.md", "notes/references"])
def test_force_follows_no_link(tmp_path: Path, link: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / link).parent.mkdir(exist_ok=True)
    (tmp_path / link).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(EnforcerError, match="is a link; remove it first"):
        scaffold(NewSkill("notes"), tmp_path, force=True)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EnforcerError) as caught:
        scaffold(NewSkill("notes"), tmp_path / "file")
    assert str(caught.value) == (
        f"{tmp_path / 'file' / 'notes'} cannot be written: Not a directory; choose another folder by --path"
    )
