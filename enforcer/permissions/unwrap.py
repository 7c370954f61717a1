"""Which commands hide inside a command: wrappers, `find -exec`, `bash -c`. And which a rule may never cover."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from enforcer.permissions.rules import INTERPRETERS
from enforcer.permissions.shell import names

SHELLS = names("bash sh zsh dash ksh fish")
STRIPPED = names("timeout time nice nohup stdbuf command builtin")  # a rule about what they run is enough
_EXEC_FLAGS = names("-exec -execdir -ok -okdir")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_VERSIONED = re.compile(r"[\d.]+$")

# Builtins that run text, change what a name means, or evaluate their arguments as arithmetic.
_NEVER = names(
    "eval source . exec trap alias unalias shopt set enable hash bind complete compgen mapfile readarray read let "
    "declare typeset local readonly export unset getopts coproc fc history"
)
_RUNS_TEXT = names("eval su watch script parallel ssh")  # their words, joined, are shell text


@dataclass(frozen=True, slots=True)
class _Wrapper:
    valued: frozenset[str] = frozenset()  # flags followed by a value
    positionals: int = 0  # words before the command that are no flags


def _wrapper(valued: str = "", positionals: int = 0) -> _Wrapper:
    return _Wrapper(names(valued), positionals)


_WRAPPERS: Mapping[str, _Wrapper] = {
    "timeout": _wrapper("-k -s --kill-after --signal", 1),
    "time": _wrapper("-f -o --format --output"),
    "nice": _wrapper("-n --adjustment"),
    "nohup": _wrapper(),
    "stdbuf": _wrapper("-i -o -e --input --output --error"),
    "command": _wrapper(),
    "builtin": _wrapper(),
    "exec": _wrapper("-a"),
    "env": _wrapper("-u -C --unset --chdir"),
    "sudo": _wrapper("-u -g -h -p -C -r -t -U -D -R -T --user --group --host --prompt --chdir --role --type"),
    "doas": _wrapper("-u -C"),
    "xargs": _wrapper("-I -n -P -L -s -d -E -a --max-args --max-procs --max-lines --delimiter --arg-file --replace"),
    "setsid": _wrapper(),
    "ionice": _wrapper("-c -n -p --class --classdata"),
    "chrt": _wrapper("-T -P -D", 1),
    "taskset": _wrapper("", 1),
    "watch": _wrapper("-n -q --interval"),
    "strace": _wrapper("-e -o -p -s -E -P"),
    "ltrace": _wrapper("-e -o -p -s"),
    "unshare": _wrapper(),
    "nsenter": _wrapper("-t --target"),
    "chroot": _wrapper("", 1),
    "flock": _wrapper("-w -E --timeout --conflict-exit-code", 1),
    "busybox": _wrapper(),
    "parallel": _wrapper("-j -n --jobs"),
    "caffeinate": _wrapper("-t -w"),
    "uv": _wrapper(),
    "poetry": _wrapper(),
}
WITH_RUN = names("uv poetry")  # `uv run x`


def program(argv: Sequence[str]) -> str:
    """`/usr/bin/python3.11` is `python3`, for tables that must not be dodged by a path or a version."""
    name = argv[0].rsplit("/", 1)[-1]
    bare = _VERSIONED.sub("", name) or name
    return f"{bare}3" if bare == "python" and "3" in name else bare


def is_wrapper(argv: Sequence[str]) -> bool:
    return program(argv) in _WRAPPERS and not (program(argv) in WITH_RUN and tuple(argv[1:2]) != ("run",))


def inner(argv: Sequence[str]) -> tuple[tuple[str, ...], bool] | None:
    """The command a wrapper runs, and whether its flags were all understood. None = no wrapper, or it runs nothing."""
    name = program(argv)
    wrapper = _WRAPPERS.get(name)
    if wrapper is None or (name in WITH_RUN and tuple(argv[1:2]) != ("run",)):
        return None
    rest = list(argv[2:] if name in WITH_RUN else argv[1:])
    sure = True
    while rest and rest[0].startswith("-"):
        flag = rest.pop(0)
        if flag == "--":
            break
        if flag in wrapper.valued and rest:
            rest.pop(0)
        elif flag not in wrapper.valued and "=" not in flag and flag.startswith("--"):
            sure = False
        sure = sure and name not in WITH_RUN  # `uv run -m ls` runs a module, `--with` another package
    rest = rest[wrapper.positionals :]
    while rest and name in {"env", "sudo", "doas"} and (_ASSIGNMENT.match(rest[0]) or rest[0] == "--"):
        sure = False  # a variable may change what the command does
        rest.pop(0)
    return (tuple(rest), sure) if rest else None


def readings(argv: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The command and every command it would run, as far as its words show; for denials."""
    waiting = [tuple(argv)]
    seen: set[tuple[str, ...]] = set()
    while waiting:
        current = waiting.pop()
        if not current or current in seen:
            continue
        seen.add(current)
        yield current
        found = inner(current)
        if found:
            waiting.append(found[0])
            if not found[1]:
                waiting.extend((found[0][1:], found[0][2:]))
        waiting.extend(current[at + 1 :] for at, word in enumerate(current) if word in _EXEC_FLAGS)


