"""`/why`: how the last prompt found its lane."""

from __future__ import annotations

from enforcer.ui.commands.base import STAY, Done, Host, command


@command("why", "how the last prompt found its lane")
async def COMMAND(host: Host, arguments: str) -> Done:
    decision = host.conversation.last_decision
    if decision is None:
        host.say("nothing has been decided yet; ask for something first")
        return STAY
    rows = [
        ("lane", f"{decision.lane or 'neutral'}{' (abstained: stays where it is)' if decision.abstained else ''}"),
        ("task", decision.task.value),
        ("confidence", f"{decision.confidence:.2f}"),
        ("source", decision.source.value),
        ("reason", decision.reason),
        ("took", _took(decision.us)),
    ]
    rows += [(f"step {n}", f"{step.lane or 'neutral'}: {step.text}") for n, step in enumerate(decision.steps, 1)]
    if host.conversation.last_asked:
        rows.append(("last question", host.conversation.last_asked))
    host.table(("decision", ""), rows)
    return STAY


def _took(us: int) -> str:
    """Microseconds, or milliseconds where a model was waited for."""
    return f"{us} µs" if us < 10_000 else f"{us / 1000:,.0f} ms"
