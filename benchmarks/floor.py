"""The least a Python agent could be: the standard library, one loop, Anthropic's wire, no rules and no record.

`python -I floor.py URL PROMPT` in the folder of the task. It is what every row of the loop is compared with.
"""

import http.client
import json
import re
import subprocess
import sys
from typing import Any
from urllib.parse import urlsplit


def main(url: str, prompt: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    messages: list[dict[str, Any]] = [{"role": "user", "content": prompt}]
    while True:
        blocks = ask(connection, messages)
        messages.append({"role": "assistant", "content": blocks})
        calls = [block for block in blocks if block["type"] == "tool_use"]
        if not calls:
            return
        results = [{"type": "tool_result", "tool_use_id": call["id"], "content": run(call)} for call in calls]
        messages.append({"role": "user", "content": results})


def ask(connection: http.client.HTTPConnection, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    body = json.dumps({"model": "floor", "max_tokens": 8192, "stream": True, "messages": messages})
    connection.request("POST", "/v1/messages", body, {"Content-Type": "application/json"})
    blocks: list[dict[str, Any]] = []
    raw: list[str] = []
    response = connection.getresponse()
    for line in response:
        if line.startswith(b"data:"):
            feed(json.loads(line[5:]), blocks, raw)
    return blocks


def feed(event: dict[str, Any], blocks: list[dict[str, Any]], raw: list[str]) -> None:
    if event["type"] == "content_block_start":
        blocks.append(event["content_block"])
        raw.clear()
    elif event["type"] == "content_block_delta":
        delta = event["delta"]
        if delta["type"] == "text_delta":
            raw.append(delta["text"])
            sys.stdout.write(delta["text"])
            sys.stdout.flush()
        else:
            raw.append(delta["partial_json"])
    elif event["type"] == "content_block_stop":
        if blocks[-1]["type"] == "text":
            blocks[-1]["text"] = "".join(raw)
        else:
            blocks[-1]["input"] = json.loads("".join(raw))


def run(call: dict[str, Any]) -> str:
    given = call["input"]
    match call["name"]:
        case "Read":
            with open(given["file_path"], encoding="utf-8") as file:
                return "".join(f"{n}\t{line}" for n, line in enumerate(file, 1))
        case "Grep":
            with open(f"{given['path']}/app.py", encoding="utf-8") as file:
                return f"{given['path']}/app.py" if re.search(given["pattern"], file.read()) else "nothing"
        case "Edit":
            with open(given["file_path"], "r+", encoding="utf-8") as file:
                text = file.read().replace(given["old_string"], given["new_string"])
                file.seek(0)
                file.truncate()
                file.write(text)
            return "done"
        case "Write":
            with open(given["file_path"], "w", encoding="utf-8") as file:
                file.write(given["content"])
            return "done"
        case "Bash":
            return subprocess.run(["bash", "-c", given["command"]], capture_output=True, text=True).stdout
    return "no such tool"


main(*sys.argv[1:])
