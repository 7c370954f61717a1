"""Programs that only read, with the flags known to be harmless; every other flag asks. Pure tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

_NUMBER = re.compile(r"-\d+")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a harmless command looks at. `deep` = it may go through whole folders and show what is in the files."""

    paths: tuple[str, ...] = ()
    deep: bool = False
    from_top: tuple[str, ...] = ()  # relative to the top of the repository


@dataclass(frozen=True, slots=True)
class _Flags:
    """`n:` takes a value, `--color=` may carry one behind `=`, `--lines:` carries one or is followed by it."""

    plain: frozenset[str]
    valued: frozenset[str]
    optional: frozenset[str]
    number: bool = False  # -20

    def operands(self, words: Sequence[str]) -> tuple[list[str], dict[str, list[str]]] | None:
        """The words that are no flags, and the flags with their values; None when a flag is not known."""
        operands: list[str] = []
        seen: dict[str, list[str]] = {}
        rest = list(words)
        while rest:
            word = rest.pop(0)
            if word == "--":
                return [*operands, *rest], seen
            if word == "-" or not word.startswith("-"):
                operands.append(word)
            elif self.number and _NUMBER.fullmatch(word):
                continue
            elif not (self._long(word, rest, seen) if word.startswith("--") else self._short(word, rest, seen)):
                return None
        return operands, seen

    def _long(self, word: str, rest: list[str], seen: dict[str, list[str]]) -> bool:
        name, given, value = word.partition("=")
        if name in self.valued:
            if not given and not rest:
                return False
            seen.setdefault(name, []).append(value if given else rest.pop(0))
            return True
        seen.setdefault(name, []).append(value)
        return name in self.optional or (name in self.plain and not given)

    def _short(self, word: str, rest: list[str], seen: dict[str, list[str]]) -> bool:
        if word in self.plain:  # find's and git's long words with one dash
            seen.setdefault(word, [])
            return True
        letters = word[1:]
        while letters:
            name, letters = f"-{letters[0]}", letters[1:]
            if name in self.valued:
                if not letters and not rest:
                    return False
                seen.setdefault(name, []).append(letters or rest.pop(0))
                return True
            if name in self.optional:
                seen.setdefault(name, []).append(letters)
                return True
            if name not in self.plain:
                return False
            seen.setdefault(name, [])
        return True


@cache
def _flags(table: str, *, number: bool = False) -> _Flags:
    names = [name if name.startswith("-") else f"-{name}" for name in table.split()]
    return _Flags(
        frozenset(name for name in names if name[-1] not in ":="),
        frozenset(name[:-1] for name in names if name[-1] == ":"),
        frozenset(name[:-1] for name in names if name[-1] == "="),
        number,
    )


Check = Callable[[Sequence[str]], Reading | None]


def reading(argv: Sequence[str]) -> Reading | None:
    """What a harmless call reads; None when the program or one of its words is not known to be harmless."""
    check = _PROGRAMS.get(argv[0])
    return check(argv[1:]) if check else None


def is_reader(name: str) -> bool:
    return name in _PROGRAMS


def _paths(table: str, *, number: bool = False, deep: str = "", at_most: int | None = None) -> Check:
    """Every operand is a path. `deep` lists the flags that make it go through folders."""
    flags = _flags(table, number=number)

    def check(words: Sequence[str]) -> Reading | None:
        found = flags.operands(words)
        if found is None or (at_most is not None and len(found[0]) > at_most):
            return None
        return Reading(tuple(found[0]), any(flag in found[1] for flag in deep.split()))

    return check


def _no_paths(table: str) -> Check:
    flags = _flags(table)
    return lambda words: None if flags.operands(words) is None else Reading()


def _pattern_then_paths(table: str, *, deep: str) -> Check:
    """grep's form: the first operand is the pattern unless a flag gave it. `deep` "*" = always through folders."""
    flags = _flags(table, number=True)

    def check(words: Sequence[str]) -> Reading | None:
        found = flags.operands(words)
        if found is None:
            return None
        operands, seen = found
        given = seen.keys() & {"-e", "--regexp", "--files", "--type-list"}
        return Reading(tuple(operands if given else operands[1:]), deep == "*" or bool(seen.keys() & {*deep.split()}))

    return check


def _anything(words: Sequence[str]) -> Reading | None:
    return Reading()


def _printf(words: Sequence[str]) -> Reading | None:
    harmless = bool(words) and not words[0].startswith("-") and not re.search(r"%[^a-zA-Z%]*n", words[0])
    return Reading() if harmless else None


def _test(words: Sequence[str]) -> Reading | None:
    return None if {"-v", "-R"} & {*words} else Reading()  # these evaluate array subscripts, which may run commands


def _date(words: Sequence[str]) -> Reading | None:
    found = _flags("u d: r: I= R --date: --utc --universal --iso-8601= --rfc-3339: --rfc-email").operands(words)
    if found is None or not all(word.startswith("+") for word in found[0]):
        return None
    return Reading(tuple(found[1].get("-r", ())))


