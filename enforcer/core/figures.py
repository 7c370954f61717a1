"""Figures as a person reads them: tokens, money, sizes, durations. The only such words of the project."""

from __future__ import annotations

UNKNOWN = "unknown"


def tokens(count: int | None) -> str:
    """`340`, `1.2k`, `41k`, `1.3M`; `?` when the service did not say."""
    if count is None:
        return "?"
    for unit, size in (("M", 1_000_000), ("k", 1_000)):
        if count >= size * 0.9995:  # 999,700 is a million, not a thousand thousands
            value = count / size
            return f"{value:.1f}{unit}".replace(".0", "") if value < 10 else f"{value:.0f}{unit}"
    return str(count)


def money(usd: float | None) -> str:
    """`$1.23`, `$0.012`, `$0.0004`; what is unknown is said, never shown as 0."""
    if usd is None:
        return UNKNOWN
    if 0 < usd < 0.0001:
        return "<$0.0001"
    if usd >= 1 or usd == 0:
        return f"${usd:,.2f}"
    digits = f"{usd:.3f}" if usd >= 0.01 else f"{usd:.4f}"
    whole, _, decimals = digits.rstrip("0").partition(".")
    return f"${whole}.{decimals.ljust(2, '0')}"


def cost(usd: float | None) -> str:
    """As `money`, where nothing beside it says what is unknown."""
    return f"cost {UNKNOWN}" if usd is None else money(usd)


def size(count: int) -> str:
    """`812 B`, `41 kB`, `1.2 MB`."""
    for unit, factor in (("MB", 1_000_000), ("kB", 1_000)):
        if count >= factor:
            value = count / factor
            return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
    return f"{count} B"


def duration(ms: int) -> str:
    """`0.4s`, `4.1s`, `2m 05s`, `1h 02m`."""
    seconds = ms / 1000
    if seconds < 59.95:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m {rest:02d}s" if minutes < 60 else f"{minutes // 60}h {minutes % 60:02d}m"


def age(seconds: float) -> str:
    """`now`, `5m`, `3h`, `2d`, `7w`, `2y`: how long ago, in as few columns as can be."""
    for unit, size in (("y", 31_536_000), ("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= (2 * size if unit == "w" else size):
            return f"{int(seconds // size)}{unit}"
    return "now"


def count(number: int, noun: str) -> str:
    """`1 retry`, `3 retries`, `2 delegations`."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"
