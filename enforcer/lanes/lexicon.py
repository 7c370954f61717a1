"""English words that tell what is to be made: deliverables, verbs and tone. Data, no decisions.

Weights: above 0 speaks for creative, below 0 for analytical; 3 decides alone, 1 only leans.
"""

from __future__ import annotations

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
        """poem haiku sonnet limerick ode elegy ballad verse stanza couplet pantoum villanelle sestina lullaby
        lyric story tale fable fairytale parable myth legend novel novella chapter memoir fanfic fiction
        epilogue prologue monologue soliloquy dialogue screenplay sketch skit sitcom teleplay sermon eulogy
        obituary obit toast vow speech keynote blurb tagline slogan jingle motto copy headline subhead byline
        lede caption advert billboard article essay op-ed blog newsletter bio biography postcard greeting rhyme
        chorus anthem chant hymn prayer proverb riddle joke pun banter parody satire pastiche diary manifesto
        epigraph testimonial brochure leaflet flyer voiceover voice-over narration blogpost tweet thread
        backstory logline elevator cliffhanger wording phrasing prose drabble vignette flashback antagonist
        protagonist epitaph horoscope""",
    ),
    (
        2.0,
        Task.WRITE,
        """letter invitation invite apology condolence farewell announcement pitch post intro introduction opening
        opener ending closing scene narrative paragraph sentence sentences ad card description verses character
        villain hero narrator heroine dragon ghost wizard detective email subject bulletin welcome rejection
        resignation thank-you thankyou compliment insult love-letter flavour statement reply tooltip microcopy
        notification placard plaque menu campaign foreword preface dedication acknowledgements homily confession
        rant interview anecdote podcast zine magazine memo whatsapp linkedin instagram insta tiktok vlog trailer
        teaser cta strapline hashtag pep roleplay monologues""",
    ),
    (
        2.5,
        Task.BRAINSTORM,
        """naming idea ideas metaphor analogy simile nickname codename premise twist pseudonym acronym""",
    ),
    (
        2.5,
        Task.DESIGN,
        """palette moodboard mood-board logo poster illustration mascot typography vibe aesthetic storyboard
        wallpaper cover tattoo costume thumbnail""",
    ),
    (1.3, Task.WRITE, "line lines script text section hook page note caption"),
    (1.8, Task.BRAINSTORM, "name names title titles theme angle concept"),
    (1.0, Task.DESIGN, "look colours colors font fonts theme"),
    (1.5, Task.EDIT, "tone voice rhythm flow pacing clunky cliche cliches style adjectives adverbs"),
    (
        -3.0,
        Task.IMPLEMENT,
        """function class method module endpoint api parser script-runner regex component handler middleware
        decorator cli daemon scraper crawler importer exporter webhook plugin extension linter compiler
        interpreter tokenizer struct enum interface typedef wrapper sdk microservice cron codegen dockerfile
        makefile userscript cronjob dropdown checkbox modal toggle""",
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
        """csv spreadsheet dataset median mean average percentage histogram correlation probability equation
        integral derivative matrix variance p-value interval total totals sum ratio forecast pivot formula
        budget invoice cohort outlier outliers percentile telemetry sql query xlsx parquet json tsv row rows""",
    ),
    (
        -2.5,
        Task.OPS,
        """server deploy deployment cluster node nginx docker kubernetes terraform helm cert dns vpn backup cdn
        bucket systemd redis postgres pipeline ci staging prod downtime ssh firewall registry disk volume
        cluster""",
    ),
    (
        -2.0,
        Task.IMPLEMENT,
        """code schema config configuration database migration table column index cache queue token field file
        files folder directory path import imports type types json yaml toml html css python typescript
        javascript rust golang java kotlin swift bash shell repo branch commit merge rebase app library
        dependency dependencies package parameter variable button-state form validation flag header cookie
        session auth oauth algorithm loop callback hook-handler thread-pool socket websocket buffer pointer
        cursor log logs""",
    ),
    (
        -2.0,
        Task.RESEARCH,
        """source sources citation citations evidence study studies literature law legal statute clause regulation
        license licence copyright difference differences comparison pros cons research facts fact timeline
        definition etymology origin history statistics risks requirements""",
    ),
    (
        -1.8,
        Task.PLAN,
        """plan schedule roadmap milestone milestones checklist agenda itinerary rota timetable budget-plan
        estimate sprint backlog ticket tickets runbook deadline dependencies architecture diagram spec rollout
        order steps""",
    ),
    (
        -1.2,
        Task.RESEARCH,
        """summary report overview explanation list breakdown steps bullet bullets minutes transcript""",
    ),
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
        """implement refactor port parse migrate vectorise vectorize memoize paginate hardcode dockerize inline
        wire hook scaffold instrument typecheck deprecate serialize serialise deserialize upgrade install patch""",
    ),
    (
        -3.0,
        Task.DATA,
        """calculate compute solve plot dedupe deduplicate aggregate simulate integrate tabulate average""",
    ),
    (-2.6, Task.DATA, "count sort filter convert extract rank sum join normalise normalize categorise categorize"),
    (-2.5, Task.DATA, "classify group parse score chart graph measure estimate prove derive simplify"),
    (
        -3.0,
        Task.OPS,
        """deploy restart provision rollback roll-back rotate purge drain restore scale resize reboot unzip tunnel
        mount regenerate snapshot back-up""",
    ),
    (-3.0, Task.REVIEW, "review audit verify validate lint proofread fact-check benchmark profile"),
    (-2.2, Task.REVIEW, "check confirm inspect compare assess evaluate"),
    (-4.0, Task.RESEARCH, "research"),
    (-3.0, Task.RESEARCH, "summarise summarize explain cite define look-up find-out"),
    (-2.2, Task.RESEARCH, "find list search explore analyse analyze trace identify outline recommend gather collect"),
    (-2.4, Task.PLAN, "schedule plan prioritise prioritize estimate organise organize arrange sequence allocate"),
    (-2.4, Task.ROUTINE, "rename bump squash rebase commit merge delete remove move copy tag push pull archive tidy"),
    (
        -2.0,
        Task.IMPLEMENT,
        """add build code replace block kill sync stream store resolve strip swap cap guard throttle cache pin
        expose support handle enable disable set configure extract split update""",
    ),
    (-2.0, Task.TEST, "test run assert cover mock"),
    (-1.5, Task.ROUTINE, "save store"),
    (-1.0, Task.OTHER, "show print log open close load check get track export import"),
)

