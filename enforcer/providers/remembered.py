"""What vendors' lists of models said when they were last asked for: a file in the data folder, safe to delete."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from enforcer.config.paths import PRIVATE_FILE, private_folder
from enforcer.config.replace import alone_in, replace_text
from enforcer.core.errors import UsageError
from enforcer.providers.base import ListedModel

FILE = "models.json"  # in the data folder
VERSION = 1


@dataclass(frozen=True, slots=True)
class Listed:
    """The list of one provider; without a day it was never asked for."""

    models: tuple[ListedModel, ...] = ()
    day: date | None = None
    source: str = ""  # where it came from, for people

    def model(self, id: str) -> ListedModel | None:
        return next((model for model in self.models if model.id == id), None)


def remembered(path: Path) -> Mapping[str, Listed]:
    """By provider. A file that is missing or cannot be read says nothing: it is asked for again with --refresh."""
    try:
        content = json.loads(path.read_text("utf-8"))
        return {str(name): _listed(entry) for name, entry in content["providers"].items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def remember(path: Path, fresh: Mapping[str, Listed]) -> None:
    """Keep the lists of these providers; those of others stay. Raises: UsageError."""
    private_folder(path.parent)
    try:
        with alone_in(path.parent):
            providers = {name: _plain(listed) for name, listed in {**remembered(path), **fresh}.items()}
            text = json.dumps({"version": VERSION, "providers": providers}, ensure_ascii=False, indent=1)
            replace_text(path, f"{text}\n", PRIVATE_FILE)
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}); the lists are not kept") from error


def _plain(listed: Listed) -> dict[str, Any]:
    models: Sequence[dict[str, Any]] = [asdict(model) for model in listed.models]
    return {"day": str(listed.day or ""), "source": listed.source, "models": models}


def _listed(entry: Mapping[str, Any]) -> Listed:
    models = tuple(
        ListedModel(
            str(model["id"]), _tokens(model.get("context")), _tokens(model.get("max_output")), str(model["name"])
        )
        for model in entry["models"]
    )
    return Listed(models, date.fromisoformat(entry["day"]) if entry["day"] else None, str(entry["source"]))


def _model(entry: Mapping[str, Any]) -> ListedModel:
    return ListedModel(
        str(entry["id"]), _tokens(entry.get("context")), _tokens(entry.get("max_output")), str(entry["name"])
    )


def _tokens(value: Any) -> int | None:
    return value if isinstance(value, int) and value > 0 else None
