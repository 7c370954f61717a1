"""The entry points. `--version` is answered before anything else is imported."""

from __future__ import annotations

import sys


def main() -> None:
    if sys.argv[1:] in (["--version"], ["-v"], ["-V"]):
        from enforcer import __version__

        sys.stdout.write(f"enforcer {__version__}\n")
        return
    from enforcer.cli.main import leave, run

    leave(run(sys.argv[1:]))


def skill_builder() -> None:
    from enforcer.cli.main import leave, run

    leave(run(["skill", *sys.argv[1:]], program="skill-builder"))


if __name__ == "__main__":
    main()
