from __future__ import annotations

from pathlib import Path

import pytest

from enforcer.permissions.rules import BadRule, Rule, RuleSet


@pytest.mark.parametrize(
    ("rule", "command", "matches"),
    [
        pytest.param("Bash(git status)", "git status", True, id="exact"),
        pytest.param("Bash(git status)", "git statusx", False, id="PERM-041"),
        pytest.param("Bash(npm run build)", "npm run build-evil", False, id="PERM-042"),
        pytest.param("Bash(git commit *)", "git commit -m x", True, id="PERM-043"),
        pytest.param("Bash(git commit *)", "git commit", True, id="star-after-a-blank-is-optional"),
        pytest.param("Bash(ls *)", "lsof", False, id="word-boundary"),
        pytest.param("Bash(ls*)", "lsof", True, id="no-boundary-without-a-blank"),
        pytest.param("Bash(npm run:*)", "npm run test", True, id="colon-star"),
        pytest.param("Bash(npm run:*)", "npm runner", False, id="colon-star-has-a-boundary"),
        pytest.param("Bash(git * main)", "git push origin main", True, id="star-spans-blanks"),
        pytest.param("Bash(git * main)", "git push origin mainx", False, id="literal-end"),
        pytest.param("Bash", "anything at all", True, id="bare"),
        pytest.param("Bash(*)", "anything at all", True, id="star"),
        pytest.param("Bash(echo (x))", "echo (x)", True, id="brackets-inside"),
        pytest.param("Bash(a.b)", "axb", False, id="a-dot-is-a-dot"),
    ],
)
def test_a_bash_rule_matches_by_words(rule: str, command: str, matches: bool) -> None:
    assert Rule.parse(rule).matches_command(command.split(" ")) is matches


def test_a_word_with_blanks_does_not_pass_for_two_words() -> None:
    rule = Rule.parse("Bash(git commit *)")
    assert not rule.matches_command(["git commit", "-m", "x"])


def test_quotes_in_a_rule_and_in_a_command_need_not_be_the_same() -> None:
    assert Rule.parse('Bash(git commit -m "all done")').matches_command(["git", "commit", "-m", "all done"])


@pytest.mark.parametrize(
    ("rule", "text", "found"),
    [
        ("Bash(curl *)", "for i in 1; do curl $i; done", True),
        ("Bash(curl *)", 'cu""rl $x', True),
        ("Bash(curl *)", "cu\\\nrl $x", True),
        ("Bash(curl *)", "{curl,$x}", True),
        ("Bash(curl *)", "$(/usr/bin/curl x)", True),
        ("Bash(curl *)", "x=curl; $x", True),
        ("Bash(curl *)", "${x:-curl} y", True),
        ("Bash(curl *)", "mycurl $x", False),
        ("Bash(git push --force *)", "(git push --force origin $b)", True),
        ("Bash(git push --force *)", "(git push origin $b)", False),
        ("Bash(git * --force)", "(git push origin --force)", True),
    ],
)
def test_a_denied_command_is_found_in_text_nobody_can_parse(rule: str, text: str, found: bool) -> None:
    assert Rule.parse(rule).matches_inside(text) is found


@pytest.mark.parametrize(
    ("rule", "tool", "covers"),
    [
        ("Edit", "Write", True),
        ("Edit(src/**)", "Edit", True),
        ("Write", "Edit", False),
        ("Read", "Grep", True),
        ("Read", "Write", False),
        ("Agent(x)", "Delegate", True),
        ("Delegate(x)", "Task", True),
        ("mcp__files", "mcp__files__read", True),
        ("mcp__files__*", "mcp__files__read", True),
        ("mcp__files__read", "mcp__files__write", False),
        ("mcp__files", "mcp__filesystem__read", False),
    ],
)
def test_a_rule_covers_a_family_of_tools(rule: str, tool: str, covers: bool) -> None:
    assert Rule.parse(rule).covers(tool) is covers


