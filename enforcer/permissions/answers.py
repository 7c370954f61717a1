"""The person's own "yes, always" answers for one project: kept with the person, not in the repository."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from filelock import FileLock

from enforcer.core.errors import EnforcerError
from enforcer.permissions.rules import RuleSet

ORIGIN = "your answer"


class Answers:
    """A private JSON file with a list of allow rules; several sessions may add to it at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rules(self) -> RuleSet:
        """Raises: EnforcerError when the file cannot be read."""
        return RuleSet.parse(allow=self._read(), origin=ORIGIN)

    def add(self, rules: Iterable[str]) -> None:
        """Raises: EnforcerError; the file is whole, old or new, whatever happens."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with FileLock(f"{self.path}.lock", mode=0o600):
                self._write(dict.fromkeys([*self._read(), *rules]))
        except OSError as error:
            raise EnforcerError(f"{self.path} cannot be written ({error.strerror}); the answer was not kept") from error

    def _read(self) -> list[str]:
        try:
            data = json.loads(self.path.read_text("utf-8"))
            return [str(rule) for rule in data["allow"]]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EnforcerError(f"{self.path} cannot be read ({error}); mend or remove it") from error

    def _write(self, rules: Iterable[str]) -> None:
        descriptor, name = tempfile.mkstemp(dir=self.path.parent, prefix=".answers-")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({"allow": list(rules)}, file, indent=1)
        Path(name).replace(self.path)