# How it is to sound.
_TONE: Table = (
    (
        2.0,
        Task.EDIT,
        """warmer funnier punchier friendlier livelier catchy catchier punchy heartfelt poetic lyrical whimsical
        playful witty cheesy corny corporate salesy stilted wooden preachy cringe charming moving evocative
        snappy cosy cozy funny silly sexier scarier gentle sarcastic sassy melancholy nostalgic spooky creepy
        romantic dramatic humorous humour humor gentler kinder softer calmer scarier darker sadder bolder
        wittier crisper menacing bouncy""",
    ),
    (
        1.2,
        Task.WRITE,
        """warm human friendly honest dry gentle kind calm tender sad angry grumpy weird boring fun bedtime
        birthday wedding anniversary retirement breakup grief audience reader readers imaginary fictional
        rhyming magical haunted emotional inspiring inspirational creative vivid cliché cinematic dreamy mother
        grandmother uncle sound sounds sounding feel feels reads spoken aloud voice laugh smile""",
    ),
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# A creative word right before one of these is only its modifier: "poem generator", "novel-writing app".
ARTEFACTS = _words(
    """generator app parser component table file page script api database endpoint class
    module model dataset csv
    folder field bot website site server checker editor tool plugin widget service test tests code function
    engine importer exporter converter validator button form export import format schema template templates
    feature queue renderer index search counter tracker player viewer reader library package repo branch job
    worker data archive log logs dump analysis statistics sales budget project pipeline column row metadata tag
    tags detector scorer classifier handler system screen view tab count length limit"""
)

# Verbs that only take the lane of what they make.
MAKING = _words(
    """write draft make create give need want produce generate prepare design build put do get
    send provide craft
    develop help turn finish continue start have edit improve revise redo work"""
)


# What may stand before the verb that says what to do.
FILLERS = _words(
    """please pls plz can could would you i i'd we we'd like want need to let's lets let me us now then also ok
    okay so and hey hi hello just quickly first finally next my your our the a an kindly help here's here is"""
)

TOPIC = _words("about where who whose that which because featuring inspired while when if than like")
LINK = _words("for on of from in with at by to into against")


def _table(rows: Table) -> Mapping[str, Entry]:
    return {word: (weight, task) for weight, task, words in reversed(rows) for word in words.split()}


NOUNS = _table(_NOUNS)
VERBS = _table(_VERBS)
TONE = _table(_TONE)
