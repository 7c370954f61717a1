"""English phrases that tell what is asked for, and overrule what their words say one by one. Data, no decisions."""

from __future__ import annotations

import re

from enforcer.core.lanes import Task
from enforcer.lanes.lexicon import Table

# Tried on the lower-case asking words; weights as in the lexicon.
_PHRASES: Table = (
    (-5.0, Task.ROUTINE, r"\bcommit (?:message|msg)s?\b"),
    (-5.0, Task.ROUTINE, r"\b(?:pr|pull request|merge request|mr) (?:description|title|body|template|summary)\b"),
    (-5.0, Task.REVIEW, r"\bdraft (?:pr|pull request|mr)\b"),
    (-4.0, Task.IMPLEMENT, r"\bplain[- ]?text\b"),
    (-4.0, Task.IMPLEMENT, r"\blanguage[- ]agnostic\b"),
    (-4.0, Task.REVIEW, r"\b(?:style|spell|grammar|link|type|sanity|fact)[- ]?check(?:s|er|ing)?\b"),
    (-3.0, Task.REVIEW, r"\bstyle ?guide\b|\bcode style\b|\bstyle ?sheets?\b"),
    (-4.0, Task.TEST, r"\b(?:unit|integration|regression|smoke|load|e2e|end-to-end|snapshot|property) tests?\b"),
    (-4.0, Task.IMPLEMENT, r"\b(?:json|xml|db|database|sql|graphql|api|data) (?:schema|model|types?)\b"),
    (
        -3.5,
        Task.PLAN,
        r"\b(?:user stor(?:y|ies)|story points?|acceptance criteria|design doc|rfc|adr|postmortem plan)\b",
    ),
    (-3.0, Task.DEBUG, r"\b(?:stack ?trace|exit code|error code|race condition|off[- ]by[- ]one|null pointer)\b"),
    (
        -2.5,
        Task.DEBUG,
        r"\b(?:crash(?:es|ed|ing)?|hangs?|segfaults?|throws|fails?|failing|broken?|broke|flaky|stuck)\b",
    ),
    (
        -2.0,
        Task.DEBUG,
        r"\b(?:doesn'?t|does not|isn'?t|won'?t|not|stopped) (?:work|working|load|loading|start|build|"
        r"render)",
    ),
    (
        -1.5,
        Task.DEBUG,
        r"\b(?:missing from|shows? up as|comes? out as|cuts? off|upside down|(?:to|for|went|"
        r"sent) .{0,30}twice|duplicates?d?|wrong)\b",
    ),
    (-2.5, Task.DATA, r"\b(?:word|line|character|syllable|page)[- ]?counts?\b|\bcount (?:of|the)\b"),
    (-2.5, Task.DATA, r"\bhow (?:many|much|long|often|far|old|big|fast)\b"),
    (-2.0, Task.RESEARCH, r"\b(?:what|who|when|where|which|why)(?:'s| is| are| was| were| did| does| do)\b"),
    (
        -2.0,
        Task.RESEARCH,
        r"\b(?:how (?:do|does|did)|is (?:it|there|this|that|my)|are (?:there|these|they|my)|does (?:it|"
        r"the|my|this))\b",
    ),
    (-3.0, Task.RESEARCH, r"\bwho (?:wrote|said|made|owns|sang|invented|coined|\w+ed)\b"),
    (
        -2.0,
        Task.DEBUG,
        r"\b(?:goes|went|gets|got|shows|prints|fires|runs|comes) .{0,20}\b(?:twice|late|blank|empty|lost)\b",
    ),
    (-1.8, Task.RESEARCH, r"\b(?:tell me (?:which|if|whether|when|how many|what)|whether|find out|look up)\b"),
    (-2.0, Task.RESEARCH, r"\b(?:vs\.?|versus|pros and cons|trade-?offs?|state of the art|step by step)\b"),
    (-1.5, Task.RESEARCH, r"\bwith (?:sources|links|references|citations|refs)\b"),
    (-1.2, Task.DATA, r"\bper (?:day|week|month|year|hour|minute|user|person|item|row|region|line|column|page)\b"),
    (-1.2, Task.RESEARCH, r"\bwhich (?:of|one)\b"),
    (-1.5, Task.PLAN, r"\b(?:week by week|day by day|in what order|critical path|work(?:ing)? backwards?)\b"),
    (
        4.5,
        Task.WRITE,
        r"\breadme (?:intro|introduction|opening|tagline|blurb)\b|\bintro (?:for|of|to) (?:the |our |"
        r"my )?readme\b",
    ),
    (
        5.0,
        Task.EDIT,
        r"\b(?:error|empty[- ]state|validation|status|button|interface|ui|toast|push|404|500) (?:message |"
        r"page |text |notification )?(?:wording|copy|microcopy)\b",
    ),
    (4.0, Task.WRITE, r"\bwording (?:of|for)\b|\b(?:error|empty[- ]state) (?:copy|text)\b"),
    (
        4.0,
        Task.BRAINSTORM,
        r"\b(?:name|call) (?:the|this|our|my|a|an) (?!column|field|file|function|class|variable|method|"
        r"branch|table|folder|endpoint|api)\w+",
    ),
    (2.2, Task.BRAINSTORM, r"\b(?:names?|titles?) (?:for|of) (?:a|an|the|my|our|this|these)\b|\bnames? ideas\b"),
    (
        3.5,
        Task.BRAINSTORM,
        r"\b(?:come up with|what (?:could|should|would|shall) (?:we|i|you) call|needs? a (?:better |new |"
        r"good )?(?:name|title))\b",
    ),
    (
        3.0,
        Task.WRITE,
        r"\b(?:blog ?posts?|press release|cover letter|love letter|release[- ]notes? (?:prose|intro)|"
        r"launch (?:email|post|tweet))\b",
    ),
    (
        3.0,
        Task.WRITE,
        r"\b(?:about|landing|status|404|500|coming soon) page (?:copy|text|for|wording)\b|\bhero (?:copy|"
        r"section copy|text|line)\b",
    ),
    (
        3.0,
        Task.WRITE,
        r"\b(?:flash fiction|prose poem|short story|ghost story|bedtime story|fairy ?tale|love song|"
        r"song lyrics|social (?:media )?posts?)\b",
    ),
    (
        2.5,
        Task.WRITE,
        r"\b(?:\d+|one|two|three|four|five|six|eight|ten|a few|couple of|hundred) (?:\w+ )?(?:words|"
        r"sentences|lines|stanzas|verses|paragraphs|couplets)\b",
    ),
    (
        2.0,
        Task.WRITE,
        r"\bin the (?:style|voice|tone|manner) of\b|\bin (?:first|second|third) person\b|"
        r"\bcall to action\b|\bas if\b",
    ),
    (
        2.5,
        Task.EDIT,
        r"\b(?:sounds?|reads?|feels?|sounding) (?:like|as if|too|less|more|so|a bit|stiff|flat|cold|"
        r"robotic)\b",
    ),
    (
        2.0,
        Task.EDIT,
        r"\bmake (?:it|this|that|them|him|her|these) (?:sound|feel|read|sing|less|more|a bit|rhyme)\b|"
        r"\bless (?:formal|stiff|salesy|corporate)\b",
    ),
    (
        2.5,
        Task.TRANSLATE,
        r"\b(?:in|into) (?:natural |idiomatic |plain |good )?(?:english|french|german|spanish|italian|"
        r"dutch|portuguese|polish|japanese|korean|chinese|welsh|latin|swedish)\b",
    ),
    (
        2.0,
        Task.WRITE,
        r"\b(?:help me (?:say|tell|write|word|phrase)|how (?:do|should|would|can) i (?:say|tell|word|"
        r"phrase|put))\b",
    ),
    (1.5, Task.WRITE, r"\b(?:thank[- ]you|sorry|congratulations?|good ?bye|happy birthday|dear)\b"),
    (
        2.5,
        Task.WRITE,
        r"\b(?:act like|role-?play|pretend (?:to be|you)|in character|you(?:'re| are) (?:a|an|the|"
        r"my) \w+)\b",
    ),
    (
        2.2,
        Task.BRAINSTORM,
        r"\b(?:alternatives to|another (?:word|way to say)|(?:better|other) words? for|what to call)\b",
    ),
    (
        2.0,
        Task.EDIT,
        r"\b(?:too (?:formal|stiff|salesy|long-winded|cold|dry|corporate|wordy|harsh|nice|sweet)|"
        r"could be (?:\w+er|more)|de-?jargon|plain english)\b",
    ),
    (
        1.5,
        Task.WRITE,
        r"\b(?:politely|tactfully|kindly|make people|in the room|without (?:sounding|being|making)|"
        r"not (?:cringe|salesy|preachy|cheesy))\b",
    ),
    (
        1.2,
        Task.WRITE,
        r"\bversions? of\b|\bfrom the (?:angle|point of view|perspective) of\b|\btold (?:from|by|as)\b",
    ),
    (
        1.5,
        Task.EDIT,
        r"\b(?:no|without|avoid|fewer|less) (?:jargon|cliches?|clichés?|buzzwords?|adjectives|"
        r"exclamation)\b",
    ),
    (
        2.0,
        Task.DESIGN,
        r"\b(?:colou?r (?:scheme|palette)|visual (?:direction|style|identity)|art direction|mood ?board|"
        r"image prompt|cover (?:art|image))\b",
    ),
)

PHRASES = tuple((re.compile(pattern), weight, task) for weight, task, pattern in _PHRASES)