@pytest.mark.parametrize(
    ("rule", "path", "matches"),
    [
        ("Read(//etc/**)", "/etc/passwd", True),
        ("Read(~/notes/*)", "{home}/notes/a", True),
        ("Read(/docs/**)", "/settings/docs/a", True),
        ("Read(/docs/**)", "/p/docs/a", False),
        ("Read(./src/*.py)", "/p/src/a.py", True),
        ("Read(./src/*.py)", "/p/x/src/a.py", False),
        ("Read(*.py)", "/p/x/src/a.py", True),
        ("Read(*.py)", "/elsewhere/a.py", False),
        ("Read(src/**)", "/p/src/a/b", True),
        ("Read(src/**)", "/p2/src/a", False),
    ],
)
def test_a_path_rule_has_its_anchor(home: Path, rule: str, path: str, matches: bool) -> None:
    parsed = Rule.parse(rule, base=Path("/settings"))
    assert parsed.matches_path(Path(path.format(home=home)), (Path("/p"),)) is matches


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        pytest.param("https://docs.example.test.evil.test/", False, id="PERM-064-suffix"),
        pytest.param("https://docs.example.test@evil.test/", False, id="PERM-064-user"),
        pytest.param("https://docs.example.test%00.evil.test/", False, id="PERM-064-nul"),
        pytest.param("https://DOCS.example.test./", True, id="PERM-064-same-host"),
        pytest.param("http://127.0.0.1:1/redirect-to-evil", False, id="PERM-064-elsewhere"),
        pytest.param("https://docs.example.test:8443/x", True, id="a-port"),
        pytest.param("https://evil.test\\@docs.example.test/", False, id="backslash"),
        pytest.param("https://docs.example.test\n.evil.test/", False, id="newline"),
        pytest.param("ftp://docs.example.test/", False, id="another-scheme"),
        pytest.param("https://[docs.example.test/", False, id="broken"),
    ],
)
def test_a_host_is_compared_by_label(url: str, allowed: bool) -> None:
    assert Rule.parse("WebFetch(domain:docs.example.test)").matches_host(url) is allowed


def test_a_star_opens_the_hosts_below_a_domain_and_not_the_domain() -> None:
    rule = Rule.parse("WebFetch(domain:*.example.test)")
    assert [rule.matches_host(f"https://{host}/") for host in ("a.example.test", "example.test", "aexample.test")] == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("rule", "url", "matches"),
    [
        pytest.param("domain:münchen.example", "https://xn--mnchen-3ya.example/", True, id="idn-rule"),
        pytest.param("domain:xn--mnchen-3ya.example", "https://MÜNCHEN.example./", True, id="idn-address"),
        pytest.param("domain:example.test", "https://exаmple.test/", False, id="a-cyrillic-letter"),
        pytest.param("domain:127.0.0.1", "http://2130706433/", True, id="decimal"),
        pytest.param("domain:127.0.0.1", "http://0177.0.0.1/", True, id="octal"),
        pytest.param("domain:127.0.0.1", "http://[::ffff:7f00:1]/", True, id="mapped"),
        pytest.param("domain:[::1]", "http://[0:0:0:0:0:0:0:1]:80/", True, id="ipv6"),
        pytest.param("domain:localhost:3000", "http://localhost:3000/a", True, id="its-port"),
        pytest.param("domain:localhost:3000", "http://localhost:3001/a", False, id="another-port"),
        pytest.param("domain:example.test:443", "https://example.test/", True, id="the-usual-port"),
        pytest.param("domain:*", "https://example.test/", True, id="any"),
        pytest.param("domain:*.test", "https://a.b.test/", True, id="deep"),
    ],
)
def test_a_host_has_one_spelling(rule: str, url: str, matches: bool) -> None:
    assert Rule.parse(f"WebFetch({rule})").matches_host(url) is matches


