"""Finds the words that ask. A pasted log, diff, letter or table is evidence; it is not the request."""

from __future__ import annotations

import re

from enforcer.lanes.longask import long_request

SHORT = 240  # characters; a prompt this short on one line is all request
LONG_PARAGRAPH = 420
LONG_LINE = 300  # what is looked at to see whether a line is evidence
HEAD, TAIL = 2_500, 1_500

_FENCE = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)", re.DOTALL)
_QUOTED = re.compile(r"\"[^\"\n]{1,600}\"|“[^”]{1,600}”|«[^»]{1,600}»|`[^`\n]{1,200}`")
_CERTAIN = re.compile(
    r"""^\s*(?:
        Traceback\b | File\s" | at\s\S+\( | diff\s--git | index\s[0-9a-f]{7} | @@\s | \[?\d{4}-\d\d-\d\d[T\s]
        | \[?\d\d:\d\d:\d\d | npm\s(?:ERR|WARN) | \w+(?:Error|Exception):
    )""",
    re.VERBOSE,
)
_LIKELY = re.compile(
    r"""^\s*(?:
        [+\-@<>|$%#}{\])(*=/\\] | \d{1,4}[-:/.]\d\d | \[\w | error: | warning: | (?:def|class|func|fn|const|let|var
        | import|from|return|if|for|while|public|private|select|insert|create|alter|update)\b.*[(:;{=)]
        | [\w.-]+\s*[:=]\s*\S | \S+@\S+[:~] | ["'“«] | &
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_TABLE = re.compile(r"\t|\s{3,}|[|;{}]|[^\s/]{1,60}/[^\s/]{1,60}/\S")
_CSV = re.compile(r"[^\s,][^,]*(?:,[^\s,][^,]*){2,}")
_ASKS = re.compile(
    r"""\?\s*$ | \b(?:please|pls|plz|can|could|would)\b | \b(?:i|we)\s(?:need|want|'d\slike)\b | ^(?:now|so|then|ok)\b
    | \b(?:need|want|help|give|tell|make|write|turn|fix|rewrite|why|what|how|which|draft|find|list|check|translate
    | explain|suggest|name|summari[sz]e|convert|extract|review|add|is|does|should)\b | :\s*$ """,
    re.VERBOSE | re.IGNORECASE,
)


def asking_words(prompt: str) -> tuple[str, bool]:
    """The lines that ask, and whether something was pasted beside them.

    A prompt that seems to be all evidence comes back whole.
    """
    prompt = _ends(prompt.strip())
    bare = _FENCE.sub("\n\n", prompt).strip()
    fenced = bare != prompt
    if len(bare) <= SHORT and "\n" not in bare:
        return (bare or prompt), fenced
    if request := long_request(bare):
        return request, True
    paragraphs = [paragraph for paragraph in re.split(r"\n\s*\n", bare) if paragraph.strip()]
    asking = [lines for paragraph in paragraphs if (lines := _asking_lines(paragraph))]
    if len(asking) > 1:
        asking = _first_and_last(asking)
    kept = "\n".join(asking)
    return (kept or bare or prompt), fenced or len(kept) < len(bare) * 0.8


def without_quotes(text: str) -> str:
    """What is quoted is mentioned, not asked for; a text that is nothing but a quotation stays."""
    bare = _QUOTED.sub(' "" ', text)
    return bare if re.search(r"\w{3}", bare) else text


def _ends(prompt: str) -> str:
    """The beginning and the end of a long paste: a request stands at one of them."""
    if len(prompt) <= HEAD + TAIL:
        return prompt
    return f"{prompt[:HEAD]}\n\n{prompt[-TAIL:]}"


def _asking_lines(paragraph: str) -> str:
    lines = paragraph.split("\n")
    kept = [line.strip() for line in lines if line.strip() and not _is_evidence(line)]
    if len(lines) > 2 and len(kept) < len(lines) / 2:
        kept = [line for line in kept if _ASKS.search(line)]
    return "\n".join(kept)


def _is_evidence(whole_line: str) -> bool:
    line = whole_line[:LONG_LINE]
    if _CERTAIN.match(line) or _CSV.fullmatch(line.strip()):
        return True
    if _LIKELY.match(line):
        return not (_ASKS.search(line) and re.match(r"\s*[\w\[]+ ", line) and len(line) < LONG_PARAGRAPH)
    return len(_TABLE.findall(line)) > 1 or (line.startswith("  ") and not line.rstrip().endswith("?"))


def _first_and_last(paragraphs: list[str]) -> list[str]:
    """A request stands before what was pasted or behind it; the likelier of the two, or both."""
    first, last = paragraphs[0], paragraphs[-1]
    scores = (_asks(first), _asks(last))
    if scores[0] >= scores[1] + 2:
        return [first]
    if scores[1] >= scores[0] + 2:
        return [last]
    return [first, last]


def _asks(paragraph: str) -> int:
    score = len(_ASKS.findall(paragraph[:LONG_PARAGRAPH])) if len(paragraph) < LONG_PARAGRAPH else 1
    lines = paragraph.count("\n") + 1
    return min(score, 4) - (2 if lines > 3 else 0) - (2 if len(paragraph) > LONG_PARAGRAPH else 0)
