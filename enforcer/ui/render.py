"""Events as lines of text. Pure; everything foreign is sanitised here and printed as Text, never as markup."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from enforcer.core.checked import CheckpointEvaluated
from enforcer.core.events import (
    DelegationFinished,
    DelegationStarted,
    LaneSwitched,
    Notice,
    PinChecked,
    Retrying,
    ToolFinished,
    TurnFinished,
    WebSearched,
)
from enforcer.core.lanes import Lane, ModelRef
from enforcer.core.messages import Usage
from enforcer.core.requests import PinStatus
from enforcer.ui import figures
from enforcer.ui.sanitize import clean, line

LANE_STYLE = {Lane.CREATIVE: "magenta", Lane.ANALYTICAL: "cyan"}
NOTICE_STYLE = {"info": "dim", "warning": "yellow", "error": "red"}
QUIET_TOOLS = frozenset(
    {"Read", "Glob", "Grep", "Skill", "TaskCreate", "TaskUpdate", "TaskList", "Delegate", "WebFetch"}
)
PREVIEW_LINES = 4
DIFF_LINES = 40
LONGEST_LINE = 400  # characters of one line of a preview
NARROW = 60  # below it a table is a list of lines
NESTED = 2  # columns a sub-agent's lines are moved in
_SCAN = 4_000_000  # characters searched for line ends: enough to count, little enough to be quick


def lane_head(lane: Lane, model: ModelRef) -> Text:
    return Text.assemble((lane.value, f"bold {LANE_STYLE[lane]}"), (f" · {line(str(model))}", "dim"))


def lane_switched(event: LaneSwitched) -> Text:
    text = Text.assemble(("→ ", "dim"), lane_head(event.to_lane, event.model))
    if not event.artifact_bytes:
        return text
    sizes = figures.size(event.artifact_bytes)
    if event.full_bytes > event.artifact_bytes:
        sizes += f" instead of {figures.size(event.full_bytes)}"
    return text.append(f" (handoff {sizes})", "dim")


def notice(event: Notice) -> Text:
    return Text(clean(event.text), NOTICE_STYLE.get(event.level, "dim"))


def retrying(event: Retrying) -> Text:
    when = f"in {event.delay_s:.0f} s" if event.delay_s >= 1 else "now"
    return Text(f"↻ {line(event.reason)}; trying again {when} ({event.attempt} of {event.tries})", "yellow")


def pin(event: PinChecked) -> Text:
    asked = line(str(event.pinned))
    if event.status is PinStatus.MISMATCH:
        return Text(f"pin: asked for {asked}, served by {line(event.served or '?')}", "bold red")
    return Text(f"pin unverified: the service did not say which model answered for {asked}", "dim")


def checkpoint(event: CheckpointEvaluated) -> Text:
    """`✓ checkpoint deploy/tests-before-deploy`, or what it found and whether that holds anything up."""
    if event.status == "pass":
        return Text(f"✓ checkpoint {line(event.id)}", "dim")
    found = f": {line(event.reason)}" if event.reason else ""
    style = "red" if event.severity == "block" else "yellow"
    return Text(f"✗ checkpoint {line(event.id)}{found}", style)


# Tools


def tool(event: ToolFinished, *, why_refused: str = "") -> Text:
    """`● Edit src/app.py  +3 −1` with a short preview of what came of it."""
    failed = event.is_error
    text = Text().append("✗ " if failed else "● ", "red" if failed else "green")
    text.append(figures.shorten(line(event.summary), LONGEST_LINE))
    if event.added or event.removed:
        text.append(f"  +{event.added}", "green").append(f" −{event.removed}", "red")
    if _quiet(event):
        return text.append(f"  {_amount(event.content)}", "dim")
    body = why_refused or event.display or event.content
    if event.display and not failed and not why_refused:
        return _indented(text, diff(event.display))
    return _indented(text, preview(body, failed=failed))


def searched(event: WebSearched) -> Text:
    """`● WebSearch kettles  5 pages`: a search the service made itself."""
    text = Text().append("✗ " if event.error else "● ", "red" if event.error else "green")
    text.append(figures.shorten(f"WebSearch {line(event.query)}".rstrip(), LONGEST_LINE))
    if event.error:
        return text.append(f"  {line(event.error)}", "red")
    return text.append(f"  {figures.count(len(event.sources), 'page')}", "dim") if event.sources else text


def preview(content: str, *, failed: bool = False) -> Text:
    """The first lines, of a failure the last ones; what is left out is counted."""
    total = content.count("\n", 0, _SCAN) + (not content.endswith("\n"))
    chosen = _last(content) if failed else list(islice(_lines(content), PREVIEW_LINES))
    style = "red" if failed else "dim"
    text = Text("\n".join(clean(part) for part in chosen), style)
    hidden = total - len(chosen)
    if hidden > 0:
        more = figures.count(hidden, "more line")
        where = _saved_path(content)
        text.append(f"\n… {more} (ctrl+o{f' · {where}' if where else ''})", "dim")
    return text


def diff(display: str) -> Text:
    """A unified diff in colour, capped; the signs stay, so that colour is never the only difference."""
    lines = list(islice(_lines(display), DIFF_LINES))
    text = Text()
    for number, part in enumerate(lines):
        text.append("\n" if number else "").append(clean(part), _diff_style(part))
    hidden = display.count("\n", 0, _SCAN) + (not display.endswith("\n")) - len(lines)
    return text.append(f"\n… {figures.count(hidden, 'more line')} (ctrl+o)", "dim") if hidden > 0 else text


def tasks(items: Sequence[Mapping[str, str]]) -> Text:
    done = sum(item.get("status") == "completed" for item in items)
    now = next((item for item in items if item.get("status") == "in_progress"), None)
    text = Text(f"☐ tasks {done}/{len(items)}", "dim")
    return text.append(f" · {line(now.get('activeForm') or now.get('subject', ''))}", "dim") if now else text


# Delegations


class DelegationTable:
    """One header per turn, then a row as each delegation starts; columns keep their places."""

    COLUMNS = ("#", "step", "agent", "lane", "pinned model", "why")
    SHARES = (None, 3, 2, None, 3, None)  # None = as wide as WIDTHS says
    WIDTHS = (2, None, None, 10, None, 10)

    def header(self) -> Table:
        return self._table([Text(name, "dim") for name in self.COLUMNS])

    def row(self, event: DelegationStarted, width: int) -> Table | Text:
        model, lane = line(str(event.model)), (event.lane.value, LANE_STYLE[event.lane])
        if width < NARROW:
            return Text.assemble(f"#{event.number} {line(event.step)} → ", lane, f" · {model} ({line(event.why)})")
        cells = (str(event.number), line(event.step), line(event.agent), lane, model, line(event.why))
        return self._table([Text(c) if isinstance(c, str) else Text(*c) for c in cells])

    def _table(self, cells: Sequence[Text]) -> Table:
        grid = Table.grid(padding=(0, 1), expand=True)
        for share, width in zip(self.SHARES, self.WIDTHS, strict=True):
            grid.add_column(ratio=share, width=width, overflow="fold")
        grid.add_row(*cells)
        return grid


def deviation(event: DelegationFinished) -> Text | None:
    """A line only when it did not simply work."""
    if event.status == "completed":
        return None
    first = figures.shorten(line(event.report.strip().partition("\n")[0]), LONGEST_LINE)
    return Text(f"✗ #{event.number} {line(event.status)}{f': {first}' if first else ''}", "yellow")


def delegations(finished: Sequence[DelegationFinished], retries: int) -> Text:
    """`3 delegations · 41k tok · $0.08 · 1 retry`; one delegation may have had several attempts."""
    usage = sum((each.usage for each in finished), Usage())
    known = [each.cost_usd for each in finished if each.cost_usd is not None]
    parts = [
        figures.count(len({each.number for each in finished}), "delegation"),
        f"{figures.tokens(_total(usage))} tok",
        cost(sum(known) if known else None, unknown=len(known) < len(finished)),
    ]
    if retries:
        parts.append(figures.count(retries, "retry"))
    return Text(" · ".join(parts), "dim")


# The end of a turn


def turn(event: TurnFinished) -> Text:
    """`1.2k in · 340 out · $0.012 · 4.1s`, below the reason when it did not end by itself."""
    usage = event.usage
    text = _ending(event)
    parts = [
        f"{figures.tokens(usage.input)} in",
        f"{figures.tokens(usage.output)} out",
        figures.cost(event.cost_usd),
        figures.duration(event.ms),
    ]
    return text.append(" · ".join(parts), "dim")


def cost(known: float | None, *, unknown: bool) -> str:
    if known is None:
        return figures.cost(None)
    return f"{figures.money(known)} + unknown" if unknown else figures.money(known)


def nested(text: Text, number: int) -> Padding:
    """What a sub-agent does, moved in and dim."""
    body = Text.assemble((f"{number} ", "dim"), text)
    body.stylize("dim")
    return Padding(body, (0, 0, 0, NESTED))


def _ending(event: TurnFinished) -> Text:
    match event.reason:
        case "interrupted":
            return Text("■ interrupted; say what to do instead\n", "yellow")
        case "max_turns":
            return Text("■ stopped at the turn limit; 'continue' goes on\n", "yellow")
        case "broken":
            return Text("■ stopped: the model's tool calls could not be read\n", "yellow")
        case "error" | "pin":
            return Text(f"✗ {clean(event.error)}\n", "red")
    return Text()


def _quiet(event: ToolFinished) -> bool:
    return event.call.name in QUIET_TOOLS and not event.is_error and not event.display


def _amount(content: str) -> str:
    return figures.count(content.count("\n", 0, _SCAN) + bool(content) * (not content.endswith("\n")), "line")


def _indented(head: Text, body: Text) -> Text:
    if not body.plain.strip():
        return head
    for part in body.split("\n"):
        head.append("\n    ").append_text(part)
    return head


def _lines(content: str) -> Iterator[str]:
    """Lines from the start, each cut; never looks further than it is asked to."""
    at = 0
    while at < len(content):
        end = content.find("\n", at)
        end = len(content) if end < 0 else end
        yield _cut(content[at : min(end, at + LONGEST_LINE + 1)], end - at)
        at = end + 1


def _last(content: str) -> list[str]:
    tail = content.rstrip("\n")[-PREVIEW_LINES * LONGEST_LINE * 4 :].split("\n")[-PREVIEW_LINES:]
    return [_cut(part, len(part)) for part in tail]


def _cut(text: str, length: int) -> str:
    if length <= LONGEST_LINE:
        return text
    return f"{text[:LONGEST_LINE]}… {length - LONGEST_LINE:,} more characters"


def _saved_path(content: str) -> str:
    """Where the tool said that the whole output is."""
    for part in reversed(content[-1_000:].split()):
        path = part.strip("[]()'\",.;")
        if path.startswith("/") and "/outputs/" in path:
            return line(path)
    return ""


def _diff_style(text: str) -> str:
    if text.startswith(("+++", "---")):
        return "bold"
    return {"+": "green", "-": "red", "@": "cyan"}.get(text[:1], "dim")


def _total(usage: Usage) -> int | None:
    if usage.input is None and usage.output is None:
        return None
    return (usage.input or 0) + (usage.output or 0)
