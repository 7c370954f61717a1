"""Images by flag: one sentence for each that cannot be shown, and nothing that never ends is opened."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from enforcer.cli.pictures import given_images
from enforcer.core.errors import UsageError

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize("name", ["/dev/zero", "pipe", "."])
def test_what_is_no_plain_file_is_not_opened(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError) as refused:
        given_images([str(tmp_path / name)])
    assert str(refused.value) == f"--image {tmp_path / name} is not a plain file; check the path"


def test_too_many_images_are_told_before_anything_is_sent(tmp_path: Path) -> None:
    (tmp_path / "dot.png").write_bytes(PNG)
    assert len(given_images([str(tmp_path / "dot.png")] * 20)) == 20
    with pytest.raises(UsageError) as refused:
        given_images([str(tmp_path / "dot.png")] * 21)
    assert str(refused.value) == "a prompt takes 20 images at most, and this one has 21; leave some out"
