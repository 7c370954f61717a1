"""Why a turn went as it did, in a few calm rows: for `/why` and `enforcer why`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath

from enforcer.core.figures import UNKNOWN, count, duration, money, tokens
from enforcer.core.lanes import LaneDecision, Source
from enforcer.core.requests import Purpose, RequestRow
from enforcer.session.facts import clipped
from enforcer.session.reasons import Json, Why

LONGEST = 200
FALLBACK = "fallback for "  # as the rows of the ledger say it
BEYOND = ("routes.", "escalate: ")
UNASKED = {"timeout": "nobody answered in time", "auto": "escalate.headless allows it"}
MOST_NAMED = 8
BY = {
    Source.EXPLICIT: "you said so",
    Source.DECLARED: "the skill or the command says so",
    Source.LEARNT: "a rule you taught",
    Source.FOLLOW_UP: "it goes on with what was said before",
    Source.LOCAL: "the classifier on this machine",
    Source.MODEL: "the model that is asked where the classifier is not sure",
    Source.ABSTAIN: "nobody was sure, so it stayed",
}
KEYS = {
    "enter": "Enter",
    "y": "y",
    "n": "n",
    "esc": "Esc",
    "k": "k: always for this kind",
    "a": "a: switch without asking from now on",
    "d": "d: never ask here",
    "e": "e: with a look at the handoff",
}


def rows_of(told: Why) -> list[tuple[str, str]]:
    """Label and text, what matters most first."""
    return [
        ("turn", f"{told.turn} of session {told.session}"),
        *([("prompt", clipped(told.prompt, LONGEST))] if told.prompt else []),
        *_decided(told),
        ("asked you", _asked(told)),
        *([("switch", _switch(told.switch))] if told.switch else []),
        *(("proposed", _proposed(each)) for each in told.escalations),
        *_served(told),
        *_delegated(told.delegations),
        *_side(told.side),
        *_changed(told.changed),
        ("checks", told.check.value),
        ("cost", _cost(told)),
        ("ended", _ended(told)),
    ]


def _decided(told: Why) -> Iterator[tuple[str, str]]:
    decision = told.decision
    if decision is None:
        yield ("lane", f"{told.lane or UNKNOWN}; nothing was decided")
        return
    ran = "" if told.lane in ("", decision.lane) else f"; it ran in the {told.lane} lane"
    yield ("lane", f"{decision.lane or 'neutral'} · {decision.task}, {_sure(decision)}{ran}")
    yield ("decided by", f"{decision.source}: {BY[decision.source]}")
    yield ("because", f"{decision.reason} ({decision.us} µs)")
    yield ("runner-up", decision.runner_up or "none")
    for number, step in enumerate(decision.steps, 1):
        yield (f"step {number}", f"{step.lane or 'neutral'}: {step.text}")
    yield ("endeavor", UNKNOWN if told.endeavor is None else str(told.endeavor))


def _sure(decision: LaneDecision) -> str:
    return f"not sure enough ({decision.confidence:.2f})" if decision.abstained else f"{decision.confidence:.2f} sure"


def _asked(told: Why) -> str:
    if told.answer is None:
        return "no"
    answer, key = told.answer["answer"], told.answer["key"]
    if key == "auto":
        return "no; you have it switch without asking"
    if key == "timeout":
        return f"yes; nobody answered in time, so: {answer}"
    return f"yes; you answered {answer} ({KEYS.get(key, key)})"


def _proposed(escalation: Json) -> str:
    key = escalation["key"]
    said = UNASKED.get(key) or f"you answered {KEYS.get(key, key)}"
    taken = "it took over" if escalation["answer"] == "yes" else "it was not asked"
    return f"{escalation['model']}, because {escalation['why']}; {said}, so {taken}"


def _switch(switch: Json) -> str:
    undone = f"; undone: {switch['undone']}" if switch["undone"] else ""
    handoff = f"; handoff {PurePath(switch['handoff']).name}" if switch["handoff"] else ""
    return f"{switch['from']} → {switch['to']}{handoff}{undone}"


def _served(told: Why) -> Iterator[tuple[str, str]]:
    """One row per model that was asked in the turn itself: a fallback is one of its own."""
    main = [row for row in told.requests if row.purpose is Purpose.MAIN]
    if not main and told.model:
        yield ("model", f"{told.model}; it was not asked")
    for asked in dict.fromkeys(str(row.asked) for row in main):
        rows = [row for row in main if str(row.asked) == asked]
        label = "fallback" if rows[0].why.startswith(FALLBACK) else "model"
        yield (label, _model(asked, rows))


def _model(asked: str, rows: Sequence[RequestRow]) -> str:
    served = dict.fromkeys(row.served for row in rows if row.served)
    answered = [row for row in rows if row.outcome == "ok" or row.served]
    pins = dict.fromkeys(row.pin.value for row in answered)
    parts = [f"asked for {asked}{_instead(rows[0])}"]
    if answered:
        parts.append(f"served by {', '.join(served) or 'no name'}, pin {', '.join(pins)}")
    again = sum(row.tries - 1 for row in rows)
    parts.append(count(len(rows), "request") + (f", {count(again, 'retry')}" if again else ""))
    parts += dict.fromkeys(row.outcome for row in rows if row.outcome != "ok")
    return "; ".join(parts)


def _instead(row: RequestRow) -> str:
    """What put a model in the place of the lane's own."""
    reason = row.why.partition("; ")[0]
    return f" ({reason})" if reason.startswith(BEYOND) else ""


def _delegated(delegations: Sequence[Json]) -> Iterator[tuple[str, str]]:
    for each in delegations:
        end = each["status"] or "not finished"
        spent = f", {money(each['cost_usd'])} for {count(each['requests'], 'request')}" if each["status"] else ""
        what = f"{each['step']} ({each['why']}) → {each['agent']} on {each['lane']} · {each['model']}"
        yield (f"delegated {each['number']}", f"{what}: {end}{spent}")


def _changed(paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    if paths:
        more = f" and {count(len(paths) - MOST_NAMED, 'other')}" if len(paths) > MOST_NAMED else ""
        yield ("changed", ", ".join(paths[:MOST_NAMED]) + more)


def _side(rows: Sequence[RequestRow]) -> Iterator[tuple[str, str]]:
    for row in rows:
        outcome = "" if row.outcome == "ok" else f", {row.outcome}"
        yield (f"for {row.purpose}", f"{row.asked}, {money(row.cost_usd)}{outcome}")


def _cost(told: Why) -> str:
    if not told.requests:
        return "no request was made"
    known, use = money(told.known_usd), told.usage
    all_unknown = told.unpriced == len(told.requests)
    spent = UNKNOWN if all_unknown else f"≥ {known}" if told.unpriced else known
    read = f" ({tokens(use.cache_read)} cached)" if use.cache_read else ""
    flow = f"{tokens(use.input)} in{read}, {tokens(use.output)} out"
    took = duration(sum(row.latency_ms for row in told.requests))
    return f"{spent} · {count(len(told.requests), 'request')} · {flow} · {took}"


def _ended(told: Why) -> str:
    why = f"{told.ended}: {clipped(told.error, LONGEST)}" if told.error else told.ended
    back = "the prompt went back to you" if told.returned else ""
    return "; ".join(filter(None, [why, back])) or "not yet"
