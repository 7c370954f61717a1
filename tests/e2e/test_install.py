"""install.sh from the outside, offline: the fakes of Python and uv note what they were asked to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ("sh", "bash", "cat", "chmod", "cp", "dirname", "env", "ln", "mkdir", "readlink", "rm", "touch", "uname")
COPIED = ("install.sh", "pyproject.toml", "requirements.lock", "requirements-dev.lock", "enforcer/__init__.py")
COPIED_TOO = ("enforcer/__main__.py", "skills/release-notes/SKILL.md", "hooks/README.md")

PYTHON = """#!/bin/sh
launchers() {
    for name in enforcer skill-builder; do
        printf '#!/bin/sh\\necho "%s $*"\\n' "$name" >"$1/$name"
        chmod 755 "$1/$name"
    done
}
case "$*" in
    "-m venv "*) echo "venv $3" >>"$LOG"; mkdir -p "$3/bin" "$3/site"; cp "$0" "$3/bin/python" ;;
    "-m pip --version") ;;
    "-m pip "*)
        shift 2
        echo "pip $*" >>"$LOG"
        [ ! -e "$LOG.broken" ] || exit 1
        case "$*" in *--no-build-isolation*) launchers "$(dirname "$0")" ;; esac ;;
    *_base_executable*) echo "$0" ;;
    *purelib*) echo "$(dirname "$(dirname "$0")")/site" ;;
    *ensurepip*) [ ! -e "$LOG.no-venv" ] ;;
    *) exec "REAL" "$@" ;;
esac
"""
UV = """#!/bin/sh
case "$1" in
    venv)
        for folder; do :; done
        echo "uv venv" >>"$LOG"
        mkdir -p "$folder/bin"
        cp "$FAKE_PYTHON" "$folder/bin/python" ;;
    pip)
        echo "uv $*" >>"$LOG"
        [ ! -e "$LOG.uv-broken" ] || exit 1
        case "$*" in *--no-build-isolation*) "$VIRTUAL_ENV/bin/python" -m pip --no-build-isolation ;; esac ;;
    *) exit 1 ;;
