"""The entry points. `--version` is answered before anything else is imported."""

from __future__ import annotations

import sys


def main() -> None:
    if sys.argv[1:] in (["--version"], ["-v"], ["-V"]):
        from enforcer import __version__

        sys.stdout.write(f"enforcer {__version__}\n")
        return
    _run(sys.argv[1:], "enforcer")


def skill_builder() -> None:
    _run(["skill", *sys.argv[1:]], "skill-builder")


def _run(arguments: list[str], program: str) -> None:
    from enforcer.cli import garbage

    garbage.starting()
    from enforcer.cli.main import leave, run

    leave(run(arguments, program=program))


if __name__ == "__main__":
    main()
