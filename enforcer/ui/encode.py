"""One JSON object as one line that every reader accepts."""

from __future__ import annotations

import json
import re
from typing import Any

MAX_LINE = 900_000  # bytes; readers give up at 1 MiB
CAPS = (100_000, 20_000, 2_000)  # characters of one text, tried in turn until the line fits
_RAW = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def encode(data: dict[str, Any]) -> str:
    """One line of JSON below the size readers accept, without a character that could steer a terminal."""
    text = _dumped(data)
    for cap in CAPS:
        if len(text) < MAX_LINE // 4 or len(text.encode("utf-8", "replace")) < MAX_LINE:
            break
        text = _dumped(_capped(data, cap))
    return f"{text}\n"


def _dumped(data: Any) -> str:
    return _RAW.sub(_escaped, json.dumps(data, ensure_ascii=False, separators=(",", ":")))


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return "\\ufffd" if 0xD800 <= code <= 0xDFFF else f"\\u{code:04x}"


def _capped(value: Any, cap: int) -> Any:
    match value:
        case str() if len(value) > cap:
            return f"{value[:cap]}\n… {len(value) - cap:,} more characters"
        case dict():
            return {key: _capped(item, cap) for key, item in value.items()}
        case list():
            return [_capped(item, cap) for item in value]
    return value
