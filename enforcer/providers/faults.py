"""What a service's failure means, and the one sentence a person reads of it. Never shows a key."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from enforcer.core.messages import Message
from enforcer.providers import rpc
from enforcer.providers.base import Failure, ProviderError, ProviderSettings

LONGEST_DETAIL = 200
LONGEST_SAID = 8000
RETRYABLE = {408, 409, 425, 429}
MAY_BE_CONTEXT = {400, 413, 422, 500}
CONTEXT = re.compile(
    r"context[ _-]?(length|window|size|limit)|(maximum|max|available) context|too many (input |prompt )?tokens"
    r"|(prompt|input|request) is too (long|large)|exceeds? the (context|maximum number of tokens|token limit)"
    r"|maximum prompt length|exceeded model token limit|must have less than \d+ tokens"
    r"|tokens \+ .max_new_tokens. must",
    re.IGNORECASE,
)
SPENT = re.compile(r"insufficient_quota|exceeded your current quota|credit balance", re.IGNORECASE)
LOADING = re.compile(r"\bloading\b.{0,40}\bmodel|model.{0,60}\b(is|still) loading", re.IGNORECASE)
# Local servers answer with 500 to what no second try changes: how they were started, or what their model can do.
AS_STARTED = re.compile(r"requires? --|requires? .{0,20}flag|not support|mmproj|jinja|template", re.IGNORECASE)
LOCAL = re.compile(r"(localhost|127(?:\.\d+){3}|\[::1\])(?::(\d+))?\Z")
STARTS = {
    "11434": "ollama serve",
    "1234": "lms server start",
    "8080": "llama-server -m MODEL",
    "8000": "vllm serve MODEL",
}
IN_STREAM = (  # what the type or code of an error inside a stream says of it; what is not listed is worth a second try
    (re.compile(r"authenticat|permission|invalid_api_key", re.IGNORECASE), Failure.AUTH),
    (re.compile(r"not_found", re.IGNORECASE), Failure.NOT_FOUND),
    (re.compile(r"too_large"), Failure.CONTEXT),
    (
        re.compile(r"invalid|policy|insufficient_quota|billing|unsupported|precondition|missing|disabled", re.I),
        Failure.FATAL,
    ),
)


def refused(
    settings: ProviderSettings, model: str, status: int, headers: Mapping[str, str], body: object
) -> ProviderError:
    """The service answered with `status` instead of a stream."""
    wording = f"{_fields(body)} {_said(settings, body)}"
    failure = _failure(status, wording)
    message = _sentence(settings, model, status, failure, _said(settings, body))
    if status // 100 == 3:
        message = f"{settings.name} redirects ({status}); set providers.{settings.name}.base_url to the final address"
    wait_s = retry_after_s(headers, datetime.now(UTC))
    wait_s = rpc.delay_s(_inner(body)) if wait_s is None else wait_s
    wait_s = wait_s if failure is Failure.RETRY else None
    return ProviderError(message, failure=failure, status=status, retry_after_s=wait_s, said=_long(settings, body))


def broke_off(settings: ProviderSettings, model: str, error: object, partial: Message | None) -> ProviderError:
    """The service reported `error` inside a stream that had begun well."""
    said, fields = _said(settings, error), _fields(error)
    failure = _in_stream(fields, said)
    if CONTEXT.search(f"{fields} {said}"):
        failure = Failure.CONTEXT
    if failure is Failure.CONTEXT:
        return ProviderError(_too_long(settings, model), failure=failure, partial=partial)
    advice = "; try again in a moment" if failure is Failure.RETRY else ""
    message = f"{settings.name} broke off its answer{_because(said or fields)}{advice}"
    wait_s = rpc.delay_s(_inner(error)) if failure is Failure.RETRY else None
    return ProviderError(message, failure=failure, retry_after_s=wait_s, partial=partial)


def unreachable(settings: ProviderSettings, host: str, why: str) -> ProviderError:
    """No answer came from `host`."""
    message = f"cannot reach {settings.name} at {host}{_because(clipped(settings, why))}; {_remedy(host)}"
    return ProviderError(message, failure=Failure.UNREACHABLE)


def cut(settings: ProviderSettings, partial: Message | None) -> ProviderError:
    message = f"{settings.name} ended its answer before it was complete; try again"
    return ProviderError(message, failure=Failure.CUT, partial=partial)


def not_a_stream(settings: ProviderSettings, content_type: str, size: int) -> ProviderError:
    message = (
        f"{settings.name} sent {content_type}, {size:,} bytes, instead of an event stream; "
        f"check providers.{settings.name}.base_url"
    )
    return ProviderError(message, failure=Failure.FATAL, status=200)


def unreadable(settings: ProviderSettings) -> ProviderError:
    """The service answered with 200 and something that is no JSON object."""
    message = f"{settings.name} answered with something else than JSON; check providers.{settings.name}.base_url"
    return ProviderError(message, failure=Failure.FATAL, status=200)


def json_object(settings: ProviderSettings, body: bytes) -> Mapping[str, Any]:
    """Raises: ProviderError."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        raise unreadable(settings) from None
    if not isinstance(answer, dict):
        raise unreadable(settings)
    return answer


