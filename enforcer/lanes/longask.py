"""The request in a long prompt: the sentence that asks, wherever in a paste, a brief or a letter it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONG = 700  # bytes, since an ideograph says as much as three letters; a shorter prompt is read whole
KEPT = 320  # of one request
NEAR_BEGINNING, NEAR_END = 300, 450
ENOUGH = 3
MOST_SENTENCES = 400

_BORDER = re.compile(r"(?<=[。！？])|(?<=[.!?])\s+|(?<=[.!?][\"”»)\]])\s+|(?<=\])(?=[^\s.,;:)\]])|\n+")
_LEAD = (
    r"^\W*(?:(?:ok|so|now|then|and|but|also|hi|hello|based on|using|from|given|with|as an?)\b[^.?!]{0,120}?[,:]?\s*)?"
)
_ASKS = re.compile(
    _LEAD
    + r"""(?:
    (?:please|pls|kindly|just)?\s*(?:help|write|rewrite|draft|create|design|make|generate|compose|revise|edit|translate|turn
        |summari[sz]e|analy[sz]e|explain|fix|find|implement|add|build|convert|list|give|tell|develop|prepare|produce
        |review|check|compare|plan|suggest|come\sup|describe|refactor|debug|rename|extract|count|calculate|polish|shorten
        |imagine|continue|answer|propose|draw\sup|put\stogether|figure\sout|show|run|test|clean|move|remove|update)\b
    | (?:can|could|would|will)\s(?:you|someone)\b | (?:i|we)(?:\s|')(?:need|want|would\slike|d\slike|am\slooking)\b
    | (?:what|why|how|which|who|when|where|is|are|does|do|should)\b(?=[^.!]*\?\s*$)
    | (?:bitte|schreib|erstell|mach|finde|erklär|übersetz|kannst|könntest|prüf|verbesser|fass)
    | (?:merci\sde|écris|rédige|peux-tu|pouvez|pourr(?:ais|iez)|fais|trouve|explique|tradui|corrige|crée|aide)
    | (?:por\sfavor|escrib|redact|haz|puedes|podr[ií]as|crea|explica|traduc|corrig|necesito|ay[uú]da)
    | (?:escrev|redij|faz|faça|crie|pode|poderia|preciso|traduz|corrij|ajud)
    | (?:scrivi|redigi|fai|puoi|potresti|crea|spiega|traduci|correggi|aiuta|mi\sserve)
    | (?:schrijf|maak|kun\sje|vertaal|verbeter|leg\suit|help)
    | (?:napisz|zrób|przetłumacz|popraw|sprawdź|wyjaśnij|stwórz|proszę|możesz|pomóż)
    | (?:请|請|帮|幫|麻烦|写|寫|设计|設計|生成|创作|翻译|总结|分析|解释|把|将|根据|给我|我(?:想|要|需要))
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_POLITE = re.compile(
    r"\b(?:please|could you|can you|help me|bitte|s'il|svp|por favor|per favore|alsjeblieft|proszę)\b"
    r"|请|請|帮我|幫我|帮忙|ください|下さい|お願い|てほしい|해\s?줘|해\s?주세요|주세요|써\s?줘|부탁"
    r"|कृपया|लिखो|लिखिए|दीजिए|बताओ|बताइए|कर दो|करो",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"[?？]\s*[\"”]?\s*$|か[。]?\s*$")
_CONSTRAINT = re.compile(
    r"""^\W*(?:\d+[.)]\s*)?(?:please\s)?(?:output|return|respond|reply|do\snot|don't|make\ssure|ensure|note|keep|use|include|avoid
    |highlight|if\spossible|feel\sfree|add\sno|(?:suggested\s)?word\scount|format|tone|length|requirements?|no\b|must|should|let\sme\sknow|thank)
    |字数|要求[:：]|注意""",
    re.VERBOSE | re.IGNORECASE,
)
_ROLE = re.compile(r"^\W*(?:you are|act as|imagine|pretend|i am an?|i'm an?|as an?|作为|我是|你是)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sentence:
    begin: int
    end: int
    score: int


def long_request(text: str) -> str:
    """Of a long text the request; "" when it is short, or no sentence of it clearly asks."""
    if len(text.encode("utf-8", "replace")) <= LONG:
        return ""
    sentences = list(_sentences(text))
    best = max((each.score for each in sentences), default=0)
    if best < ENOUGH:
        return ""
    asking = [each for each in sentences if each.score == best]
    chosen = asking[:1] if len(asking) == 1 else [asking[0], asking[-1]]
    role = sentences[0] if _ROLE.match(text[:80]) and sentences[0] not in chosen else None
    said = [text[role.begin : min(role.end, role.begin + KEPT)]] if role else []
    said += [_with_what_follows(text, each) for each in chosen]
    return "\n".join(part.strip() for part in said)


def _sentences(text: str) -> Iterator[Sentence]:
    begin, found = 0, 0
    for border in [*_BORDER.finditer(text), None]:
        end = border.start() if border else len(text)
        if text[begin:end].strip():
            found += 1
            yield Sentence(begin, end, _score(text, begin, end))
        begin = border.end() if border else end
        if found > MOST_SENTENCES:
            return


def _score(text: str, begin: int, end: int) -> int:
    sentence = text[begin : min(end, begin + KEPT)]
    if _CONSTRAINT.match(sentence):
        return 0
    said = 3 if _ASKS.match(sentence) else 0
    said += 2 if _POLITE.search(sentence) else 0
    said += 2 if _QUESTION.search(text[max(begin, end - 4) : end]) else 0
    near = begin <= NEAR_BEGINNING or end >= len(text) - NEAR_END
    return min(said, 4) + near if said else 0


def _with_what_follows(text: str, sentence: Sentence) -> str:
    """A request and what is said of it in the same paragraph."""
    until = text.find("\n\n", sentence.end)
    until = len(text) if until < 0 else until
    return text[sentence.begin : min(max(sentence.end, until), sentence.begin + KEPT)]
