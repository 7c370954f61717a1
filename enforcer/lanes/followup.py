"""Short turns that only make sense with what went before; they stay in the lane they are about."""

from __future__ import annotations

import re

from enforcer.lanes.followup_world import continues
from enforcer.lanes.smalltalk import is_path, is_reply

LONGEST = 300  # characters
LONGEST_WORDS = 9
LONGEST_ANSWER_WORDS = 12

_LEADING = re.compile(r"^(?:(?:ok|okay|yes|yeah|no|now|and|but|so|then|also|please|great|good|nice|hm+|well)[\s,.!]+)+")
_POINTS_BACK = re.compile(
    r"\b(?:it|its|that|this|them|these|those|the same|same|the (?:first|second|third|last|other|former|latter)(?: one)?"
    r"|one|ones|again|instead|above|both)\b"
)
_CHANGES = re.compile(
    r"^(?:make|keep|change|try|shorten|lengthen|do|use|put|fix|undo|revert|redo|translate|expand|turn|move|remove|drop"
    r"|add|cut|trim|simplify|explain|show|run|test|apply|save|commit|delete|rewrite|rephrase|tone|soften|format|split"
    r"|start|stop|give|leave|rename|merge|swap|say|tell|can you|could you|why|how|what about|what if)\b"
)
_JUDGES = re.compile(
    r"the (?:first|second|third|last|previous|other|old|new|earlier|former|latter) (?:one|two|version|try|draft)"
    r"(?: (?:was|is|were|looked|sounded|sounds|reads))?(?: (?:much|way|a bit))?"
    r" (?:better|worse|nicer|fine|good|best|wrong)"
)
_CLAUSE = re.compile(r", (?=it\b|that\b|they\b|this\b)|\b(?:because|since|so that)\b")
_COMPARATIVE = re.compile(
    r"(?:a (?:bit|little|touch) |even |much |slightly |way |far )?"
    r"(?:(?:more|less) [\w-]+(?: [\w-]+)?|too [\w-]+|\w{3,}(?:er|ier))(?: (?:and|but) [\w-]+(?: \w+)?)?"
)
_VARIANT = re.compile(
    r"(?:another|one more|more|two more|three more|some more|a few more|next|in|without|with|not|only|just)\b"
    r"[\w\s'-]{0,30}"
)
_COURTESY = re.compile(
    r"(?:(?:ok|okay|great|perfect|super|cool|nice|many|so|and)[\s,.!]+)*(?:thanks|thank you|thx|ty|cheers|hi|hello|hey"
    r"|bye|goodbye|good (?:morning|evening|night)|danke|vielen dank|merci|gracias|grazie|obrigad[oa]|dank je|bedankt"
    r"|dzięki|dziękuję|tack|ありがとう|谢谢|감사합니다|धन्यवाद)(?: a lot| so much| very much)?[\s.!]*"
)
_NAMES_WORK = re.compile(
    r"\b(?:write|draft|compose|create|implement|build|design|research|brainstorm|plan|investigate|debug|refactor"
    r"|summari[sz]e|name)\b"
)


def follows_up(prompt: str, last_user: str, last_assistant: str) -> str | None:
    """Why it belongs to what went before, in one clause; None when it can stand alone."""
    if not (last_user or last_assistant) or len(prompt) > LONGEST or "\n" in prompt.strip():
        return None
    if _COURTESY.fullmatch(prompt.strip().lower()):
        return None  # it refers to nothing: neutral by itself
    if is_reply(prompt):
        return "a reply"
    if is_path(prompt):
        return "a bare path"
    said = _bare(prompt)
    words = said.split()
    if len(words) <= LONGEST_WORDS and (_changes_the_last(said) or continues(prompt)):
        return "changes what was just made"
    if _asked(last_assistant) and len(words) <= LONGEST_ANSWER_WORDS and _can_be_an_answer(said):
        return "answers the question"
    return None


def _changes_the_last(said: str) -> bool:
    if _COMPARATIVE.fullmatch(said):
        return True
    if _VARIANT.fullmatch(said) and (len(said.split()) <= 3 or _POINTS_BACK.search(said)):
        return not _NAMES_WORK.search(said)
    if _JUDGES.fullmatch(said):
        return True
    command = _CLAUSE.split(said, maxsplit=1)[0]  # "fix the form, it posts twice" says what "it" is
    return bool(_CHANGES.match(said) and _POINTS_BACK.search(command) and not _names_new_work(said))


def _names_new_work(said: str) -> bool:
    """ "fix it" points back; "write a poem about this" begins something."""
    return bool(re.search(r"\b(?:write|draft|compose|create|build|name)\b", said)) or bool(
        re.match(r"(?:give|make|show|tell) (?:me|us|a|an|\d+|two|three|five|ten)\b", said)
    )


def _asked(last_assistant: str) -> bool:
    return last_assistant.rstrip().rstrip("*_)\"'").endswith(("?", "？"))


def _can_be_an_answer(said: str) -> bool:
    return not _NAMES_WORK.search(said) and not said.endswith("?")


def _bare(prompt: str) -> str:
    said = " ".join(prompt.lower().replace("’", "'").split()).rstrip(".! ")
    return _LEADING.sub("", said).removesuffix(" please").rstrip(" ,")
