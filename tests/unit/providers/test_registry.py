from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import enforcer.providers
from enforcer.core.errors import UsageError
from enforcer.providers.base import ProviderSettings
from enforcer.providers.registry import KINDS, TRANSPORTS, create, kind_of, known_names

SHARED = {"__init__", "base", "body", "faults", "models", "pins", "registry", "replay", "response", "retry"}
SHARED |= {
    "asked",
    "chunks",
    "concessions",
    "decisions",
    "dialects",
    "effort",
    "probe",
    "remembered",
    "sse",
    "rpc",
    "search",
    "thinktags",
    "transport",
    "vendor",
    "wire",
}


def test_every_provider_file_in_the_folder_is_registered() -> None:
    files = {path.stem for path in Path(enforcer.providers.__path__[0]).glob("*.py")}
    carriers = [target for transports in TRANSPORTS.values() for target in transports.values()]
    registered = {target.partition(":")[0].rpartition(".")[2] for target in [*KINDS.values(), *carriers]}
    assert files - SHARED == registered


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("anthropic", "anthropic"),
        ("google", "google"),
        ("openai", "openai"),
        ("openai-compatible", "chat"),
        ("openai-compatible:local", "chat"),
    ],
)
def test_a_name_gives_its_provider(name: str, kind: str) -> None:
    assert create(ProviderSettings(name, base_url="http://127.0.0.1:1/v1", key="k")).kind == kind


def test_a_scripted_provider_is_made_from_its_file(tmp_path: Path) -> None:
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text("models: {demo: []}", encoding="utf-8")
    assert create(ProviderSettings("scripted", base_url=str(scenario))).kind == "scripted"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("antropic", "'antropic' is not a provider; did you mean 'anthropic'?"),
        ("open-ai", "'open-ai' is not a provider; did you mean 'openai'?"),
        ("compatible:box", "'compatible:box' is not a provider; did you mean 'openai-compatible'?"),
        ("xyz", "'xyz' is not a provider; known are anthropic, google, openai, openai-compatible, scripted"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest_one(name: str, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        create(ProviderSettings(name))
    assert str(raised.value) == message


def test_a_provider_from_outside_is_found_by_its_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "acme_service.py").write_text(
        "class Acme:\n    kind = 'acme-wire'\n    def __init__(self, settings):\n        self.settings = settings\n",
        encoding="utf-8",
    )
    info = tmp_path / "acme_service-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-service\nVersion: 1\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[enforcer.providers]\nacme = acme_service:Acme\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert create(ProviderSettings("acme:eu")).kind == "acme-wire"


@pytest.mark.parametrize(
    "base_url", ["localhost:8080/v1", "ftp://127.0.0.1", "/v1"], ids=["no scheme", "another scheme", "a path"]
)
@pytest.mark.parametrize("name", ["anthropic", "google", "openai", "openai-compatible:local"])
def test_an_address_no_client_can_call_is_refused_at_once(name: str, base_url: str) -> None:
    with pytest.raises(UsageError) as raised:
        create(ProviderSettings(name, base_url=base_url, key="k"))
    assert str(raised.value) == (f"providers.{name}.base_url is '{base_url}'; write it like http://127.0.0.1:8080/v1")


def test_a_compatible_server_needs_an_address() -> None:
    with pytest.raises(UsageError) as raised:
        create(ProviderSettings("openai-compatible:local"))
    assert str(raised.value) == (
        "providers.openai-compatible:local.base_url is not set; write it like http://127.0.0.1:8080/v1"
    )


def test_a_kind_is_the_part_before_the_colon() -> None:
    assert [kind_of(name) for name in ("anthropic", "openai-compatible:local")] == ["anthropic", "openai-compatible"]


def test_knowing_the_names_loads_no_client() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, enforcer.providers.registry; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not {"anthropic", "openai", "httpx2", "pydantic"} & set(loaded)


def test_the_names_are_known_without_loading_a_client() -> None:
    assert known_names() == ("anthropic", "openai", "google", "openai-compatible", "scripted")
