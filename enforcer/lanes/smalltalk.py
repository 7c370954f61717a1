"""Words that ask for no work: greetings, thanks, yes and no, and questions about the tool itself."""

from __future__ import annotations

import re

LONGEST = 90  # characters

_ALL_REPLIES = """
    yes|y|yep|yeah|yup|ya|sure|ok|okay|k|kk|fine|right|correct|exactly|agreed|approved|lgtm|perfect|great|good|
    nice|cool|no|n|nope|nah|not yet|neither|both|all of them|none|maybe|idk|wait|stop|pause|enough|skip|abort|
    cancel|quit|exit|undo|redo|again|once more|one more|one more time|another|another one|more|next|continue|
    go on|carry on|keep going|go ahead|proceed|do it|do that|do both|yes do it|yes please|no thanks|please do|
    sounds good|looks good|that works|never mind|nevermind|nvm|forget it|go back|try again|try harder|
    same thing|shorter|longer|simpler|too long|too short|your call|why|why not|what|how|how so|really|
    are you sure|hm|hmm|hmmm|huh|oh|ah|ugh|meh|wow|lol|haha|oops|yikes|help|test|testing|ping|hi|hello|hey|
    hey there|howdy|yo|sup|good morning|good evening|good night|good afternoon|morning|evening|bye|goodbye|
    see you|later|cheers|thanks|thank you|thx|ty|ta|thanks a lot|much appreciated|awesome|amazing|lovely|
    brilliant|asdf|foo|foo bar|qwerty|lorem|lorem ipsum|hello world|brb|back|i'm back|hang on|hold on|
    let me think|first|second|the first|the second|the first one|the second one|the last one|other one|
    this one|that one|option a|option b|option c|ja|nein|danke|weiter|genau|gut|hallo|moin|nochmal|stopp|
    danke dir|vielen dank|guten morgen|mach weiter|passt|oui|non|merci|continue|encore|bonjour|salut|d'accord|
    parfait|merci beaucoup|bonsoir|vas-y|ça marche|super|sí|si|gracias|sigue|hola|vale|de acuerdo|otra vez|
    continúa|buenos días|muchas gracias|perfecto|adelante|dale|sì|grazie|ciao|avanti|continua|ancora|va bene|
    perfetto|buongiorno|buonasera|grazie mille|sim|não|obrigado|obrigada|olá|oi|beleza|de novo|bom dia|
    perfeito|pode ser|valeu|tudo bem|nee|dank je|bedankt|hoi|doorgaan|ga door|prima|goedemorgen|dankjewel|top|
    nog een keer|tak|nie|dzięki|dziękuję|cześć|dalej|jeszcze raz|dobrze|super dzięki|dzień dobry|hej|jo|nej|
    tack|ja tack|fortsätt|はい|いいえ|ありがとう|ありがとうございます|続けて|こんにちは|おはよう|もう一度|了解|
    いいね|お願いします|是|是的|不|不是|谢谢|你好|继续|好|好的|再来一次|可以|嗯|对|早上好|行|네|예|아니요|아니|
    감사합니다|고마워|안녕|안녕하세요|계속|계속해|다시|좋아|좋아요|да|нет|спасибо|привет|дальше|ок|evet|hayır|
    teşekkürler|merhaba|devam|نعم|لا|شكرا|مرحبا|हाँ|नहीं|धन्यवाद|नमस्ते
"""
_TALK = re.compile(
    r"""(?:
        (?:hi|hello|hey|good\s(?:morning|evening|night)|morning|howdy)\b.{0,40}
      | (?:(?:ok|great|perfect|cool|awesome|nice|haha|yes|and)[\s,!.]+)*(?:thanks|thank\syou|thx|cheers|ty)\b.{0,45}
      | (?:(?:no|oh|ok)[\s,]+)?(?:sorry[\s,]+)?(?:never\s?mind|forget\sit|ignore\s(?:that|my\slast|the\slast)).{0,40}
      | (?:what|which|who)\s(?:model|version)\b.{0,40} | who\sare\syou\b.{0,20} | what(?:'s|\sis)\syour\sname\b.{0,5}
      | what\s(?:else\s)?can\syou\sdo\b.{0,30} | what\slanguages\sdo\syou.{0,20}
      | are\s(?:you|u)\s(?:still|there|stuck|ok|online|offline|sure|working|real|an?\b|awake|better|free|there).{0,40}
      | can\s(?:you|u)\s(?:see|hear|remember|read)\s(?:my|me|this|what|images?|pdfs?)\b.{0,40}
      | do\syou\s(?:get|remember|sleep|like|dream|have|know\swho|save|store|ever).{0,40}
      | how\sdo\si\s(?:exit|quit|cancel|stop|switch|paste|clear)
        (?:\s(?:this|that|you|it|here|out|models?|lanes?|an?\simages?|the\s(?:chat|screen|session))\b.{0,20})?
      | how\sare\syou.{0,30}
      | (?:say|tell\sme\swhen)\s(?:hi|hello|thanks|done|ur\sdone|you'?re\sdone)\b.{0,20}
      | (?:wait|hold|pause|stop)\b.{0,12}\b(?:for|here|until|till|on|there|stop)\b.{0,40}
      | (?:that'?s|that\sis)\s(?:all|it|not\swhat|enough|fine|great|better).{0,40}
      | (?:i'?ll|i'?m|be|gonna)\s(?:be\s)?(?:right\sback|back|brb|tired|bored|hungry|off).{0,30}
      | (?:use|take|go\swith|pick|do|keep)\s(?:the\s)?
        (?:first|second|third|last|other|both|former|latter|option)\b.{0,12}
      | (?:lol|haha|wow|ugh|hmm+|oops|yay|omg|wtf|ffs|damn)\b.{0,25} | good\s(?:bot|job|one|work)\b.{0,15}
      | (?:you'?re|you\sare)\s(?:funny|great|the\sbest|welcome|amazing|wrong|right)\b.{0,15}
      | (?:is\sthis\sthing|testing|test\s\d|just\s(?:testing|checking)|blah)\b.{0,25}
      | happy\s(?:friday|monday|new\syear).{0,15} | make\sit\s(?:shorter|longer|simpler|better)[\s.!]*
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_PATH = re.compile(r"(?:https?://|localhost|~?/|\.{1,2}/|[A-Za-z]:\\)\S*|[\w-]+(?:/[\w.-]+)*/|[\w/-]+\.\w{1,5}")
_LEADING = re.compile(r"^(?:please|pls|ok|okay|well|and|so|oh|um|ah)[\s,]+")
_TRAILING = re.compile(r"[\s,]+(?:please|pls|then|now|thanks)$")


def is_small_talk(text: str) -> bool:
    """Neutral by itself: the active lane stays, whatever it is."""
    said = text.strip()
    if len(said) > LONGEST:
        return False
    return is_reply(said) or is_path(said) or _TALK.fullmatch(said) is not None


def is_reply(text: str) -> bool:
    """Yes, no, continue, again, a choice, a sign or a number."""
    said = _normal(text)
    if not re.search(r"[^\W\d_]{2}", said):
        return True
    return not _REPLIES.isdisjoint({said, _LEADING.sub("", said), _TRAILING.sub("", said)})


def is_path(text: str) -> bool:
    """A path, a file name or an address, and nothing else."""
    return _PATH.fullmatch(text.strip()) is not None


def _normal(text: str) -> str:
    words = re.sub(r"[^\w\s'-]+", " ", text.lower().replace("’", "'"))
    return " ".join(words.split())


_REPLIES = frozenset(_normal(reply) for reply in _ALL_REPLIES.split("|"))  # signs that are no letter go there, too
