"""Where things live: the person's config and data, and the root of a project. Creates nothing unless told to."""

from __future__ import annotations

import hashlib
import os
import pwd
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from enforcer.core.errors import UsageError

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600


@dataclass(frozen=True, slots=True)
class Paths:
    """`config` has what the person wrote, `data` what Enforcer keeps."""

    config: Path
    data: Path

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Paths:
        """Raises: UsageError naming the variable that is missing or cannot be used."""
        return cls(
            _place(env, "ENFORCER_CONFIG_DIR", "XDG_CONFIG_HOME", ".config"),
            _place(env, "ENFORCER_DATA_DIR", "XDG_DATA_HOME", ".local/share"),
        )

    @property
    def config_file(self) -> Path:
        return self.config / "config.yaml"

    @property
    def credentials(self) -> Path:
        return self.config / "credentials.yaml"

    def project(self, root: Path) -> Path:
        """The data folder of one project."""
        return self.data / "projects" / project_slug(root)


def home_of(env: Mapping[str, str]) -> Path:
    """The home folder, from the user database when HOME is unset. Raises: UsageError."""
    if env.get("HOME"):
        return Path(env["HOME"])
    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        raise UsageError(
            "there is no home folder: HOME is not set; set HOME, or both ENFORCER_CONFIG_DIR and ENFORCER_DATA_DIR"
        ) from None


def private_folder(path: Path) -> Path:
    """Make a folder and the missing ones above it, each 0700 whatever the umask. Raises: UsageError."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    try:
        for folder in reversed(missing):
            folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
            folder.chmod(PRIVATE_FOLDER)
    except OSError as error:
        raise UsageError(
            f"the folder {path} cannot be made ({error.strerror}); "
            "set ENFORCER_CONFIG_DIR and ENFORCER_DATA_DIR to folders you may write to"
        ) from error
    return path


def project_root(cwd: Path) -> Path:
    """The nearest folder with a `.git`, resolved; without one, `cwd`.

    A `.git` file is taken as a mark only: what it points to could be another repository's folder.
    """
    here = cwd.resolve()
    return next((folder for folder in (here, *here.parents) if os.path.lexists(folder / ".git")), here)


def project_slug(root: Path) -> str:
    """A readable folder name, unique for the whole path: `enforcer-3f2a9c1d`."""
    digest = hashlib.sha256(os.fsencode(root)).hexdigest()[:8]
    name = re.sub(r"[^A-Za-z0-9._]+", "-", root.name).strip("-.")[:40]
    return f"{name or 'root'}-{digest}"


def _place(env: Mapping[str, str], ours: str, xdg: str, below_home: str) -> Path:
    if env.get(ours):
        return _absolute(ours, env[ours], env)
    base = Path(env.get(xdg, ""))
    if not base.is_absolute():  # the XDG rules: a relative path is ignored
        base = home_of(env) / below_home
    return base / "enforcer"


def _absolute(name: str, text: str, env: Mapping[str, str]) -> Path:
    path = home_of(env) / text[2:] if text.startswith("~/") else Path(text)
    if not path.is_absolute():
        raise UsageError(f"{name} is '{text}', which depends on the folder you are in; set it to an absolute path")
    return path
