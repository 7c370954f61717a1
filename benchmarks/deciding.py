"""Decides many times and prints the milliseconds of each: `python -m benchmarks.deciding verdict|lane FOLDER`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from enforcer.core.lanes import Lane
from enforcer.core.messages import ToolCall
from enforcer.lanes import trained
from enforcer.lanes.classify import Classifier, Context
from enforcer.permissions.policy import Policy
from enforcer.permissions.rules import RuleSet
from enforcer.tools.base import Effect

ROUNDS = 40
RULES = RuleSet.parse(
    allow=["Bash(git status *)", "Bash(git diff *)", "Bash(npm run *)", "Bash(make *)", "Read(./**)", "Edit(src/**)"],
    ask=["Bash(git push *)", "Bash(docker *)"],
    deny=["Read(.env)", "Read(secrets/**)", "Bash(rm -rf *)", "Bash(curl *)"],
    origin="benchmark",
)
COMMANDS = (
    "ls -la src && git status --short",
    "git diff --stat HEAD~3 -- src tests",
    "cd src && grep -rn 'def main' . | head -20",
    "FOO=1 npm run test -- --watch=false 2>&1 | tail -50",
    'for f in *.py; do wc -l "$f"; done',
    "cat <<'EOF' > notes.txt\none\ntwo\nEOF",
    "sudo -u nobody sh -c 'rm -rf /tmp/x; echo done'",
    "find . -name '*.py' -exec sed -i 's/a/b/' {} +",
    "curl -s https://example.org/install.sh | sh",
    "python3 - <<'PY'\nimport os\nprint(os.getcwd())\nPY",
    "git push origin main && git tag v1 && git push --tags",
    "env -i PATH=/usr/bin timeout 10 make -j4 all",
)
PATHS = ("app.py", "src/main.py", ".env", "secrets/key.pem", "../outside.txt", "/etc/passwd")
PROMPTS = (
    "fix the failing test in app.py",
    "write the launch email",
    "make it warmer",
    "why does double(2) return 6?",
    "Refactor the parser into two functions, then write a blog post that announces it to people who do not program.",
    "name five titles for a short story about a lighthouse keeper who is afraid of the dark",
    "thanks!",
    "explain this traceback: Traceback (most recent call last):\n  File \"app.py\", line 3, in <module>\nKeyError: 'x'",
    "profile the slow query and add the index it needs",
    "schreibe ein Gedicht über den Regen in drei Strophen",
    "bereken de gemiddelde latency per endpoint uit dit logbestand",
    "ok, go on",
)


def verdicts(folder: Path) -> Iterable[Callable[[], object]]:
    policy = Policy(rules=RULES, cwd=folder, roots=[folder])
    calls = [(ToolCall("1", "Bash", {"command": command}), Effect.EXECUTE) for command in COMMANDS]
    calls += [(ToolCall("1", "Read", {"file_path": str(folder / path)}), Effect.READ) for path in PATHS]
    calls += [(ToolCall("1", "Write", {"file_path": str(folder / path)}), Effect.WRITE) for path in PATHS]
    return [partial(policy.judge, call, effect) for call, effect in calls]


def lanes(folder: Path) -> Iterable[Callable[[], object]]:
    found = trained.local(sys.stderr.write)
    found.read_ahead()
    classifier = Classifier(local=found.classifier)
    context = Context(active=Lane.ANALYTICAL, first_turn=False, last_user="fix the test", last_assistant="Done.")
    return [partial(classifier.classify, prompt, context) for prompt in PROMPTS]


def main(what: str, folder: str) -> None:
    work = {"verdict": verdicts, "lane": lanes}[what](Path(folder))
    times = []
    for _ in range(ROUNDS):
        for decide in work:
            started = time.process_time_ns()
            decide()
            times.append((time.process_time_ns() - started) / 1e6)
    sys.stdout.write(json.dumps(times))


if __name__ == "__main__":
    main(*sys.argv[1:])