def inner_texts(argv: Sequence[str]) -> Iterator[str]:
    """Words that are themselves shell text: `bash -c TEXT`, `eval TEXT`, `env -S TEXT`."""
    name = program(argv)
    if name in _RUNS_TEXT:
        yield " ".join(argv[1:])
    if name in SHELLS:
        yield from (argv[at + 1] for at in range(1, len(argv) - 1) if re.fullmatch(r"-[a-z]*c[a-z]*", argv[at]))
    if name == "env":
        yield from (" ".join(argv[at + 1 :]) for at, word in enumerate(argv) if word in {"-S", "--split-string"})


def runs_words(argv: Sequence[str]) -> bool:
    """Some of its words are code of a kind nobody here reads, so a denied program in them counts."""
    name = program(argv)
    if name in SHELLS:
        return False  # their text is read by itself
    tangled = name in {"sed", "gsed"} and not _plain_sed(argv[1:])
    return name in INTERPRETERS | _NEVER or tangled or _evaluates(argv)


def _evaluates(argv: Sequence[str]) -> bool:
    return program(argv) in {"test", "printf"} and not {"-v", "-R"}.isdisjoint(argv[1:])


_DANGEROUS: Mapping[str, re.Pattern[str]] = {
    "find": re.compile(r"-(?:exec|execdir|ok|okdir|delete|fprint|fprint0|fprintf|fls)$"),
    "rg": re.compile(r"--(?:pre|hostname-bin)(?:=|$)"),
    "tar": re.compile(
        r"--(?:checkpoint-action|to-command|use-compress-program|rsh-command|rmt-command|info-script|new-volume-script)"
        r"|-[A-Za-z]*[IF]"
    ),
    "git": re.compile(
        r"-c$|--(?:config-env|exec-path|output|ext-diff|textconv|upload-pack|receive-pack|exec|open-files-in-pager|"
        r"template|extcmd|config)(?:=|$)|-O|ext::|-x$"
    ),
    "go": re.compile(r"--?(?:exec|toolexec|vettool|overlay|ldflags|gccgoflags|modfile|o|C)(?:=|$)"),
    "sort": re.compile(r"--compress-program|-o|--output"),
    "rsync": re.compile(r"-[A-Za-z]*e|--rsh|--rsync-path"),
    "ssh": re.compile(r"-o|-F"),
    "scp": re.compile(r"-o|-S|-F"),
    "man": re.compile(r"-P|--pager|-H|--html"),
    "zip": re.compile(r"-TT|--unzip-command|-T"),
    "vim": re.compile(r".*"),
    "vi": re.compile(r".*"),
    "less": re.compile(r".*"),
    "ed": re.compile(r".*"),
}
_GIT_RUNS = names("bisect filter-branch submodule difftool mergetool daemon shell")
_SED_SCRIPT = re.compile(
    r"(?:(?:\d+|\$)(?:,(?:\d+|\$))?)?(?:[pd]|s(?P<mark>[^\w\s\\])(?:(?!(?P=mark))[^\\\n]|\\[^\n])*(?P=mark)"
    r"(?:(?!(?P=mark))[^\\\n]|\\[^\n])*(?P=mark)[gpIi\d]*)"
)
_AWK_RUNS = re.compile(r"system|getline|[|>@]|close\s*\(|^-(?![Fv])")


def not_coverable(argv: Sequence[str]) -> str:
    """Why no allow rule covers this command, "" when one may."""
    name = program(argv)
    if name in _NEVER:
        return f"'{name}' changes what other commands mean or runs text"
    pattern = _DANGEROUS.get(name)
    if pattern and any(pattern.match(word) for word in argv[1:]):
        return f"'{name}' is called with an option that may run a program or write a file"
    if name == "git" and _GIT_RUNS & {*argv[1:3]}:
        return "this git command runs other programs"
    if name in {"sed", "gsed"} and not _plain_sed(argv[1:]):
        return "this sed script may write files or run programs"
    if name in {"awk", "gawk", "mawk"} and any(_AWK_RUNS.search(word) for word in argv[1:]):
        return "this awk program may write files or run programs"
    if name in INTERPRETERS and not any(not word.startswith("-") for word in argv[1:]):
        return f"'{name}' would run what comes in by the pipe" if tuple(argv[1:2]) != ("--version",) else ""
    if _evaluates(argv):
        return f"'{name}' is called with an option that evaluates its argument"
    return ""


def _plain_sed(words: Sequence[str]) -> bool:
    """One script of prints, deletions and substitutions; `-i` is judged as a write elsewhere."""
    scripts = [word for word in words if not word.startswith("-")][:1]
    flags = [word for word in words if word.startswith("-")]
    known = all(re.fullmatch(r"-[nrEiz]+|--in-place|--quiet|--regexp-extended", flag) for flag in flags)
    return known and bool(scripts) and bool(_SED_SCRIPT.fullmatch(scripts[0]))