def _sed(words: Sequence[str]) -> Reading | None:
    """Only `sed -n '10,20p' file`: its other commands write files or run programs."""
    if len(words) < 2 or words[0] != "-n" or not re.fullmatch(r"(?:\d+|\$)(?:,(?:\d+|\$))?p", words[1]):
        return None
    return None if any(word.startswith("-") for word in words[2:]) else Reading(tuple(words[2:]))


_FIND_TESTS = _flags(
    "-name: -iname: -path: -ipath: -wholename: -iwholename: -regex: -iregex: -regextype: -type: -xtype: -maxdepth: "
    "-mindepth: -size: -mtime: -mmin: -atime: -amin: -ctime: -cmin: -perm: -user: -group: -links: -printf: "
    "-print -print0 -ls -prune -empty -not -a -o -and -or -true -false -quit -readable -writable -executable -depth "
    "-mount -xdev -daystart -nouser -nogroup -H -P"
)


def _find(words: Sequence[str]) -> Reading | None:
    """Its words are an expression; only tests and prints are known."""
    paths: list[str] = []
    rest = list(words)
    expression = False
    while rest:
        word = rest.pop(0)
        expression = expression or word.startswith(("-", "!", "(", ")"))
        if not expression:
            paths.append(word)
        elif word in _FIND_TESTS.valued:
            if not rest:
                return None
            rest.pop(0)
        elif word not in _FIND_TESTS.plain and word not in {"!", "(", ")"}:
            return None
        expression = expression and word not in {"-H", "-P"}
    return Reading(tuple(paths))


_DIFF = (
    "p u U: w b M= C= R z i E F --stat= --cached --staged --name-only --name-status --numstat --shortstat --summary "
    "--color= --no-color --word-diff= --patch --no-patch --minimal --patience --histogram --diff-filter: "
    "--no-ext-diff --no-textconv --check --quiet --exit-code --unified: --ignore-all-space --ignore-space-change "
    "--ignore-blank-lines --raw --find-renames= --merge-base --full-index --abbrev= --function-context W s "
    "--no-renames --compact-summary --dirstat="
)
_LOG = _DIFF + (
    " n: S: G: L: g c m --oneline --graph --decorate= --no-decorate --all --max-count: --since: --until: --after: "
    "--before: --author: --committer: --grep: --format: --pretty= --follow --first-parent --merges --no-merges "
    "--reverse --date: --abbrev-commit --topo-order --date-order --branches= --tags= --remotes= --left-right "
    "--cherry-pick --skip: --invert-grep --regexp-ignore-case --no-notes --source --cc"
)
_MAGIC = re.compile(r":\(|:[!^/]*[!^]")  # a pathspec that says in other words which files it means
_COLONS = 8  # of a word that are looked at from each end, so that its cost stays linear
_PATTERN = re.compile(r"[*?\[\\]")
_GIT_SHOWS = frozenset({"diff", "log", "show", "blame"})
_GIT: Mapping[str, _Flags] = {
    "status": _flags(
        "s b v z u= --short --branch --porcelain= --long --show-stash --ignored= --untracked-files= --no-renames "
        "--ahead-behind --no-ahead-behind"
    ),
    "diff": _flags(_DIFF),
    "log": _flags(_LOG, number=True),
    "show": _flags(_LOG, number=True),
    "branch": _flags(
        "l a r v vv --list --all --remotes --verbose --show-current --contains= --no-contains= --merged= --no-merged= "
        "--sort: --format: --color= --no-color --points-at= --column="
    ),
    "ls-files": _flags(
        "c d m o s u z t v i x: --cached --deleted --modified --others --stage --unmerged --exclude-standard "
        "--full-name --error-unmatch --ignored --exclude: --directory --no-empty-directory --eol"
    ),
    "blame": _flags("L: w e s p C= M= l t n f c --porcelain --line-porcelain --date: --abbrev= --show-email"),
    "rev-parse": _flags(
        "q --show-toplevel --git-dir --abbrev-ref= --short= --verify --is-inside-work-tree --absolute-git-dir "
        "--git-common-dir --show-prefix --show-cdup --is-bare-repository --symbolic-full-name --quiet --symbolic"
    ),
}


def _git(words: Sequence[str]) -> Reading | None:
    rest = [word for at, word in enumerate(words) if not (at == 0 and word == "--no-pager")]
    if not rest or rest[0] not in _GIT:
        return None
    found = _GIT[rest[0]].operands(rest[1:])
    if found is None:
        return None
    operands, seen = found
    formats = [value for flag in ("--format", "--pretty") for value in seen.get(flag, ())]
    if any("%G" in value for value in formats):  # asks gpg, which the repository's config names
        return None
    if rest[0] == "branch" and operands and not seen.keys() & {"-l", "--list"}:
        return None
    if any(_MAGIC.match(word) for word in operands):
        return None
    # `git diff` reads any two files when one lies outside the repository, and `HEAD:path` names a file.
    named = tuple(part for word in (*operands, *seen.get("-L", ())) for part in behind_colons(word))
    pattern = rest[0] in _GIT_SHOWS and any(_PATTERN.search(word) for word in operands)
    return Reading((*operands, *named, *(["."] if pattern else [])), pattern, named)


