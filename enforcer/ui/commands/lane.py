"""`/lane`: where this session is, why, and how to move it."""

from __future__ import annotations

from enforcer.core.lanes import Lane
from enforcer.lanes.explicit import named_lane
from enforcer.ui.commands.base import STAY, Done, Host, command


@command("lane", "show the lane, or switch it and stay there", "[creative|analytical]")
async def COMMAND(host: Host, arguments: str) -> Done:
    if arguments:
        await host.conversation.switch_to(named_lane(arguments))
        return STAY
    conversation = host.conversation
    state = conversation.policy.state
    rows = [(f"{lane}{' (active)' if lane is state.active_lane else ''}", _model(host, lane)) for lane in Lane]
    rows += [
        ("sticky", "yes, until you or an answer switch it" if state.sticky else "no"),
        ("questions", str(state.policy)),
        ("endeavor", f"{state.endeavor_id}{_answer(state.answers.get(state.endeavor_id))}"),
    ]
    if conversation.bridge.last_path:
        rows.append(("last handoff", str(conversation.bridge.last_path)))
    host.table(("lane", ""), rows)
    return STAY


def _model(host: Host, lane: Lane) -> str:
    model = host.conversation.seats.model(lane)
    return str(model) if model else "no model"


def _answer(answer: str | None) -> str:
    return f", answered: {answer}" if answer else ", not asked about yet"
