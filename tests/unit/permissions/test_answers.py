from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from enforcer.core.errors import EnforcerError
from enforcer.permissions.answers import Answers


def test_an_answer_is_there_in_the_next_session(tmp_path: Path) -> None:
    Answers(tmp_path / "answers.json").add(["Bash(npm test)"])
    assert [str(rule) for rule in Answers(tmp_path / "answers.json").rules().allow] == ["Bash(npm test)"]


def test_the_same_answer_is_kept_once(tmp_path: Path) -> None:
    answers = Answers(tmp_path / "answers.json")
    answers.add(["Edit", "Bash(make)"])
    answers.add(["Edit"])
    assert len(answers.rules().allow) == 2


def test_the_file_is_private(tmp_path: Path) -> None:
    answers = Answers(tmp_path / "folder" / "answers.json")
    answers.add(["Edit"])
    assert stat.S_IMODE(answers.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(answers.path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("text", ["{", "[]", '{"allow": 3}'], ids=["torn", "a list", "a number"])
def test_a_broken_file_is_named_and_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "answers.json"
    path.write_text(text)
    with pytest.raises(EnforcerError, match=r"answers\.json cannot be read"):
        Answers(path).rules()
    assert path.read_text() == text


def test_twenty_processes_add_their_answers_at_once_conc_005(tmp_path: Path) -> None:
    path = tmp_path / "answers.json"
    program = "import sys, pathlib; from enforcer.permissions.answers import Answers; "
    program += "Answers(pathlib.Path(sys.argv[1])).add([f'Bash(make {sys.argv[2]})'])"
    running = [subprocess.Popen([sys.executable, "-c", program, str(path), str(n)]) for n in range(20)]
    assert [process.wait() for process in running] == [0] * 20
    assert {str(rule) for rule in Answers(path).rules().allow} == {f"Bash(make {n})" for n in range(20)}