@pytest.mark.parametrize("spec", ["domain:", "domain:a b", "domain:x@y", "domain:a..b", "url:https://x", "domain:*x.y"])
def test_a_rule_that_names_no_host_is_refused(spec: str) -> None:
    with pytest.raises(BadRule) as raised:
        Rule.parse(f"WebFetch({spec})", "user.yaml")
    assert str(raised.value) == (
        f"user.yaml: 'WebFetch({spec})' is not a WebFetch rule; write WebFetch(domain:example.org)"
    )


@pytest.mark.parametrize(
    ("rule", "given", "matches"),
    [
        ("Agent(reviewer)", {"subagent_type": "reviewer"}, True),
        ("Agent(reviewer)", {"agent": "reviewer"}, True),
        ("Agent(lane:creative)", {"lane": "creative"}, True),
        ("Agent(lane:creative)", {"lane": "analytical"}, False),
        ("Delegate(review*)", {"agent": "reviewer"}, True),
    ],
)
def test_an_agent_rule_names_an_agent_or_a_lane(rule: str, given: dict[str, str], matches: bool) -> None:
    assert Rule.parse(rule).matches_agent(given) is matches


def test_a_parameter_rule_compares_one_value() -> None:
    rule = Rule.parse("Bash(run_in_background:true)")
    assert rule.matches_parameter({"run_in_background": True})
    assert not rule.matches_parameter({"run_in_background": False})
    assert not rule.matches_parameter({"command": "ls"})


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "Bash(ls",
            "user.yaml: 'Bash(ls' is not a permission rule; write Tool or Tool(pattern), e.g. Bash(git diff *)",
        ),
        ("", "user.yaml: '' is not a permission rule; write Tool or Tool(pattern), e.g. Bash(git diff *)"),
        ("Bash()", "user.yaml: 'Bash()' has an empty pattern; write Bash alone for the whole tool"),
        (
            "WebFetch(https://x)",
            "user.yaml: 'WebFetch(https://x)' is not a WebFetch rule; write WebFetch(domain:example.org)",
        ),
    ],
)
def test_a_bad_rule_is_named_with_its_file(text: str, complaint: str) -> None:
    with pytest.raises(BadRule) as raised:
        Rule.parse(text, "user.yaml")
    assert str(raised.value) == complaint


def test_a_bad_rule_is_dropped_alone() -> None:
    rules = RuleSet.parse(allow=["Bash(ls *)", "Bash("], deny=["Bash(curl *)"], origin="user.yaml")
    assert [str(rule) for rule in (*rules.allow, *rules.deny)] == ["Bash(ls *)", "Bash(curl *)"]
    assert [rule.origin for rule in rules.allow] == ["user.yaml"]
    assert len(rules.problems) == 1


def test_the_rules_of_all_levels_add_up() -> None:
    both = RuleSet.parse(deny=["A"], origin="user") + RuleSet.parse(deny=["B"], allow=["C"], origin="project")
    assert ([str(rule) for rule in both.deny], [str(rule) for rule in both.allow]) == (["A", "B"], ["C"])


@pytest.mark.parametrize(
    ("rule", "broad"),
    [
        pytest.param("Bash(*)", True, id="REPO-005"),
        pytest.param("Bash", True, id="bare"),
        pytest.param("*", True, id="every-tool"),
        pytest.param("Bash(python *)", True, id="interpreter"),
        pytest.param("Bash(/usr/bin/bash:*)", True, id="shell-by-path"),
        pytest.param("Bash(sudo *)", True, id="wrapper"),
        pytest.param("Bash(p*)", True, id="open-program-name"),
        pytest.param("mcp__files", True, id="a-whole-server"),
        pytest.param("Bash(python -m pytest -q)", False, id="exact"),
        pytest.param("Bash(npm test *)", False, id="one-script"),
        pytest.param("Edit(src/**)", False, id="a-folder"),
    ],
)
def test_a_broad_rule_is_one_that_lets_any_program_run(rule: str, broad: bool) -> None:
    assert Rule.parse(rule).broad is broad
