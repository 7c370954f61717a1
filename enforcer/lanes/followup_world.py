"""Short turns in other languages that change or repeat what was just made: "mach es kürzer", "más corto", 再短一点."""

from __future__ import annotations

import re

LONGEST = 60  # characters

_PATTERNS = (
    # German
    r"(?:und |jetzt |bitte |nun )*(?:mach|mache|schreib|schreibe|formulier|formuliere|halte|fass|fasse|übersetz"
    r"|übersetze|erklär|erkläre|kürz|kürze|änder|ändere|lass|nimm) (?:(?:es|ihn)\b.{0,25}"
    r"|(?:das|sie)(?: (?:bitte|noch|etwas|mal|viel|nochmal|wieder))*(?: \w+er)?)",
    r"(?:noch |etwas |ein bisschen |ein wenig |viel |weniger |mehr )+\w+(?: bitte)?|zu \w+|noch (?:eine?[ns]?|mal)",
    # French
    r"(?:un peu |encore |beaucoup )?(?:plus|moins|trop) \w+|(?:encore|un|une) (?:une? )?(?:autre|de plus)|encore une?",
    r"(?:et |maintenant )*(?:fais|rends|mets|change|refais|traduis|explique|raccourcis|rallonge|corrige)"
    r"-(?:le|la|les|ça)\b.*",
    # Spanish
    r"(?:un poco |mucho )?(?:más|menos|demasiado) \w+|otr[oa](?: más)?",
    r"(?:y |ahora )*(?:haz|pon|cámbia|acórta|alárga|explíca|tradúce|corríge|reház|rehaz)l[oa]s?\b.*",
    # Portuguese
    r"(?:um pouco |muito |bem )?(?:mais|menos) \w+|outr[oa](?: vez)?|mais uma?",
    r"(?:e |agora )*(?:faz|faça|deixa|deixe|torna|torne|encurta|encurte|muda|mude|traduz|traduza|explica|explique)"
    r"(?:-[oa]s?| isso| isto)\b.*",
    # Italian
    r"(?:un po' |molto |ancora )?(?:più|meno|troppo) \w+|un altro|un'altra|ancora un[oa]",
    r"(?:e |ora |adesso )*(?:fall|rendil|accorcial|allungal|rifall|cambial|traducil|spiegal|correggil)[oaie]\b.*",
    # Dutch
    r"(?:en |nu )*(?:maak|doe|houd|hou|zet) (?:het|dat|hem|ze|dit)(?: (?:iets|wat|nog|veel|eens|maar|weer))*"
    r"(?: \w+er| opnieuw)?",
    r"(?:iets|nog|veel|een beetje) \w+er|(?:minder|te) \w+|nog (?:eentje|een keer)",
    # Polish
    r"(?:a |teraz )*(?:zrób|skróć|popraw|zmień|przetłumacz|wyjaśnij|wydłuż|uprość) (?:to|go|ją|je)\b.{0,25}",
    r"(?:trochę |jeszcze |dużo )?(?:krócej|dłużej|prościej|weselej|cieplej|lepiej|(?:bardziej|mniej) \w+)",
    r"jeszcze jed(?:en|na|no)",
    # Japanese
    r"(?:もっと|もう少し|もうちょっと|少し)\S{1,14}|(?:それ|これ|さっきの)(?:を|は)\S{1,16}",
    r"(?:短く|長く|簡単に|別のを?)(?:して)?(?:ください)?",
    # Chinese: 更新 is an update, and 太阳 the sun
    r"再(?!见|見|写|寫|做|帮|幫)\S{1,6}|更(?!新|改|换|換|正)\S{1,7}|太(?!阳|陽|空|极|極|平)\S{1,4}了|稍微\S{1,8}",
    r"(?:短|长|長|简单|簡單|正式|温暖|幽默|有趣)一?[点點些]|把它\S{1,12}|换一个|換一個",
    # Korean
    r"(?:더|좀 더|조금 더|조금만 더) \S{1,10}(?: ?(?:해|만들어|써) ?줘)?|(?:그거|이거|그걸|이걸|그것을|이것을) .{1,16}",
    r"하나 더",
    # Hindi
    r"(?:और|थोड़ा|थोड़ा और|ज़्यादा|कम) \S{1,14}(?: (?:करो|बनाओ|कर दो|करें))?|(?:इसे|उसे|इसको|उसको) .{1,28}|एक और",
)
_CONTINUES = tuple(re.compile(pattern) for pattern in _PATTERNS)
_ENDS = " .!?。！？।…"


def continues(prompt: str) -> bool:
    """Whether it can only be about what went before. The whole prompt is looked at, never a part."""
    said = " ".join(prompt.lower().replace("’", "'").split()).strip(_ENDS)
    return len(said) <= LONGEST and any(pattern.fullmatch(said) for pattern in _CONTINUES)