def no_key(settings: ProviderSettings) -> ProviderError:
    return ProviderError(f"{settings.name} has no key: {_how(settings)}", failure=Failure.AUTH)


def unusable_key(settings: ProviderSettings) -> ProviderError:
    message = f"the key from {_key_env(settings)} has characters that no key has: copy it again"
    return ProviderError(message, failure=Failure.AUTH)


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait, from `retry-after-ms` or either form of `retry-after`; None when neither can be read."""
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name, "").strip()
        if re.fullmatch(r"\d{1,9}(\.\d+)?", value):
            return float(value) * unit_s
    try:
        moment = parsedate_to_datetime(headers.get("retry-after", ""))
    except (ValueError, OverflowError):
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())


def clipped(settings: ProviderSettings, said: object) -> str:
    """One short line of what somebody else wrote, without our key."""
    text = " ".join("".join(char if char.isprintable() else " " for char in str(said)).split())
    if settings.key:
        text = text.replace(settings.key, "***")
    if len(text) > LONGEST_DETAIL:
        text = text[: LONGEST_DETAIL - 1] + "…"
    return text.rstrip(" .!")


def _remedy(host: str) -> str:
    """A server of one's own is most often not running; who listens on its usual port is started like this."""
    local = LOCAL.match(host)
    if not local:
        return "check the network and the address"
    start = STARTS.get(local[2] or "")
    return f"is it running? start it with: {start}" if start else "is the server running?"


def _in_stream(fields: str, said: str) -> Failure:
    if status := re.search(r"\b[45]\d\d\b", fields):
        return _failure(int(status[0]), f"{fields} {said}")
    return next((failure for pattern, failure in IN_STREAM if pattern.search(fields)), Failure.RETRY)


def _failure(status: int, wording: str) -> Failure:
    if status == 413 or (status in MAY_BE_CONTEXT and CONTEXT.search(wording)):
        return Failure.CONTEXT
    if status in {401, 403} or rpc.BAD_KEY.search(wording):
        return Failure.AUTH
    if status == 404:
        return Failure.NOT_FOUND
    if SPENT.search(wording) and (rpc.COMES_BACK not in wording or rpc.SPENT_TODAY in wording):
        return Failure.FATAL  # answered with 429 as well, but no waiting helps
    if status >= 500 and LOADING.search(wording):
        return Failure.LOADING
    if status in {500, 501} and AS_STARTED.search(wording):
        return Failure.FATAL
    return Failure.RETRY if status in RETRYABLE or status >= 500 else Failure.FATAL


def _sentence(settings: ProviderSettings, model: str, status: int, failure: Failure, said: str) -> str:
    name = settings.name
    match failure:
        case Failure.CONTEXT:
            return _too_long(settings, model, f" ({status})")
        case Failure.AUTH if settings.key is None:
            return f"{name} wants a key ({status}): {_how(settings)}"
        case Failure.AUTH:
            return f"{name} refused the key from {_key_env(settings)} ({status}): check it"
        case Failure.NOT_FOUND:
            address = f" or check the address {settings.base_url}" if settings.base_url else ""
            return f"{name} knows no model '{model}' ({status}): choose another one{address}"
        case Failure.LOADING:
            return f"{name} is still loading its model ({status}); it answers when it is done"
        case Failure.RETRY if status == 429:
            return f"{name} limits the rate of requests (429){_because(said)}; try again in a moment"
        case Failure.RETRY:
            return f"{name} cannot answer now ({status}){_because(said)}; try again in a moment"
    return f"{name} refused the request ({status}){_because(said or 'it gave no reason')}"


def _too_long(settings: ProviderSettings, model: str, status: str = "") -> str:
    remedy = "shorten what you asked, or start anew with /clear"
    return f"the conversation is too long for {settings.name}/{model}{status}: {remedy}"


def _because(said: str) -> str:
    return f": {said}" if said else ""


def _how(settings: ProviderSettings) -> str:
    return f"set {_key_env(settings)}, or run: enforcer auth set {settings.name}"


def _key_env(settings: ProviderSettings) -> str:
    return settings.key_env or f"providers.{settings.name}.key_env"


def _inner(body: object) -> object:
    """`{"error": {…}}`, a list of that, `{"error": "…"}` or the error itself: services and their clients differ."""
    body = body[0] if isinstance(body, list) and body else body
    return body["error"] if isinstance(body, Mapping) and body.get("error") else body


def _fields(body: object) -> str:
    error = _inner(body)
    if not isinstance(error, Mapping):
        return ""
    plain = " ".join(str(error[name]) for name in ("type", "code") if error.get(name))
    return f"{plain} {rpc.words(error)}".strip()


def _said(settings: ProviderSettings, body: object) -> str:
    error: Any = _inner(body)
    if isinstance(error, Mapping):
        error = error.get("message") or error.get("detail") or ""
    if not isinstance(error, str) or "<html" in error.lower() or "<!doctype" in error.lower():
        return ""
    return clipped(settings, error)


def _long(settings: ProviderSettings, body: object) -> str:
    """All a service said, in one text: some bury the reason in nested metadata."""
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, default=str)
    return (text.replace(settings.key, "***") if settings.key else text)[:LONGEST_SAID]
