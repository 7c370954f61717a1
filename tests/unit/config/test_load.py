"""Layers of settings: which one wins, and where a value came from."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from enforcer.config.load import foreign_hands
from enforcer.core.errors import ExitCode, UsageError
from enforcer.core.lanes import Lane, ModelRef, Task
from tests.unit.config.conftest import World

A, B, C, D = (ModelRef("p", name) for name in "abcd")


def test_without_any_file_the_defaults_hold(world: World) -> None:
    loaded = world.load()
    lanes = loaded.settings.lanes
    assert (lanes.creative.model, lanes.creative.tools.deny) == (None, ("WebSearch", "WebFetch"))
    assert (lanes.analytical.model, lanes.analytical.tools.deny) == (None, ())
    assert (lanes.default, lanes.ask, lanes.headless, lanes.pin) == (Lane.ANALYTICAL, "once", "pick", None)
    assert loaded.settings.permissions.defaultMode == "default"
    assert loaded.settings.memory.files == ("AGENTS.md", "CLAUDE.md")
    assert loaded.settings.hooks == ()
    assert loaded.settings.origin("lanes.ask") == "default"
    assert (loaded.warnings, loaded.powers, loaded.project_root) == ((), (), world.root)


def test_each_layer_wins_over_the_one_below(world: World) -> None:
    key = "lanes: {{creative: {{model: p/{}}}}}"
    seen = []

    def look(flags: dict[str, Any] | None = None) -> None:
        settings = world.load(flags, trusted=True).settings
        seen.append((settings.lanes.creative.model, settings.origin("lanes.creative.model")))

    user = world.person(key.format("a"))
    look()
    project = world.project(key.format("b"))
    look()
    local = world.project(key.format("c"), ".enforcer/config.local.yaml")
    look()
    world.env["ENFORCER_CREATIVE"] = "p/d"
    look()
    look({"lanes.creative.model": "p/a"})
    assert seen == [
        (A, str(user)),
        (B, str(project)),
        (C, str(local)),
        (D, "ENFORCER_CREATIVE"),
        (A, "--creative"),
    ]


@pytest.mark.parametrize(
    ("name", "value", "key", "expected"),
    [
        ("ENFORCER_CREATIVE", "p/a", "lanes.creative.model", "p/a"),
        ("ENFORCER_ANALYTICAL", "p/a", "lanes.analytical.model", "p/a"),
        ("ENFORCER_LANE", "creative", "lanes.default", "creative"),
        ("ENFORCER_PERMISSION_MODE", "plan", "permissions.defaultMode", "plan"),
        ("ENFORCER_PERMISSION_MODE", "yolo", "permissions.defaultMode", "bypassPermissions"),
    ],
)
def test_variables_set_what_they_name(world: World, name: str, value: str, key: str, expected: str) -> None:
    world.env[name] = value
    settings = world.load().settings
    found: Any = settings
    for part in key.split("."):
        found = getattr(found, part)
    assert (str(found), settings.origin(key)) == (expected, name)


def test_an_empty_variable_sets_nothing(world: World) -> None:
    world.env["ENFORCER_CREATIVE"] = ""
    assert world.load().settings.lanes.creative.model is None


@pytest.mark.parametrize(
    ("env", "flags", "message"),
    [
        pytest.param(
            {"ENFORCER_LANE": "artistic"},
            {},
            "ENFORCER_LANE: must be 'creative' or 'analytical'",
            id="variable",
        ),
        pytest.param(
            {},
            {"lanes.creative.model": "gpt"},
            "--creative: 'gpt' is not a model; write it as provider/model",
            id="CONF-013 flag",
        ),
        pytest.param(
            {},
            {"model": "gpt"},
            "--model: 'gpt' is not a model; write it as provider/model",
            id="CONF-013 one model",
        ),
        pytest.param(
            {},
            {"permissions.defaultMode": "always"},
            "--permission-mode: must be 'default', 'acceptEdits', 'plan', 'bypassPermissions' or 'dontAsk'",
            id="mode",
        ),
    ],
)
def test_a_wrong_flag_or_variable_ends_the_start(
    world: World, env: dict[str, str], flags: dict[str, Any], message: str
) -> None:
    world.env.update(env)
    with pytest.raises(UsageError) as refused:
        world.load(flags)
    assert (str(refused.value), refused.value.exit_code) == (message, ExitCode.USAGE)


def test_one_model_for_both_lanes_takes_the_fallbacks_away_conf_014(world: World) -> None:
    world.person("lanes: {creative: {model: p/a, fallback: [p/b]}, analytical: {model: p/c}}")
    settings = world.load({"model": "p/d"}).settings
    assert (settings.lanes.creative.model, settings.lanes.analytical.model) == (D, D)
    assert settings.lanes.creative.fallback == ()
    assert settings.origin("lanes.analytical.model") == "--model"


def test_the_flag_of_a_lane_wins_over_the_one_model(world: World) -> None:
    lanes = world.load({"lanes.creative.model": "p/a", "model": "p/d"}).settings.lanes
    assert (lanes.creative.model, lanes.analytical.model) == (A, D)


def test_null_in_a_higher_layer_switches_a_lane_off(world: World) -> None:
    world.person("lanes: {creative: {model: p/a}}")
    world.project("lanes: {creative: {model: null}}")
    assert world.load(trusted=True).settings.lanes.creative.model is None


def test_lists_are_joined_without_doubles_the_highest_first(world: World) -> None:
    user = world.person("permissions: {additionalDirectories: [/a, /b]}")
    settings = world.load({"permissions.additionalDirectories": ["/c", "/a"]}).settings
    assert settings.permissions.additionalDirectories == ("/c", "/a", "/b")
    assert settings.origin("permissions.additionalDirectories") == f"--add-dir, {user}"


def test_a_fallback_chain_is_taken_whole(world: World) -> None:
    world.person("lanes: {creative: {model: p/a, fallback: [p/b, p/c]}}")
    world.project("lanes: {creative: {fallback: [p/d]}}")
    assert world.load(trusted=True).settings.lanes.creative.fallback == (D,)


def test_an_empty_list_takes_a_default_back(world: World) -> None:
    world.person("lanes: {creative: {tools: {deny: []}}}")
    assert world.load().settings.lanes.creative.tools.deny == ()


def test_mappings_are_merged_key_by_key(world: World) -> None:
    world.person("lanes: {skills: {image: creative, deploy: none}}\nroutes: {test: creative, review: p/a}")
    world.project("lanes: {skills: {image: analytical}}")
    settings = world.load().settings
    assert settings.lanes.skills == {"image": "analytical", "deploy": "none"}
    assert settings.routes == {Task.TEST: Lane.CREATIVE, Task.REVIEW: A}


def test_rules_stay_with_the_place_they_come_from(world: World) -> None:
    user = world.person("permissions: {deny: [Read(/secret)], allow: Bash(ls)}")
    project = world.project("permissions: {deny: ['Bash(rm *)']}")
    permissions = world.load({"permissions.allow": ["Edit"]}).settings.permissions
    assert [(rule.origin, rule.base, rule.allow, rule.deny) for rule in permissions.rules] == [
        ("--allowedTools", world.root, ("Edit",), ()),
        (str(project), world.root, (), ("Bash(rm *)",)),
        (str(user), user.parent, ("Bash(ls)",), ("Read(/secret)",)),
    ]
    assert permissions.deny == ("Bash(rm *)", "Read(/secret)")


def test_hooks_stay_with_the_place_they_come_from(world: World) -> None:
    user = world.person('hooks: {Stop: [{hooks: [{type: command, command: "true", timeout: 5}]}]}')
    (source,) = world.load().settings.hooks
    assert source.origin == str(user)
    assert source.events == {"Stop": [{"hooks": [{"type": "command", "command": "true", "timeout": 5}]}]}


def test_all_hooks_can_be_switched_off(world: World) -> None:
    world.person("disableAllHooks: true\nhooks: {Stop: [{hooks: [{type: command, command: x}]}]}")
    assert world.load().settings.hooks == ()


def test_bypassing_permissions_can_be_switched_off_for_good(world: World) -> None:
    user = world.person("permissions: {disableBypassPermissionsMode: disable}")
    loaded = world.load({"permissions.defaultMode": "bypassPermissions"})
    assert loaded.settings.permissions.defaultMode == "default"
    assert loaded.warnings == (f"{user}: bypassPermissions is switched off, so the mode is 'default'",)
    assert loaded.settings.origin("permissions.defaultMode") == "--permission-mode"


def test_the_origin_of_a_section_names_all_that_had_a_say(world: World) -> None:
    user = world.person("lanes: {ask: auto}")
    world.env["ENFORCER_LANE"] = "creative"
    assert world.load().settings.origin("lanes") == f"{user}, ENFORCER_LANE"


def test_settings_do_not_change_under_a_session(world: World) -> None:
    settings: Any = world.load().settings
    with pytest.raises(ValueError, match="frozen"):
        settings.review = "required"


def test_claude_code_s_own_keys_are_kept_under_their_names(world: World) -> None:
    world.person(
        '{"model": "opus", "env": {"A": 1}, "sandbox": {"enabled": true}, "cleanupPeriodDays": 20,'
        ' "statusLine": {"type": "command", "command": "x", "padding": 0}, "outputStyle": "brief"}'
    )
    loaded = world.load()
    settings = loaded.settings
    assert (settings.model, settings.env, settings.sandbox) == ("opus", {"A": "1"}, {"enabled": True})
    assert (settings.cleanupPeriodDays, settings.outputStyle) == (20, "brief")
    assert settings.statusLine is not None
    assert settings.statusLine.command == "x"
    assert loaded.warnings == ()


# Broken files


def test_a_file_that_is_not_yaml_ends_the_start_conf_001(world: World) -> None:
    user = world.person("permissions:\n  deny: [Read(x)\n")
    with pytest.raises(UsageError) as refused:
        world.load()
    assert str(refused.value).startswith(f"{user}:3: this is not valid YAML (")
    assert refused.value.exit_code is ExitCode.USAGE


@pytest.mark.parametrize("name", [".enforcer/config.yaml", ".claude/settings.json", ".claude/settings.local.json"])
def test_a_project_s_broken_file_ends_the_start_too_conf_001(world: World, name: str) -> None:
    world.project("{", name)
    with pytest.raises(UsageError, match=r"this is not valid YAML"):
        world.load()


def test_a_file_that_is_no_mapping_is_refused(world: World) -> None:
    user = world.person("- deny")
    with pytest.raises(UsageError) as refused:
        world.load()
    assert str(refused.value) == f"{user}: this is not a mapping of settings; write it as key: value"


def test_one_rule_of_the_wrong_type_leaves_the_other_nine_conf_002(world: World) -> None:
    user = world.person("permissions: {deny: [a, b, c, d, {e: f}, g, h, i, j, k]}")
    loaded = world.load()
    assert loaded.settings.permissions.deny == ("a", "b", "c", "d", "g", "h", "i", "j", "k")
    assert loaded.warnings == (f"{user}: permissions.deny.4 must be text; it was left out",)


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        pytest.param("lanez: 1", "lanez is not known and was ignored; did you mean lanes?", id="CONF-003 top"),
        pytest.param(
            "lanes: {creative: {modle: p/a}}",
            "lanes.creative.modle is not known and was ignored; did you mean model?",
            id="CONF-003 inside",
        ),
        pytest.param(
            "providers: {x: {base-url: y}}",
            "providers.x.base-url is not known and was ignored; did you mean base_url?",
            id="CONF-003 in a mapping",
        ),
        pytest.param("qqqqqq: 1", "qqqqqq is not known and was ignored", id="CONF-003 nothing near"),
        pytest.param("lanes: {ask: on}", "lanes.ask must be 'once', 'auto' or 'never'; it was left out", id="CONF-006"),
        pytest.param(
            "lanes: {creative: {model: no}}",
            "lanes.creative.model: 'no' is not a model; write it as provider/model; it was left out",
            id="CONF-006 CONF-013 model",
        ),
        pytest.param("lanes: [a]", "lanes must be a mapping; it was left out", id="list for a section"),
        pytest.param("hooks: [a]", "hooks must be a mapping; it was left out", id="list for hooks"),
        pytest.param(
            "memory: {files: {a: b}}", "memory.files must be a list; it was left out", id="mapping for a list"
        ),
        pytest.param(
            "memory: {files: [../../x]}",
            "memory.files.0 must be a file name inside the project; it was left out",
            id="REPO-017 memory outside",
        ),
        pytest.param("statusLine: {type: command}", "statusLine.command is missing; it was left out", id="missing"),
        pytest.param(
            "lanes: {classifier: {ask_at: .nan}}",
            "lanes.classifier.ask_at must be a valid number, unable to parse string as a number; it was left out",
            id="not a number",
        ),
    ],
)
def test_a_bad_entry_is_named_and_the_session_starts(world: World, text: str, warning: str) -> None:
    user = world.person(text)
    assert world.load().warnings == (f"{user}: {warning}",)


def test_a_bad_lane_leaves_the_other_one_conf_013(world: World) -> None:
    world.person("lanes: {creative: {model: gpt}, analytical: {model: p/a}}")
    lanes = world.load().settings.lanes
    assert (lanes.creative.model, lanes.analytical.model) == (None, A)


def test_a_bad_task_type_leaves_the_other_routes(world: World) -> None:
    user = world.person("routes: {tesst: creative, review: creative}")
    loaded = world.load()
    assert loaded.settings.routes == {Task.REVIEW: Lane.CREATIVE}
    assert loaded.warnings[0].startswith(f"{user}: routes.tesst is no kind of work and was ignored; did you mean test?")


def test_what_was_written_in_the_wrong_place_is_not_repeated(world: World) -> None:
    world.person("providers: {anthropic: {api_key: sk-canary-1234567890, tries: sk-canary-1234567890}}")
    assert "sk-canary" not in " ".join(world.load().warnings)


def test_a_section_with_everything_commented_out_is_no_mistake(world: World) -> None:
    world.person("lanes:\n  # ask: auto\npermissions:\n  deny:\n")
    assert world.load().warnings == ()


# Whose file it is


def test_a_config_file_others_may_write_is_ignored_conf_017(world: World) -> None:
    user = world.person("lanes: {ask: auto}")
    os.chmod(user, 0o666)
    loaded = world.load()
    assert loaded.settings.lanes.ask == "once"
    assert loaded.warnings == (
        f"{user} can be changed by other users and was ignored; mend it with: chmod go-w {user}",
    )


@pytest.mark.parametrize(
    ("uid", "mode", "believed"),
    [
        pytest.param(1000, 0o100600, True, id="own"),
        pytest.param(0, 0o100644, True, id="root's"),
        pytest.param(1001, 0o100600, False, id="CONF-017 another user's"),
        pytest.param(1000, 0o100620, False, id="CONF-017 group may write"),
        pytest.param(1000, 0o100602, False, id="CONF-017 all may write"),
    ],
)
def test_who_could_have_written_a_file_decides(uid: int, mode: int, believed: bool) -> None:
    status = cast(os.stat_result, SimpleNamespace(st_uid=uid, st_mode=mode))
    assert (foreign_hands(Path("/c"), status, user=1000) is None) is believed


def test_a_home_that_is_missing_does_not_keep_a_session_from_starting_conf_015(world: World) -> None:
    world.env["HOME"] = ""
    assert world.load().warnings == ()


def test_claude_code_s_fallback_and_effort_hold_for_a_lane_without_its_own(world: World) -> None:
    world.person(
        "fallbackModel: [openai/spare, sonnet]\n"
        "effortLevel: high\n"
        "lanes: {creative: {fallback: [anthropic/own], effort: low}}\n"
    )
    settings = world.load().settings
    assert [list(map(str, settings.fallbacks(lane))) for lane in Lane] == [["anthropic/own"], ["openai/spare"]]
    assert [settings.effort(lane) for lane in Lane] == ["low", "high"]


def test_an_emptied_fallback_stays_empty(world: World) -> None:
    world.person("fallbackModel: openai/spare\nlanes: {creative: {fallback: []}}\n")
    settings = world.load().settings
    assert [len(settings.fallbacks(lane)) for lane in Lane] == [0, 1]
    assert [len(world.load({"model": "openai/one"}).settings.fallbacks(lane)) for lane in Lane] == [0, 0]