def behind_colons(word: str) -> tuple[str, ...]:
    """The paths `:0:.env` or `HEAD:.env` may name: whatever stands behind a colon."""
    parts = word.split(":")
    ends = {*range(1, len(parts))[:_COLONS], *range(1, len(parts))[-_COLONS:]}
    tails = (":".join(parts[at:]).lstrip("!^") for at in ends)
    return tuple(part for tail in tails for part in {tail, tail.lstrip("/")} if part)


_GREP = (
    "i n r v l L c w x o q s h H E F P G a I y m: A: B: C: e: z T U b --include: --exclude: --exclude-dir: --color= "
    "--colour= --max-count: --ignore-case --line-number --recursive --files-with-matches --files-without-match --count "
    "--only-matching --word-regexp --invert-match --context: --after-context: --before-context: --no-messages "
    "--extended-regexp --fixed-strings --perl-regexp --regexp: --no-filename --with-filename --quiet --text"
)
_RG = (
    "i n N v l c w x o q s S F P U e: g: t: T: A: B: C: m: M: d: j: u H I a 0 p --files --hidden --no-ignore --glob: "
    "--iglob: --type: --type-not: --ignore-case --smart-case --case-sensitive --line-number --no-line-number "
    "--no-heading --heading --files-with-matches --files-without-match --count --count-matches --only-matching "
    "--max-count: --max-depth: --context: --after-context: --before-context: --color: --sort: --sortr: --json --stats "
    "--multiline --word-regexp --fixed-strings --trim --vimgrep --column --no-messages --type-list --no-filename "
    "--with-filename --max-columns: --max-filesize: --invert-match --pcre2 --regexp: --replace: --no-config --pretty"
)
_LS = (
    "a A l h t r S R 1 d F i s n o g p c u U m x C G k B Q q N X v --all --almost-all --color= --human-readable "
    "--recursive --reverse --sort: --time: --time-style: --group-directories-first --full-time --directory --size "
    "--classify= --inode --numeric-uid-gid --si"
)
_DIFF_FILES = (
    "u U: r q w b B i N a y c s W: E Z t T p --unified= --brief --recursive --ignore-all-space --ignore-space-change "
    "--ignore-blank-lines --ignore-case --color= --side-by-side --width: --new-file --text --report-identical-files "
    "--strip-trailing-cr --suppress-common-lines"
)
_COUNTED = "n: c: q v --lines: --bytes: --quiet --silent --verbose"

_PROGRAMS: Mapping[str, Check] = {
    "ls": _paths(_LS),
    "cat": _paths("n b s A E T v e t u --number --number-nonblank --squeeze-blank --show-all"),
    "head": _paths(_COUNTED, number=True),
    "tail": _paths(_COUNTED, number=True),
    "wc": _paths("l w c m L --lines --words --bytes --chars --max-line-length"),
    "pwd": _no_paths("L P"),
    "echo": _anything,
    "printf": _printf,
    "true": _anything,
    "false": _anything,
    "test": _test,
    "grep": _pattern_then_paths(_GREP, deep="-r --recursive"),
    "egrep": _pattern_then_paths(_GREP, deep="-r --recursive"),
    "fgrep": _pattern_then_paths(_GREP, deep="-r --recursive"),
    "rg": _pattern_then_paths(_RG, deep="*"),
    "find": _find,
    "sed": _sed,
    "sort": _paths(
        "r n u h f b d i g M V s z c C k: t: --reverse --numeric-sort --unique --human-numeric-sort --key: "
        "--field-separator: --version-sort --ignore-case --check= --stable --month-sort --general-numeric-sort"
    ),
    "uniq": _paths("c d u i D w: f: s: z --count --repeated --unique --ignore-case --skip-fields:", at_most=1),
    "cut": _paths(
        "d: f: c: b: s z --delimiter: --fields: --characters: --complement --output-delimiter: --only-delimited"
    ),
    "tr": _no_paths("d s c C t --delete --squeeze-repeats --complement --truncate-set1"),
    "diff": _paths(_DIFF_FILES, deep="-r --recursive"),
    "file": _paths("b i h k N --brief --mime --mime-type --mime-encoding --no-dereference"),
    "stat": _paths("c: t L f x s r --format: --printf: --terse --dereference --file-system"),
    "du": _paths("s h a c k m b d: x H --summarize --human-readable --max-depth: --total --apparent-size --all --si"),
    "df": _paths("h T k m i a l H P t: --human-readable --print-type --inodes --all --local --total --type:"),
    "date": _date,
    "which": _no_paths("a --all"),
    "basename": _no_paths("a s: z --multiple --suffix: --zero"),
    "dirname": _no_paths("z --zero"),
    "realpath": _paths("e m q L P s z --canonicalize-existing --canonicalize-missing --no-symlinks --relative-to:"),
    "git": _git,
}
