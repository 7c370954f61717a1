"""Draws the events of a session, all but the answer itself; loaded when there is something to draw."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from enforcer.core.checked import CheckpointEvaluated
from enforcer.core.events import (
    ContextTrimmed,
    DelegationFinished,
    DelegationStarted,
    Event,
    HookRan,
    LaneDecided,
    LaneRolledBack,
    LaneSwitched,
    MessageAdded,
    Notice,
    PinChecked,
    PromptReturned,
    RequestStarted,
    Retrying,
    TasksChanged,
    ToolFinished,
    ToolJudged,
    ToolStarted,
    TurnFinished,
    TurnStarted,
    WebSearched,
    Within,
)
from enforcer.core.lanes import ModelRef
from enforcer.core.messages import Role
from enforcer.core.verdict import Ruling, Verdict
from enforcer.ui import figures, render
from enforcer.ui.activity import Activity
from enforcer.ui.answer import Answer
from enforcer.ui.figures import shorten
from enforcer.ui.sanitize import clean, line
from enforcer.ui.screen import Screen

EXPANDED_CHARS = 400_000  # of a tool's output, shown in full on demand


class Drawing:
    def __init__(self, screen: Screen, answer: Answer, activity: Activity, *, verbose: bool) -> None:
        self._screen = screen
        self._answer = answer
        self._activity = activity
        self._verbose = verbose
        self._running: dict[str, str] = {}  # tool calls at work, by id
        self._refused: dict[str, Verdict] = {}
        self._last_output = ""
        self._unverified: set[ModelRef] = set()
        self._open: dict[str, int] = {}  # delegations at work: id -> number
        self._table_shown = False
        self._delegations: list[DelegationFinished] = []
        self._retries = 0
        self._after_answer = False  # text stands last: a tool line keeps its distance

    def draw(self, event: Event) -> None:
        match event:
            case Within(id, inner):
                self._within(id, inner)
            case ToolJudged() | ToolStarted() | ToolFinished():
                self._tool_event(event)
            case WebSearched():
                self._searched(event)
            case TurnStarted() | RequestStarted() | MessageAdded() | TurnFinished() | Retrying():
                self._turn_event(event)
            case DelegationStarted():
                self._delegation_started(event)
            case DelegationFinished():
                self._delegation_finished(event)
            case LaneDecided() | LaneSwitched() | LaneRolledBack() | PromptReturned():
                self._lane_event(event)
            case _:
                self._notice_event(event)

    def say(self, text: str, style: str = "") -> None:
        self._print(Text(clean(text), style))

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
        for name in columns:
            table.add_column(Text(clean(name)), overflow="fold")
        for row in rows:
            table.add_row(*(Text(clean(cell)) for cell in row))
        self._screen.gap()
        self._print(table)

    def expand(self) -> None:
        """The last tool output in full."""
        text = self._last_output
        self.say(text[:EXPANDED_CHARS] if text else "no tool output to show yet", "" if text else "dim")
        if len(text) > EXPANDED_CHARS:
            self.say(f"… {len(text) - EXPANDED_CHARS:,} more characters", "dim")

    # The session

    def _lane_event(self, event: LaneDecided | LaneSwitched | LaneRolledBack | PromptReturned) -> None:
        match event:
            case LaneDecided(_, decision):
                if self._verbose:
                    lane = decision.lane or "neutral"
                    self.say(f"lane: {lane} ({decision.confidence:.2f}: {decision.reason})", "dim")
            case LaneSwitched():
                self._print(render.lane_switched(event))
            case LaneRolledBack():
                self.say(f"↩ back in the {event.to_lane} lane: {event.reason}", "yellow")
            case PromptReturned():
                self.say("your prompt is back in the input line", "dim")

    def _notice_event(self, event: Event) -> None:
        match event:
            case ContextTrimmed() if event.turns:
                turns = figures.count(event.turns, "oldest turn")
                self.say(f"{turns} no longer fit into the model's context; the record keeps them", "dim")
            case Notice():
                self._print(render.notice(event))
            case PinChecked():
                self._pin(event)
            case TasksChanged(tasks) if tasks:
                self._print(render.tasks(tasks))
            case HookRan():
                self._hook(event)
            case CheckpointEvaluated():
                self._checkpoint(event)

    def _checkpoint(self, event: CheckpointEvaluated) -> None:
        """What stopped a call stands at the call; what passed is only for who wants everything."""
        if event.status == "pass" and not self._verbose:
            return
        if event.status == "pass" or event.on != "pre-tool":
            self._print(render.checkpoint(event))

    def _pin(self, event: PinChecked) -> None:
        if event.served is None:
            if event.pinned in self._unverified:
                return
            self._unverified.add(event.pinned)
        self._print(render.pin(event))

    def _hook(self, event: HookRan) -> None:
        if event.outcome == "ok" and not self._verbose:
            return
        words = {"ok": "done", "blocked": "blocked", "error": "failed"}
        said = (event.stderr or event.stdout).strip().partition("\n")[0]
        style = "dim" if event.outcome == "ok" else "yellow"
        outcome = words.get(event.outcome, event.outcome)
        self.say(f"hook {event.event} {outcome}: {shorten(line(said or event.command), 300)}", style)

    # A turn

    def _turn_event(self, event: TurnStarted | RequestStarted | MessageAdded | TurnFinished | Retrying) -> None:
        match event:
            case TurnStarted():
                self._begin_turn(event)
            case RequestStarted():
                self._answer.begin()
                self._activity.does("thinking")
            case MessageAdded():
                self._added(event)
            case Retrying():
                self._answer.interrupted()
                self._print(render.retrying(event))
                self._activity.does("trying again")
            case TurnFinished():
                self._finish_turn(event)

    def _begin_turn(self, event: TurnStarted) -> None:
        self._table_shown, self._retries = False, 0
        self._delegations.clear()
        self._running.clear()
        self._print(render.lane_head(event.lane, event.model))
        self._activity.does("thinking")

    def _added(self, event: MessageAdded) -> None:
        if event.message.role is Role.ASSISTANT:
            self._answer.complete(event.message.text)
            self._after_answer = self._after_answer or bool(event.message.text.strip())
            self._activity.refresh()

    def _finish_turn(self, event: TurnFinished) -> None:
        self._answer.end()
        self._activity.rests()
        self._open.clear()
        if self._delegations:
            self._print(render.delegations(self._delegations, self._retries))
        self._print(render.turn(event))
        self._screen.gap()
        self._after_answer = False

    # Tools

    def _tool_event(self, event: ToolJudged | ToolStarted | ToolFinished, number: int | None = None) -> None:
        match event:
            case ToolJudged(call, verdict):
                if verdict.ruling is Ruling.DENY:
                    self._refused[call.id] = verdict
            case ToolStarted(call, summary):
                self._answer.end()
                self._running[call.id] = f"#{number} {summary}" if number else summary
                self._activity.does(self._running[call.id])
            case ToolFinished():
                self._tool_finished(event, number)

    def _tool_finished(self, event: ToolFinished, number: int | None) -> None:
        self._running.pop(event.call.id, None)
        self._last_output = event.display or event.content
        refused = self._refused.pop(event.call.id, None)
        text = render.tool(event, why_refused=_why(refused, event))
        if self._after_answer and number is None:
            self._screen.gap()
        self._after_answer = False
        self._print(text if number is None else render.nested(text, number))
        self._activity.does(next(reversed(self._running.values()), "thinking"))

    def _searched(self, event: WebSearched) -> None:
        self._answer.end()
        self._print(render.searched(event))
        self._activity.does("thinking")

    # Delegations

    def _within(self, id: str, event: Event) -> None:
        number = self._open.get(id, 0)
        match event:
            case ToolJudged() | ToolStarted() | ToolFinished():
                self._tool_event(event, number)
            case Retrying():
                self._retries += 1
                self._print(render.nested(render.retrying(event), number))
            case WebSearched():
                self._print(render.nested(render.searched(event), number))
            case PinChecked() | Notice() | HookRan() | CheckpointEvaluated():
                self._notice_event(event)

    def _delegation_started(self, event: DelegationStarted) -> None:
        self._open[event.id] = event.number
        table, width = render.DelegationTable(), self._screen.width
        rows: list[RenderableType] = [table.row(event, width)]
        if not self._table_shown and width >= render.NARROW:
            rows.insert(0, table.header())
        if not self._table_shown:
            self._screen.gap()
        self._table_shown = True
        self._after_answer = False
        self._print(*rows)
        self._activity.does(f"#{event.number} {event.agent}")

    def _delegation_finished(self, event: DelegationFinished) -> None:
        self._open.pop(event.id, None)
        self._delegations.append(event)
        deviation = render.deviation(event)
        if deviation is not None:
            self._print(deviation)
        self._activity.does("thinking")

    def _print(self, *renderables: RenderableType) -> None:
        self._answer.end()
        self._screen.print(*renderables)


def _why(refused: Verdict | None, event: ToolFinished) -> str:
    if refused is None or not event.is_error:
        return ""
    return f"refused by {refused.by}: {event.content}"
