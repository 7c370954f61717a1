"""From the words of a directive to the check that would enforce it: a table of patterns, and nothing guessed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from enforcer.checkpoints.checkpoint import Check, Class, Evidence, Kind, Match, On, Severity
from enforcer.checkpoints.facts import Examples, Project

NEVER = r"(?:never|do not|don['’]t|must not|mustn['’]t|avoid|without|no(?!\w))"
ALWAYS = r"(?:always|must|each|every|has to|have to)"
WORDS = r"(?:write|use|say|include|contain|put|add|mention|have|start|begin|end|show|print|the word|the phrase)"
TOUCH = r"(?:touch|edit|change|modify|write (?:to|into|in)|delete|remove|overwrite|alter|rename|move)"
SUITE = (
    r"(?P<suite>(?:all )?(?:the )?(?:unit )?"
    r"(?:tests?|test suite|suite|specs?|lint(?:er)?|type ?check(?:er|s)?|types|build)\b)"
)
DEED = r"(?:you |each |every |any |a |the )*(?P<verb>[a-z-]+?)(?:ing|ment|s)?\b"
_GATES = (
    rf"\b{NEVER}\s+(?P<verb>[a-z-]+)\b.*?\b(?:before|until|unless|while|without|when)\b.*?{SUITE}",
    rf"\bonly\s+(?P<verb>[a-z-]+)\b.*?\b(?:when|if|after|once)\b.*?{SUITE}",
    rf"\brun\s+{SUITE}\s+before\s+{DEED}",
    rf"{SUITE}\s+(?:must|has to|have to|should)\s+pass\s+before\s+{DEED}",
)
_QUOTED = re.compile(r"[\"“”]([^\"“”\n]{1,120})[\"“”]|(?<!\w)['‘]([^'‘’\n]{1,120})['’](?!\w)|`([^`\n]{1,120})`")
_PATH = re.compile(
    r"`([^`\s]+)`|(?<![\w/])((?:\.{0,2}/)?[\w.*-]+(?:/[\w.*-]*)+|\*?\.?[\w*-]+\.[A-Za-z][\w]{0,7})(?![\w/])"
)
_COMMAND = re.compile(r"`([^`\n]{1,120})`")
_LIMIT = re.compile(
    r"(?:(?P<most>at most|no more than|not more than|never more than|max(?:imum)?(?: of)?|under|below|fewer than"
    r"|less than|up to)|(?P<least>at least|no fewer than|min(?:imum)?(?: of)?|more than|over))"
    r"\s+(?P<value>\d[\d,. ]*)\s+(?P<what>words?|lines?|characters?|chars|sources?|links?|references?)\b",
    re.IGNORECASE,
)
_STRICT = frozenset({"under", "below", "fewer than", "less than", "more than", "over"})
_MEASURES = {
    "word": "words",
    "line": "lines",
    "char": "characters",
    "sour": "sources",
    "link": "sources",
    "refe": "sources",
}
_HABITS: Mapping[str, tuple[str, str]] = {  # what people fight by name: the pattern, and one that breaks the rule
    r"em[- ]?dash(?:es)?": ("—", "A dash — here."),
    r"en[- ]?dash(?:es)?": ("–", "A dash – here."),
    r"exclamation (?:marks?|points?)": ("!", "Look at that!"),
    r"semicolons?": (";", "One; two."),
    r"emojis?": ("[\U0001f300-\U0001faff☀-➿]", "Done \U0001f389"),
    r"todos?": (r"\bTODO\b", "TODO later"),
    r"smart quotes|curly quotes": ("[“”‘’]", "“Quoted.”"),
}
_PLACES: Mapping[str, tuple[str, ...]] = {
    r"release[- ]notes?": ("**/*release*note*", "**/*RELEASE*NOTE*", "**/RELEASES*", "**/*releasenote*"),
    r"change ?logs?": ("**/CHANGELOG*", "**/changelog*"),
    r"readmes?": ("**/README*", "**/readme*"),
    r"(?:the )?(?:docs|documentation)": ("docs/**", "doc/**", "**/*.md", "**/*.rst"),
    r"markdown(?: files?)?": ("**/*.md",),
    r"(?:the )?tests": ("tests/**", "test/**", "**/test_*", "**/*_test.*", "**/*.test.*"),
    r"(?:python|the python) (?:code|files?)": ("**/*.py",),
    r"(?:the )?(?:code|source(?: code)?)": (
        "**/*.py",
        "**/*.js",
        "**/*.ts",
        "**/*.tsx",
        "**/*.go",
        "**/*.rs",
        "**/*.java",
        "**/*.c",
        "**/*.rb",
    ),
    r"config(?:uration)?(?: files?)?": ("**/*.yaml", "**/*.yml", "**/*.toml", "**/*.ini", "**/*.json"),
}
_SAMPLES = {  # where the stars of a glob make no name
    "**/*release*note*": "release-notes.md",
    "**/CHANGELOG*": "CHANGELOG.md",
    "**/README*": "README.md",
    "docs/**": "docs/example.md",
    "tests/**": "tests/test_example.py",
}
_SUITES = (("lint", "lint"), ("type", "types"), ("build", "build"))
QUALITY = re.compile(
    r"\b(?:tone|voice|style|clear(?:ly)?|concise(?:ly)?|brief(?:ly)?|friendly|warm|formal|plain|simple|simply|readable"
    r"|polite|kind|convincing|engaging|consistent|honest|accurate|vague|jargon|hype|marketing|passive|active voice"
    r"|explain|justify|mean(?:s|ing)|readers?|audience|sound|feel|tell|describe|summar\w+|sentences?|paragraphs?"
    r"|headlines?|metaphors?|clich[ée]s?|names?|naming)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Example:
    """What proves a check: files, and for a check on calls what is called."""

    files: Examples = field(default_factory=dict)
    call: Mapping[str, str] = field(default_factory=dict)  # tool, and its input as text


EVERYTHING, NO_EXAMPLE = Match(), Example()


@dataclass(frozen=True, slots=True)
class Proposal:
    """A check with its two examples, or a question when something is not known. Neither: there is nothing to check."""

    name: str  # behind the skill's name in the id
    class_: Class
    check: Check | None = None
    on: tuple[On, ...] = ()
    match: Match = EVERYTHING
    severity: Severity = Severity.BLOCK
    evidence: Evidence = Evidence.TREE
    failing: Example = NO_EXAMPLE
    passing: Example = NO_EXAMPLE
    question: str = ""


def propose(text: str, skill: str, project: Project) -> Proposal:
    """The first pattern that fits; a rule about quality is judged, everything else is guidance."""
    plain = " ".join(text.split())
    for pattern in _PATTERNS:
        if found := next(pattern(plain, skill, project), None):
            return found
    if QUALITY.search(plain):
        return _judged(plain)
    return Proposal(_slug(plain), Class.GUIDANCE)


def _judged(text: str) -> Proposal:
    check = Check(Kind.JUDGE, rubric=text)
    return Proposal(_slug(text), Class.JUDGED, check, (On.STOP,), Match(in_use=True), Severity.WARN, Evidence.SESSION)


# The patterns, in the order in which they are tried


def _gate(text: str, skill: str, project: Project) -> Iterator[Proposal]:
    """Never deploy before the tests pass; run the tests before you commit."""
    found = next((hit for shape in _GATES if (hit := re.search(shape, text, re.IGNORECASE))), None)
    if not found:
        return
    verb, said = found["verb"].lower(), found["suite"].lower()
    what = next((name for word, name in _SUITES if word in said), "tests")
    suite = project.suite(what)
    calls, on = _calls(verb, skill, project)
    if suite is None:
        yield _unknown(text, f"which command runs {what} here? No file at the top of the project says so")
        return
    if not calls:
        yield _unknown(text, f"which command is meant by '{verb}'? No script, target or command of that name was found")
        return
    check = Check(Kind.COMMAND, run=suite.run)
    call = {"tool": "Bash", "command": _sample(calls[0])}
    yield Proposal(
        f"{what}-before-{verb}",
        Class.MECHANICAL,
        check,
        on,
        Match(tools=calls),
        failing=Example(suite.failing, call),
        passing=Example(suite.passing, call),
    )


def _order(text: str, skill: str, project: Project) -> Iterator[Proposal]:
    """Run `a` before `b`."""
    commands = _COMMAND.findall(text)
    if len(commands) != 2 or not re.search(r"\bbefore\b", text, re.IGNORECASE):
        return
    first, second = commands if not re.search(rf"\b{NEVER}\b", text, re.IGNORECASE) else commands[::-1]
    check = Check(Kind.ORDER, before=_rule(first), after=_rule(second))
    yield Proposal(
        f"{_slug(first)}-before-{_slug(second)}",
        Class.MECHANICAL,
        check,
        (On.PRE_TOOL,),
        Match(tools=(_rule(second),)),
        failing=Example(call={"tool": "Bash", "command": second}),
        passing=Example({"before": first}, {"tool": "Bash", "command": second}),
    )


def _paths(text: str, skill: str, project: Project) -> Iterator[Proposal]:
    """Never touch migrations/."""
    if not re.search(rf"\b{NEVER}\b.*?\b{TOUCH}\b", text, re.IGNORECASE):
        return
    behind = re.split(rf"\b{TOUCH}\b", text, maxsplit=1, flags=re.IGNORECASE)[1]
    named = [next(filter(None, hit)) for hit in _PATH.findall(behind)]
    paths = tuple(dict.fromkeys(_glob(each) for each in named))
    if not paths:
        return
    inside, outside = _inside(paths[0]), "elsewhere/example.txt"
    yield Proposal(
        f"hands-off-{_slug(named[0])}",
        Class.MECHANICAL,
        Check(Kind.PATH_DENY),
        (On.PRE_TOOL, On.POST_TOOL, On.COMMIT),
        Match(paths=paths),
        failing=Example(call={"tool": "Write", "file_path": inside, "content": "x\n"}),
        passing=Example(call={"tool": "Write", "file_path": outside, "content": "x\n"}),
    )


def _limit(text: str, skill: str, project: Project) -> Iterator[Proposal]:
    """At most 300 words; at least three sources."""
    found = _LIMIT.search(text)
    if not found:
        return
    value = float(re.sub(r"[, ]", "", found["value"]).rstrip("."))
    bound = (found["most"] or found["least"]).lower()
    op = ("<" if found["most"] else ">") + ("" if bound in _STRICT else "=")
    measure = _MEASURES[found["what"].lower()[:4]]
    low, high = _measured(measure, max(0, int(value) - 1)), _measured(measure, int(value) + 1)
    failing, passing = (high, low) if found["most"] else (low, high)
    places = _where(text)
    yield Proposal(
        f"{'most' if found['most'] else 'least'}-{int(value)}-{measure}",
        Class.MECHANICAL,
        Check(Kind.THRESHOLD, measure=measure, op=op, value=value),
        (On.STOP, On.COMMIT) if places else (On.STOP,),
        Match(paths=places, in_use=not places),
        failing=Example({"example.md": failing}),
        passing=Example({"example.md": passing}),
    )


def _deny(text: str, skill: str, project: Project) -> Iterator[Proposal]:
    """Never write "simply"; no em dashes."""
    if not re.search(rf"\b{NEVER}\b", text, re.IGNORECASE):
        return
    quoted = _literal(text) if re.search(rf"\b{WORDS}\b", text, re.IGNORECASE) else ""
    named = (quoted, _whole(quoted), f"A line with {quoted} in it.") if quoted else _habit(text)
    if named:
        name, pattern, broken = named
        yield _text_check(text, Kind.REGEX_DENY, pattern, name, broken, "A line that is fine.")


def _require(text: str, skill: str, project: Project) -> Iterator[Proposal]:
    """Always include "Tested on"."""
    quoted = _literal(text)
    if quoted and re.search(rf"\b{ALWAYS}\b", text, re.IGNORECASE) and re.search(rf"\b{WORDS}", text, re.IGNORECASE):
        yield _text_check(
            text, Kind.REGEX_REQUIRE, _whole(quoted), quoted, "A line without it.", f"It says {quoted} here."
        )


_PATTERNS: Sequence[Callable[[str, str, Project], Iterator[Proposal]]] = (
    _gate,
    _order,
    _limit,
    _paths,
    _deny,
    _require,
)


def _text_check(text: str, kind: Kind, pattern: str, name: str, failing: str, passing: str) -> Proposal:
    places = _where(text)
    written = (On.PRE_TOOL, On.POST_TOOL) if kind is Kind.REGEX_DENY else ()
    word = "no" if kind is Kind.REGEX_DENY else "has"
    file = _inside(places[0]) if places else "example.md"
    return Proposal(
        f"{word}-{_slug(name)}",
        Class.MECHANICAL,
        Check(kind, pattern=pattern, ignore_case=True),
        (*written, On.STOP, On.COMMIT) if places else (*written, On.STOP),
        Match(paths=places, in_use=not places),
        failing=Example({file: f"{failing}\n"}),
        passing=Example({file: f"{passing}\n"}),
    )


def _calls(verb: str, skill: str, project: Project) -> tuple[tuple[str, ...], tuple[On, ...]]:
    """The calls that a verb means, and when they are looked at."""
    known = {"commit": ("Bash(git commit *)",), "push": ("Bash(git push *)",)}
    if verb in known:
        return known[verb], (On.PRE_TOOL, On.COMMIT if verb == "commit" else On.PUSH)
    named = [*project.calls(verb), *(project.calls(skill) if skill != verb else ())]
    return tuple(dict.fromkeys(named)), (On.PRE_TOOL,)


def _unknown(text: str, question: str) -> Proposal:
    return Proposal(_slug(text), Class.MECHANICAL, question=question)


def _where(text: str) -> tuple[str, ...]:
    """The files a rule names behind "in", as globs; empty when it names none."""
    for found in re.finditer(
        r"\b(?:in|into|inside|within|of|to)\s+(?:the |any |our |a |all )*(?P<place>.+)", text, re.IGNORECASE
    ):
        path = _PATH.match(found["place"])
        if path and (path[1] or "/" in path[0] or "." in path[0].strip(".")):
            return (_glob(next(filter(None, path.groups()))),)
        for pattern, globs in _PLACES.items():
            if re.match(rf"(?:{pattern})\b", found["place"], re.IGNORECASE):
                return globs
    return ()


def _literal(text: str) -> str:
    found = _QUOTED.search(text)
    return next(filter(None, found.groups()), "").strip() if found else ""


def _habit(text: str) -> tuple[str, str, str] | None:
    """What is fought by its name: that name, the pattern, and a line that breaks the rule."""
    for name, (pattern, broken) in _HABITS.items():
        if found := re.search(rf"\b(?:{name})\b", text, re.IGNORECASE):
            return found[0], pattern, broken
    return None


def _whole(literal: str) -> str:
    """The words, not as a part of others."""
    before = r"(?<!\w)" if literal[:1].isalnum() else ""
    behind = r"(?!\w)" if literal[-1:].isalnum() else ""
    return before + r"\s+".join(re.escape(word) for word in literal.split()) + behind


def _glob(path: str) -> str:
    path = path.removeprefix("./")
    return f"{path}**" if path.endswith("/") else path


def _inside(glob: str) -> str:
    """A path that the glob matches."""
    if glob in _SAMPLES:
        return _SAMPLES[glob]
    return re.sub(r"\*+", "example", glob.replace("**/", "")).strip("/") or "example"


def _rule(command: str) -> str:
    return f"Bash({command} *)"


def _sample(rule: str) -> str:
    """A command that the rule matches."""
    return rule.removeprefix("Bash(").removesuffix(")").removesuffix(" *").removeprefix("* ")


def _measured(measure: str, count: int) -> str:
    match measure:
        case "words":
            return " ".join(["word"] * count) + "\n"
        case "lines":
            return "line\n" * count
        case "characters":
            return "x" * count
    return "".join(f"- https://example.org/{number}\n" for number in range(count))


def _slug(text: str) -> str:
    words = re.findall(r"[a-z0-9]+", text.lower())
    return "-".join(words)[:40].strip("-") or "rule"
