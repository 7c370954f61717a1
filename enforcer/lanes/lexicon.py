"""English words that tell what is to be made: deliverables, verbs, tone, and set phrases. Data, no decisions.

Weights: above 0 speaks for creative, below 0 for analytical; 3 decides alone, 1 only leans.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from enforcer.core.lanes import Task


class Cue(NamedTuple):
    """Something that speaks for a lane: above 0 creative, below 0 analytical. An unnamed one is never shown."""

    word: str
    weight: float
    task: Task


Entry = tuple[float, Task]
Table = tuple[tuple[float, Task, str], ...]

# What is to be made. Counted in the asking words, less where it is only the topic.
_NOUNS: Table = (
    (
        3.0,
        Task.WRITE,
        """poem haiku sonnet limerick ode elegy ballad verse stanza couplet pantoum villanelle sestina lullaby lyric
        story tale fable fairytale parable myth legend novel novella chapter memoir fanfic fiction epilogue prologue
        monologue soliloquy dialogue screenplay sketch skit sitcom teleplay sermon eulogy obituary obit toast vow
        speech keynote blurb tagline slogan jingle motto copy headline subhead byline lede caption advert billboard
        article essay op-ed blog newsletter bio biography postcard greeting rhyme chorus anthem chant hymn
        prayer proverb riddle joke pun banter parody satire pastiche diary manifesto epigraph testimonial brochure
        leaflet flyer voiceover voice-over narration blogpost tweet thread backstory logline elevator cliffhanger
        wording phrasing prose drabble vignette flashback antagonist protagonist epitaph horoscope""",
    ),
    (
        2.0,
        Task.WRITE,
        """letter invitation invite apology condolence farewell announcement pitch post intro introduction opening
        opener ending closing scene narrative paragraph sentence sentences ad card description
        verses character villain hero narrator heroine dragon ghost wizard detective email subject bulletin welcome
        rejection resignation thank-you thankyou compliment insult love-letter flavour statement reply tooltip
        microcopy notification placard plaque menu campaign foreword preface dedication
        acknowledgements homily confession rant interview anecdote podcast zine magazine memo whatsapp linkedin
        instagram insta tiktok vlog trailer teaser cta strapline hashtag pep roleplay monologues""",
    ),
    (
        2.5,
        Task.BRAINSTORM,
        """naming idea ideas metaphor analogy simile nickname codename premise twist pseudonym acronym""",
    ),
    (
        2.5,
        Task.DESIGN,
        """palette moodboard mood-board logo poster illustration mascot typography vibe aesthetic
        storyboard wallpaper cover tattoo costume thumbnail""",
    ),
    (1.3, Task.WRITE, "line lines script text section hook page note caption"),
    (1.8, Task.BRAINSTORM, "name names title titles theme angle concept"),
    (1.0, Task.DESIGN, "look colours colors font fonts theme"),
    (1.5, Task.EDIT, "tone voice rhythm flow pacing clunky cliche cliches style adjectives adverbs"),
    (
        -3.0,
        Task.IMPLEMENT,
        """function class method module endpoint api parser script-runner regex component handler middleware decorator
        cli daemon scraper crawler importer exporter webhook plugin extension linter compiler interpreter tokenizer
        struct enum interface typedef wrapper sdk microservice cron codegen dockerfile makefile userscript cronjob
        dropdown checkbox modal toggle""",
    ),
    (-3.0, Task.TEST, "test tests unittest unittests pytest fixture fixtures mock mocks assertion coverage testcase"),
    (
        -3.0,
        Task.DEBUG,
        """bug crash stacktrace traceback exception segfault deadlock leak regression stack-trace error timeout 500
        404 oom panic flake failure""",
    ),
    (
        -3.0,
        Task.DATA,
        """csv spreadsheet dataset median mean average percentage histogram correlation probability equation integral
        derivative matrix variance p-value interval total totals sum ratio forecast pivot formula budget invoice
        cohort outlier outliers percentile telemetry sql query xlsx parquet json tsv row rows""",
    ),
    (
        -2.5,
        Task.OPS,
        """server deploy deployment cluster node nginx docker kubernetes terraform helm cert dns vpn backup cdn bucket
        systemd redis postgres pipeline ci staging prod downtime ssh firewall registry disk volume cluster""",
    ),
    (
        -2.0,
        Task.IMPLEMENT,
        """code schema config configuration database migration table column index cache queue token field file files
        folder directory path import imports type types json yaml toml html css python typescript javascript rust
        golang java kotlin swift bash shell repo branch commit merge rebase app library dependency dependencies
        package parameter variable button-state form validation flag header cookie session auth oauth algorithm
        loop callback hook-handler thread-pool socket websocket buffer pointer cursor log logs""",
    ),
    (
        -2.0,
        Task.RESEARCH,
        """source sources citation citations evidence study studies literature law legal statute clause regulation
        license licence copyright difference differences comparison pros cons research facts fact timeline definition
        etymology origin history statistics risks requirements""",
    ),
    (
        -1.8,
        Task.PLAN,
        """plan schedule roadmap milestone milestones checklist agenda itinerary rota timetable budget-plan estimate
        sprint backlog ticket tickets runbook deadline dependencies architecture diagram spec rollout order steps""",
    ),
    (-1.2, Task.RESEARCH, "summary report overview explanation list breakdown steps bullet bullets minutes transcript"),
    (-1.5, Task.DATA, "number numbers count counts chart graph data date dates rate cost price weekly monthly"),
    (-1.5, Task.REVIEW, "typo typos spelling grammar punctuation diff patch pr security accessibility compliance"),
    (-1.5, Task.ROUTINE, "label labels rename bump version changelog docstring docstrings whitespace"),
)

# What is to be done. Decides most at the head of a sentence.
_VERBS: Table = (
    (
        3.0,
        Task.EDIT,
        """rewrite reword rephrase polish soften humanise humanize punch-up tighten embellish liven rework shorten
        sharpen trim warm brighten restyle dramatise dramatize proof-for-tone reimagine lighten""",
    ),
    (3.0, Task.BRAINSTORM, "brainstorm riff christen"),
    (2.2, Task.BRAINSTORM, "suggest invent imagine dream pitch"),
    (1.8, Task.WRITE, "fictionalise fictionalize act write-out finish"),
    (2.6, Task.WRITE, "compose pen narrate roleplay role-play ghostwrite pretend sing eulogise parody retell"),
    (2.5, Task.WRITE, "act-as"),
    (2.5, Task.TRANSLATE, "translate localise localize transcreate"),
    (1.5, Task.WRITE, "draft describe phrase word announce invite persuade apologise apologize welcome thank"),
    (0.8, Task.WRITE, "write tell"),
    (
        -3.0,
        Task.DEBUG,
        """fix debug diagnose troubleshoot bisect reproduce investigate repair""",
    ),
    (
        -3.0,
        Task.IMPLEMENT,
        """implement refactor port parse migrate vectorise vectorize memoize paginate hardcode dockerize inline wire
        hook scaffold instrument typecheck deprecate serialize serialise deserialize upgrade install patch""",
    ),
    (-3.0, Task.DATA, "calculate compute solve plot dedupe deduplicate aggregate simulate integrate tabulate average"),
    (-2.6, Task.DATA, "count sort filter convert extract rank sum join normalise normalize categorise categorize"),
    (-2.5, Task.DATA, "classify group parse score chart graph measure estimate prove derive simplify"),
    (-3.0, Task.OPS, "deploy restart provision rollback roll-back rotate purge drain restore scale resize reboot unzip tunnel mount regenerate snapshot back-up"),
    (-3.0, Task.REVIEW, "review audit verify validate lint proofread fact-check benchmark profile"),
    (-2.2, Task.REVIEW, "check confirm inspect compare assess evaluate"),
    (-3.0, Task.RESEARCH, "research summarise summarize explain cite define look-up find-out"),
    (-2.2, Task.RESEARCH, "find list search explore analyse analyze trace identify outline recommend gather collect"),
    (-2.4, Task.PLAN, "schedule plan prioritise prioritize estimate organise organize arrange sequence allocate"),
    (-2.4, Task.ROUTINE, "rename bump squash rebase commit merge delete remove move copy tag push pull archive tidy"),
    (-2.0, Task.IMPLEMENT, "add build code replace block kill sync stream store resolve strip swap cap guard throttle cache pin expose support handle enable disable set configure extract split update"),
    (-2.0, Task.TEST, "test run assert cover mock"),
    (-1.0, Task.OTHER, "show print log open close load check get track export import"),
)

# How it is to sound.
_TONE: Table = (
    (
        2.0,
        Task.EDIT,
        """warmer funnier punchier friendlier livelier catchy catchier punchy heartfelt poetic lyrical whimsical playful
        witty cheesy corny corporate salesy stilted wooden preachy cringe charming moving evocative snappy cosy cozy
        funny silly sexier scarier gentle sarcastic sassy melancholy nostalgic spooky creepy romantic dramatic humorous humour humor
        gentler kinder softer calmer scarier darker sadder bolder wittier crisper menacing bouncy""",
    ),
    (
        1.2,
        Task.WRITE,
        """warm human friendly honest dry gentle kind calm tender sad angry grumpy weird boring fun bedtime birthday
        wedding anniversary retirement breakup grief audience reader readers imaginary fictional rhyming magical
        haunted emotional inspiring inspirational creative vivid cliché cinematic dreamy mother grandmother uncle
        sound sounds sounding feel feels reads spoken aloud voice laugh smile""",
    ),
)

# Set phrases, tried on the lower-case asking words. They overrule what their words say one by one.
_PHRASES: tuple[tuple[float, Task, str], ...] = (
    (-5.0, Task.ROUTINE, r"\bcommit (?:message|msg)s?\b"),
    (-5.0, Task.ROUTINE, r"\b(?:pr|pull request|merge request|mr) (?:description|title|body|template|summary)\b"),
    (-5.0, Task.REVIEW, r"\bdraft (?:pr|pull request|mr)\b"),
    (-4.0, Task.IMPLEMENT, r"\bplain[- ]?text\b"),
    (-4.0, Task.IMPLEMENT, r"\blanguage[- ]agnostic\b"),
    (-4.0, Task.REVIEW, r"\b(?:style|spell|grammar|link|type|sanity|fact)[- ]?check(?:s|er|ing)?\b"),
    (-3.0, Task.REVIEW, r"\bstyle ?guide\b|\bcode style\b|\bstyle ?sheets?\b"),
    (-4.0, Task.TEST, r"\b(?:unit|integration|regression|smoke|load|e2e|end-to-end|snapshot|property) tests?\b"),
    (-4.0, Task.IMPLEMENT, r"\b(?:json|xml|db|database|sql|graphql|api|data) (?:schema|model|types?)\b"),
    (-3.5, Task.PLAN, r"\b(?:user stor(?:y|ies)|story points?|acceptance criteria|design doc|rfc|adr|postmortem plan)\b"),
    (-3.0, Task.DEBUG, r"\b(?:stack ?trace|exit code|error code|race condition|off[- ]by[- ]one|null pointer)\b"),
    (-2.5, Task.DEBUG, r"\b(?:crash(?:es|ed|ing)?|hangs?|segfaults?|throws|fails?|failing|broken?|broke|flaky|stuck)\b"),
    (-2.0, Task.DEBUG, r"\b(?:doesn'?t|does not|isn'?t|won'?t|not|stopped) (?:work|working|load|loading|start|build|render)"),
    (-1.5, Task.DEBUG, r"\b(?:missing from|shows? up as|comes? out as|cuts? off|upside down|(?:to|for|went|sent) .{0,30}twice|duplicates?d?|wrong)\b"),
    (-2.5, Task.DATA, r"\b(?:word|line|character|syllable|page)[- ]?counts?\b|\bcount (?:of|the)\b"),
    (-2.5, Task.DATA, r"\bhow (?:many|much|long|often|far|old|big|fast)\b"),
    (-2.0, Task.RESEARCH, r"\b(?:what|who|when|where|which|why)(?:'s| is| are| was| were| did| does| do)\b"),
    (-2.0, Task.RESEARCH, r"\b(?:how (?:do|does|did)|is (?:it|there|this|that|my)|are (?:there|these|they|my)|does (?:it|the|my|this))\b"),
    (-1.8, Task.RESEARCH, r"\b(?:tell me (?:which|if|whether|when|how many|what)|whether|find out|look up)\b"),
    (-2.0, Task.RESEARCH, r"\b(?:vs\.?|versus|pros and cons|trade-?offs?|state of the art|step by step)\b"),
    (-1.5, Task.RESEARCH, r"\bwith (?:sources|links|references|citations|refs)\b"),
    (-1.2, Task.DATA, r"\bper (?:day|week|month|year|hour|minute|user|person|item|row|region|line|column|page)\b"),
    (-1.5, Task.PLAN, r"\b(?:week by week|day by day|in what order|critical path|work(?:ing)? backwards?)\b"),
    (4.5, Task.WRITE, r"\breadme (?:intro|introduction|opening|tagline|blurb)\b|\bintro (?:for|of|to) (?:the |our |my )?readme\b"),
    (5.0, Task.EDIT, r"\b(?:error|empty[- ]state|validation|status|button|interface|ui|toast|push|404|500) (?:message |page |text |notification )?(?:wording|copy|microcopy)\b"),
    (4.0, Task.WRITE, r"\bwording (?:of|for)\b|\b(?:error|empty[- ]state) (?:copy|text)\b"),
    (4.0, Task.BRAINSTORM, r"\b(?:name|call) (?:the|this|our|my|a|an) (?!column|field|file|function|class|variable|method|branch|table|folder|endpoint|api)\w+"),
    (3.5, Task.BRAINSTORM, r"\b(?:come up with|what (?:could|should|would|shall) (?:we|i|you) call|needs? a (?:better |new |good )?(?:name|title))\b"),
    (3.0, Task.WRITE, r"\b(?:blog ?posts?|press release|cover letter|love letter|release[- ]notes? (?:prose|intro)|launch (?:email|post|tweet))\b"),
    (3.0, Task.WRITE, r"\b(?:about|landing|status|404|500|coming soon) page (?:copy|text|for|wording)\b|\bhero (?:copy|section copy|text|line)\b"),
    (3.0, Task.WRITE, r"\b(?:flash fiction|prose poem|short story|ghost story|bedtime story|fairy ?tale|love song|song lyrics|social (?:media )?posts?)\b"),
    (2.5, Task.WRITE, r"\b(?:\d+|one|two|three|four|five|six|eight|ten|a few|couple of|hundred) (?:\w+ )?(?:words|sentences|lines|stanzas|verses|paragraphs|couplets)\b"),
    (2.0, Task.WRITE, r"\bin the (?:style|voice|tone|manner) of\b|\bin (?:first|second|third) person\b|\bcall to action\b|\bas if\b"),
    (2.5, Task.EDIT, r"\b(?:sounds?|reads?|feels?|sounding) (?:like|as if|too|less|more|so|a bit|stiff|flat|cold|robotic)\b"),
    (2.0, Task.EDIT, r"\bmake (?:it|this|that|them|him|her|these) (?:sound|feel|read|sing|less|more|a bit|rhyme)\b|\bless (?:formal|stiff|salesy|corporate)\b"),
    (2.5, Task.TRANSLATE, r"\b(?:in|into) (?:natural |idiomatic |plain |good )?(?:english|french|german|spanish|italian|dutch|portuguese|polish|japanese|korean|chinese|welsh|latin|swedish)\b"),
    (2.0, Task.WRITE, r"\b(?:help me (?:say|tell|write|word|phrase)|how (?:do|should|would|can) i (?:say|tell|word|phrase|put))\b"),
    (1.5, Task.WRITE, r"\b(?:thank[- ]you|sorry|congratulations?|good ?bye|happy birthday|dear)\b"),
    (2.5, Task.WRITE, r"\b(?:act like|role-?play|pretend (?:to be|you)|in character|you(?:'re| are) (?:a|an|the|my) \w+)\b"),
    (2.2, Task.BRAINSTORM, r"\b(?:alternatives to|another (?:word|way to say)|(?:better|other) words? for|what to call)\b"),
    (2.0, Task.EDIT, r"\b(?:too (?:formal|stiff|salesy|long-winded|cold|dry|corporate|wordy|harsh|nice|sweet)|could be (?:\w+er|more)|de-?jargon|plain english)\b"),
    (1.5, Task.WRITE, r"\b(?:politely|tactfully|kindly|make people|in the room|without (?:sounding|being|making)|not (?:cringe|salesy|preachy|cheesy))\b"),
    (1.2, Task.WRITE, r"\bversions? of\b|\bfrom the (?:angle|point of view|perspective) of\b|\btold (?:from|by|as)\b"),
    (1.5, Task.EDIT, r"\b(?:no|without|avoid|fewer|less) (?:jargon|cliches?|clichés?|buzzwords?|adjectives|exclamation)\b"),
    (2.0, Task.DESIGN, r"\b(?:colou?r (?:scheme|palette)|visual (?:direction|style|identity)|art direction|mood ?board|image prompt|cover (?:art|image))\b"),
)  # fmt: skip

# A creative word right before one of these is only its modifier: "poem generator", "novel-writing app".
ARTEFACTS = frozenset(
    """generator app parser component table file page script api database endpoint class module model dataset csv
    folder field bot website site server checker editor tool plugin widget service test tests code function engine
    importer exporter converter validator button form export import format schema template templates feature queue
    renderer index search counter tracker player viewer reader library package repo branch job worker data archive
    log logs dump analysis statistics sales budget project pipeline column row metadata tag tags detector scorer
    classifier handler system screen view tab count length limit""".split()
)

# Verbs that only take the lane of what they make.
MAKING = frozenset(
    """write draft make create give need want produce generate prepare design build put do get send provide craft
    develop help turn finish continue start have edit improve revise redo work""".split()
)

TOPIC = frozenset("about where who whose that which because featuring inspired while when if than like".split())
LINK = frozenset("for on of from in with at by to into against".split())


def _table(rows: Table) -> Mapping[str, Entry]:
    return {word: (weight, task) for weight, task, words in reversed(rows) for word in words.split()}


NOUNS = _table(_NOUNS)
VERBS = _table(_VERBS)
TONE = _table(_TONE)
PHRASES = tuple((re.compile(pattern), weight, task) for weight, task, pattern in _PHRASES)
