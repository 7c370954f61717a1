#!/usr/bin/env python3
"""LaneSwitched hook: adds one line per switch to the file named as its argument: time, from, to, handoff."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path


def main() -> int:
    if len(sys.argv) != 2:
        sys.stderr.write("usage: log_lane_switch.py FILE\n")
        return 1
    event = json.load(sys.stdin)
    values = (event.get("from", "?"), event.get("to", "?"), event.get("handoff_path") or "no handoff")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    line = "\t".join((now, *(" ".join(str(value).split()) for value in values)))
    log = Path(sys.argv[1])
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