esac
"""


@dataclass(frozen=True)
class Machine:
    """A person's machine: a checkout, a home, a PATH with a fake Python, and the log of what was run."""

    top: Path

    @property
    def checkout(self) -> Path:
        return self.top / "my checkout"

    @property
    def home(self) -> Path:
        return self.top / "my home"

    @property
    def venv(self) -> Path:
        return self.home / ".local/share/enforcer/venv"

    @property
    def bin(self) -> Path:
        return self.home / ".local/bin"

    @property
    def log(self) -> Path:
        return self.top / "log"

    def install(self, *options: str, shell: str = "sh", **env: str) -> subprocess.CompletedProcess[str]:
        self.log.write_text("", encoding="utf-8")
        return subprocess.run(
            [shell, str(self.checkout / "install.sh"), *options],
            cwd=self.top,
            env={
                "PATH": str(self.top / "tools"),
                "HOME": str(self.home),
                "LOG": str(self.log),
                "FAKE_PYTHON": str(self.top / "tools" / "python3.12"),
                **env,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def ran(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").splitlines()

    def put(self, name: str, script: str) -> None:
        path = self.top / "tools" / name
        path.write_text(script, encoding="utf-8")
        path.chmod(0o755)

    def everything(self) -> list[str]:
        return sorted(str(path) for path in self.top.rglob("*") if path != self.log)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path)
    machine.home.mkdir()
    (tmp_path / "tools").mkdir()
    for tool in TOOLS:
        (tmp_path / "tools" / tool).symlink_to(shutil.which(tool) or f"/bin/{tool}")
    machine.put("python3.12", PYTHON.replace("REAL", os.path.realpath(sys.executable)))
    for name in (*COPIED, *COPIED_TOO):
        (machine.checkout / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, machine.checkout / name)
    (machine.checkout / "scripts").mkdir()
    (machine.checkout / "scripts/test").write_text('#!/bin/sh\necho "tests $*"\n', encoding="utf-8")
    (machine.checkout / "scripts/test").chmod(0o755)
    return machine


def pip(machine: Machine, *words: str) -> str:
    return " ".join(("pip install --quiet --disable-pip-version-check --no-input", *words))


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_first_run_makes_an_environment_and_links_the_commands(machine: Machine, shell: str) -> None:
    done = machine.install(shell=shell)
    assert (done.returncode, done.stderr) == (0, "")
    assert machine.ran() == [
        f"venv {machine.venv}",
        pip(machine, "--require-hashes -r", str(machine.checkout / "requirements.lock")),
        pip(machine, "--no-deps --no-build-isolation --force-reinstall", str(machine.checkout)),
    ]
    assert os.readlink(machine.bin / "enforcer") == str(machine.venv / "bin/enforcer")
    assert os.readlink(machine.bin / "skill-builder") == str(machine.venv / "bin/skill-builder")


def test_the_second_run_installs_nothing_and_so_needs_no_network(machine: Machine) -> None:
    machine.install()
    before = machine.everything()
    done = machine.install()
    assert done.stdout.startswith(f"Enforcer is installed and up to date in {machine.venv}.\n")
    assert (machine.ran(), machine.everything()) == ([], before)


def test_a_change_of_the_project_installs_the_project_only(machine: Machine) -> None:
    machine.install()
    (machine.checkout / "skills/release-notes/SKILL.md").write_text("changed", encoding="utf-8")
    machine.install()
    assert machine.ran() == [pip(machine, "--no-deps --no-build-isolation --force-reinstall", str(machine.checkout))]


def test_a_change_of_the_lock_makes_the_environment_anew(machine: Machine) -> None:
    machine.install()
    (machine.venv / "left-over").touch()
    (machine.checkout / "requirements.lock").write_text("# other\n", encoding="utf-8")
    machine.install()
    assert len(machine.ran()) == 3
    assert not (machine.venv / "left-over").exists()


def test_a_failed_run_says_so_and_the_next_one_starts_over(machine: Machine) -> None:
    (machine.top / "log.broken").touch()
    done = machine.install()
    assert done.returncode == 1
    assert done.stderr == (
        "install.sh: the packages could not be installed; see the lines above, then run ./install.sh again\n"
    )
    assert not (machine.bin / "enforcer").exists()
    (machine.venv / "half-made").touch()
    (machine.top / "log.broken").unlink()
    assert machine.install().returncode == 0
    assert not (machine.venv / "half-made").exists()


def test_an_environment_that_no_longer_runs_is_made_anew(machine: Machine) -> None:
    machine.install()
    (machine.venv / "bin/python").unlink()
    (machine.venv / "bin/enforcer").unlink()
    assert machine.install().returncode == 0
    assert len(machine.ran()) == 3


def test_uv_is_used_where_it_is_there(machine: Machine) -> None:
    machine.put("uv", UV)
    assert machine.install().returncode == 0
    python = machine.venv / "bin/python"
    assert machine.ran() == [
        "uv venv",
        f"uv pip install --quiet --python {python} --require-hashes -r {machine.checkout / 'requirements.lock'}",
        f"uv pip install --quiet --python {python} --no-deps --no-build-isolation --reinstall {machine.checkout}",
        "pip --no-build-isolation",
    ]


def test_pip_is_tried_when_uv_cannot(machine: Machine) -> None:
    machine.put("uv", UV)
    (machine.top / "log.uv-broken").touch()
    done = machine.install()
    assert done.returncode == 0
    assert "uv could not install them; trying pip.\n" in done.stdout
    assert pip(machine, "--require-hashes -r", str(machine.checkout / "requirements.lock")) in machine.ran()


@pytest.mark.parametrize("option", [(), ("--dev",), ("--test",), ("--demo",), ("--uninstall",)])
def test_a_dry_run_says_what_it_would_do_and_changes_nothing(machine: Machine, option: tuple[str, ...]) -> None:
    before = machine.everything()
    done = machine.install("--dry-run", *option)
    assert (done.returncode, machine.ran(), machine.everything()) == (0, [], before)
    assert all(line.startswith(("(dry run) ", "would run: ")) for line in done.stdout.splitlines())


def test_a_dry_run_of_the_removal_removes_nothing(machine: Machine) -> None:
    machine.install()
    before = machine.everything()
    done = machine.install("--uninstall", "--dry-run")
    assert f"would run: rm -rf -- {machine.venv}\n" in done.stdout
    assert machine.everything() == before


def test_uninstall_removes_what_was_made_and_keeps_the_person_s_data(machine: Machine) -> None:
    machine.install()
    ledger = machine.venv.parent / "ledger.db"
    ledger.touch()
    done = machine.install("--uninstall")
    assert done.returncode == 0
    assert f"and {ledger.parent}.\n" in done.stdout
    assert (machine.venv.exists(), ledger.exists(), list(machine.bin.iterdir())) == (False, True, [])
    assert machine.install("--uninstall").returncode == 0


def test_uninstall_leaves_what_others_made(machine: Machine) -> None:
    machine.bin.mkdir(parents=True)
    (machine.bin / "enforcer").symlink_to("/somewhere/else/enforcer")
    (machine.bin / "skill-builder").touch()
    (machine.venv / "bin").mkdir(parents=True)
    assert machine.install("--uninstall").returncode == 0
    assert (machine.bin / "enforcer").is_symlink()
    assert (machine.bin / "skill-builder").exists()
    assert (machine.venv / "bin").exists()


def test_a_command_of_another_program_is_not_replaced(machine: Machine) -> None:
    machine.bin.mkdir(parents=True)
    (machine.bin / "enforcer").touch()
    done = machine.install()
    assert (done.returncode, machine.ran()) == (1, [])
    assert done.stderr == (
        f"install.sh: {machine.bin / 'enforcer'} exists and was not made for {machine.venv.parent}; "
        "move it away or set ENFORCER_BIN\n"
    )


def test_a_folder_that_is_not_ours_is_not_filled(machine: Machine) -> None:
    machine.venv.mkdir(parents=True)
    (machine.venv / "thesis.txt").touch()
    done = machine.install()
    assert (done.returncode, machine.ran()) == (1, [])
    assert (machine.venv / "thesis.txt").exists()
    assert "exists and was not made by this script; move it away or set ENFORCER_HOME" in done.stderr


def test_the_places_can_be_chosen(machine: Machine) -> None:
    machine.install(ENFORCER_HOME=str(machine.top / "a b"), ENFORCER_BIN=str(machine.top / "c d"))
    assert os.readlink(machine.top / "c d/enforcer") == str(machine.top / "a b/venv/bin/enforcer")


@pytest.mark.parametrize("variable", ["ENFORCER_HOME", "ENFORCER_BIN"])
def test_a_place_must_be_absolute(machine: Machine, variable: str) -> None:
    done = machine.install(**{variable: "here"})
    assert (done.returncode, done.stderr) == (
        2,
        f"install.sh: {variable} is here; give it as a path that starts with /\n",
    )


def test_the_line_for_the_path_is_shown_when_it_is_missing(machine: Machine) -> None:
    assert f'  export PATH="{machine.bin}:$PATH"\n' in machine.install().stdout


def test_the_line_for_the_path_is_not_shown_when_it_is_there(machine: Machine) -> None:
    done = machine.install(PATH=f"{machine.top / 'tools'}:{machine.bin}")
    assert done.stdout.endswith("Start it with: enforcer\n")
    assert "export PATH" not in done.stdout


def test_demo_installs_and_then_runs_the_demo(machine: Machine) -> None:
    assert machine.install("--demo").stdout.endswith("\nenforcer demo\n")


def test_a_failed_installation_runs_no_demo(machine: Machine) -> None:
    (machine.top / "log.broken").touch()
    done = machine.install("--demo")
    assert done.returncode == 1
    assert "enforcer demo" not in done.stdout


def test_test_makes_the_development_environment_and_runs_every_test(machine: Machine) -> None:
    done = machine.install("--test")
    venv = machine.checkout / ".venv"
    assert done.stdout.endswith(f"The development environment is ready in {venv}.\ntests --all\n")
    assert machine.ran() == [
        f"venv {venv}",
        pip(machine, "--require-hashes -r", str(machine.checkout / "requirements-dev.lock")),
    ]
    assert (venv / "site/enforcer-checkout.pth").read_text(encoding="utf-8") == f"{machine.checkout}\n"
    machine.install("--test")
    assert machine.ran() == []


def test_a_developer_s_own_environment_is_used_and_runs_the_checkout(machine: Machine) -> None:
    venv = machine.checkout / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True, timeout=120)
    (venv / "mine").touch()
    machine.put("uv", UV)
    assert machine.install("--dev").returncode == 0
    done = subprocess.run(
        [venv / "bin/enforcer", "--version"], capture_output=True, text=True, check=True, timeout=60, cwd=machine.top
    )
    assert done.stdout.startswith("enforcer ")
    assert (venv / "mine").exists()


def test_a_machine_without_python_is_told_what_is_missing(machine: Machine) -> None:
    (machine.top / "tools/python3.12").unlink()
    done = machine.install()
    assert done.returncode == 1
    assert done.stderr.startswith("install.sh: Enforcer needs Python 3.11, 3.12 or 3.13 and none was found; ")


def test_a_python_that_is_too_old_or_does_not_start_is_passed_over(machine: Machine) -> None:
    machine.put("python3.13", "#!/bin/sh\nexit 127\n")
    assert machine.install().returncode == 0
    (machine.top / "tools/python3.12").unlink()
    machine.put("python3", "#!/bin/sh\nexit 1\n")
    assert machine.install().returncode == 1


def test_a_python_without_venv_is_told_the_package_of_debian(machine: Machine) -> None:
    (machine.top / "log.no-venv").touch()
    done = machine.install()
    assert done.returncode == 1
    assert done.stderr == (
        "install.sh: python3.12 cannot make environments; on Debian and Ubuntu: "
        f"sudo apt install python{sys.version_info[0]}.{sys.version_info[1]}-venv\n"
    )


def test_a_python_that_was_asked_for_but_cannot_be_used_is_named(machine: Machine) -> None:
    done = machine.install(ENFORCER_PYTHON="/no/python")
    assert (done.returncode, done.stderr) == (
        1,
        "install.sh: ENFORCER_PYTHON is /no/python, which is no Python 3.11, 3.12 or 3.13 that runs\n",
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--bogus"], "unknown option --bogus; see ./install.sh --help"),
        (["--demo", "--test"], "give only one of --demo, --dev, --test and --uninstall"),
    ],
)
def test_a_mistake_on_the_command_line_ends_with_2(machine: Machine, options: list[str], message: str) -> None:
    done = machine.install(*options)
    assert (done.returncode, done.stderr, machine.ran()) == (2, f"install.sh: {message}\n", [])


def test_help_names_every_option(machine: Machine) -> None:
    done = machine.install("--help")
    assert done.returncode == 0
    assert all(f"  --{name} " in done.stdout for name in ("demo", "dev", "test", "uninstall", "dry-run", "help"))


def test_without_a_home_it_says_so(machine: Machine) -> None:
    done = machine.install(HOME="")
    assert (done.returncode, done.stderr) == (
        1,
        "install.sh: HOME is not set; set it to your home folder and run ./install.sh again\n",
    )
