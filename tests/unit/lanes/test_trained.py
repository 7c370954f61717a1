"""The classifier with its weights: what is loaded when, and what is said when a part is broken."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

import pytest

from enforcer.core.lanes import Lane
from enforcer.lanes import trained
from enforcer.lanes.learned import CARD, ENCODER, FOLDER, TABLE, LearnedClassifier
from enforcer.lanes.local import RuleClassifier
from enforcer.lanes.trained import LateEncoder, one_thread

ANEW = "the trained lane classifier cannot be used, simple rules decide instead; install Enforcer anew: "


def nothing(text: str) -> None:
    raise AssertionError(text)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    folder = tmp_path / "weights"
    shutil.copytree(FOLDER, folder)
    return folder


def test_the_weights_that_come_with_the_package_decide() -> None:
    found = trained.local(nothing)
    found.read_ahead()
    assert isinstance(found.classifier, LearnedClassifier)
    assert found.classifier.predict("write a poem about the sea").lane is Lane.CREATIVE
    assert found.problem == ""


@pytest.mark.parametrize("part", [CARD, TABLE])
@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff\xfe"], ids=["gone", "empty", "braces", "bytes"])
def test_a_broken_small_part_leaves_the_rules(weights: Path, part: str, content: bytes | None) -> None:
    (weights / part).unlink()
    if content is not None:
        (weights / part).write_bytes(content)
    found = trained.local(nothing, weights)
    assert isinstance(found.classifier, RuleClassifier)
    assert found.problem.startswith(ANEW)
    assert "\n" not in found.problem


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff" * 64], ids=["gone", "empty", "braces", "bytes"])
def test_a_broken_encoder_leaves_the_rules_and_says_so_once_and_only_when_needed(
    weights: Path, content: bytes | None
) -> None:
    (weights / ENCODER).unlink()
    if content is not None:
        (weights / ENCODER).write_bytes(content)
    said: list[str] = []
    found = trained.local(said.append, weights)
    found.read_ahead()
    assert said == []
    for prompt in ("something about the thing over there", "and that other thing"):
        found.classifier.predict(prompt)
    assert len(said) == 1
    assert said[0].startswith(ANEW)


def test_who_needs_the_encoder_meanwhile_waits_for_it() -> None:
    late = LateEncoder(FOLDER / ENCODER, nothing)
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(late())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len({id(voice) for voice in found}) == 1


def test_numpy_s_threads_are_set_while_it_loads_and_not_for_those_we_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    with one_thread():
        assert (os.environ["OMP_NUM_THREADS"], os.environ["OPENBLAS_NUM_THREADS"]) == ("1", "1")
    assert os.environ["OMP_NUM_THREADS"] == "3"
    assert "OPENBLAS_NUM_THREADS" not in os.environ
