"""Images that come in from outside of a prompt: by flag, and from the clipboard."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from enforcer.core.errors import ToolError, UsageError
from enforcer.core.messages import Image
from enforcer.lanes.mentions import MOST_IMAGES, too_many
from enforcer.session.pictures import paste
from enforcer.tools.images import LARGEST_BYTES, image_of, too_large
from enforcer.ui.clipboard import clipboard_image
from enforcer.ui.prompt import Paste


def given_images(names: Sequence[str]) -> tuple[Image, ...]:
    """Those of `--image`. Raises: UsageError."""
    if len(names) > MOST_IMAGES:
        raise UsageError(too_many(len(names)))
    return tuple(_given(Path(name).expanduser()) for name in names)


def pasted_image(session: Path) -> Paste:
    """The image of the clipboard as a file of the session, mentioned by its name."""
    try:
        data = clipboard_image(os.environ)
        image_of(data, "the image in the clipboard")
    except (UsageError, ToolError) as error:
        return Paste(said=str(error))
    return Paste(f"@{paste(session, data)} ")


def _given(path: Path) -> Image:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):  # a pipe would wait for its writer, and a device may never end
            raise UsageError(f"--image {path} is not a plain file; check the path")
        if found.st_size > LARGEST_BYTES:
            raise ToolError(too_large(path, found.st_size))
        return image_of(path.read_bytes(), path)
    except OSError as error:
        raise UsageError(f"--image {path} cannot be read ({error.strerror}); check the path") from error
    except ToolError as error:
        raise UsageError(f"--image: {error}") from error
