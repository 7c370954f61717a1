"""Real bash is the oracle: where it ran the denied stub, the verdict was not allow (PERM-061)."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enforcer.core.messages import ToolCall
from enforcer.core.verdict import Ruling
from enforcer.permissions.policy import Policy
from enforcer.permissions.rules import RuleSet
from enforcer.tools.base import Effect

STUB = '#!/bin/sh\necho ran >> "$MARK"\n'
PIECES = st.sampled_from(
    [
        *["curl x", "cu''rl x", "c\\url x", '"curl" x', "cur", "l", "curl", "/stubs/curl x", "CURL"],
        *["echo", "true", "ls", "cat f", "test -f f", "printf %s", "a", "f", "x=curl", "$x", "${x}", "${y:-curl}"],
        *["env", "env -i PATH=$PATH", "command", "builtin", "exec", "time", "nice", "nohup", "timeout 5", "xargs"],
        *[
            "bash -c",
            "sh -c",
            "eval",
            "'curl x'",
            '"curl x"',
            "'",
            '"',
            "`",
            "$(",
            ")",
            "(",
            "{",
            "}",
            "<(",
            "`curl x`",
        ],
        *["$(curl x)", '"$(curl x)"', "'$(curl x)'", "<(curl x)", "find . -maxdepth 0 -exec", "\\;", "-name f", "--"],
        *[
            "if true; then",
            "fi",
            "for i in 1; do",
            "done",
            "while false; do",
            "case a in a)",
            "esac",
            "f() {",
            "[[ a ]]",
        ],
        *["alias ls=curl", "trap 'curl x' EXIT", "source f", "<<E\n", "<<'E'\n", "E\n", "<<< x", "#", "\\\n", "\t"],
        *[
            "test -v 'a[$(curl x)]'",
            "printf -v 'a[$(curl x)]' x",
            "awk 'BEGIN{system(\"curl x\")}'",
            "sed -n '1e curl x' f",
        ],
    ]
)
JOINTS = st.sampled_from(
    [" ", " ", " ", "", "; ", " && ", " || ", " | ", " & ", "\n", " |& ", " > /dev/null ", " 2>&1 "]
)
COMMANDS = st.lists(st.tuples(PIECES, JOINTS), min_size=1, max_size=7).map(
    lambda parts: "".join(piece + joint for piece, joint in parts)
)


def ran_the_stub(command: str, workspace: Path) -> bool:
    mark = workspace.parent / "mark"
    mark.unlink(missing_ok=True)
    stubs = workspace.parent / "stubs"
    environment = {"PATH": f"{stubs}:/usr/bin:/bin", "HOME": str(workspace.parent), "MARK": str(mark)}
    subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", command.replace("/stubs/", f"{stubs}/")],
        cwd=workspace,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=20,
        check=False,
    )
    return mark.exists()


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
@given(COMMANDS)
def test_what_runs_the_denied_program_in_bash_is_never_allowed(command: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder).resolve() / "work"
        (workspace.parent / "stubs").mkdir()
        (workspace.parent / "stubs" / "curl").write_text(STUB, encoding="utf-8")
        (workspace.parent / "stubs" / "curl").chmod(0o755)
        workspace.mkdir()
        (workspace / "f").write_text("curl x\n", encoding="utf-8")
        rules = RuleSet.parse(allow=["Bash(*)"], deny=["Bash(curl *)"])
        policy = Policy(rules=rules, cwd=workspace, roots=(workspace,))
        verdict = policy.judge(ToolCall("t1", "Bash", {"command": command}), Effect.EXECUTE)
        assert verdict.ruling is not Ruling.ALLOW or not ran_the_stub(command, workspace)
