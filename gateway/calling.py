"""One call to one target: from the canonical request to an open upstream response."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import httpx

from gateway.chat.errors import GatewayError, UpstreamError, UpstreamTimeout, UpstreamUnavailable
from gateway.chat.request import ChatRequest, Message, Thinking, ThinkingConfig
from gateway.chat.usage import NO_USAGE, Usage, service_tier
from gateway.compress.marks import with_marks
from gateway.providers import cache_marks
from gateway.providers.account import Account, Secret
from gateway.providers.upstream import Upstream, UpstreamResponse
from gateway.providers.vendor import Call, Vendor
from gateway.wire import registry
from gateway.wire.dialect import Dialect
from gateway.wire.envelope import REMOVE, rewrite
from gateway.wire.fields import dump
from gateway.wire.profile import Profile
from gateway.wire.refusals import as_meant
from routing.tiers import TargetRef

ERROR_BODY_LIMIT = 64 * 1024
SERVICE_TIER = (
    "x-gemini-service-tier"  # the Gemini API tells it here and nowhere else (ai.google.dev, priority inference)
)


def usage_in_headers(headers: Mapping[str, str]) -> Usage:
    """What a provider tells of usage before its answer."""
    told = headers.get(SERVICE_TIER)
    return Usage(service_tier=service_tier(told)) if told else NO_USAGE


HIDDEN = "[redacted]"
_KEY_PARTS = re.compile(r"[^\s\"\\:,{}]{8,}")  # of a pair "id:key", or of a key file in JSON
Refused = TypeVar("Refused", bound=GatewayError)


@dataclass(slots=True)
class Plan:
    """How a target is going to be called, `marked` with cache marks of ours. `own_dialect`: client and provider speak one
    dialect; `faithful`: and know the same tools, so that the answer is relayed as it comes. `body` is let go once it is
    sent: a stream may be open for long."""

    account: Account
    vendor: Vendor
    secret: Secret | None
    profile: Profile
    dialect: Dialect
    faithful: bool
    body: bytes
    losses: tuple[str, ...]
    spoken: tuple[str, ...] = ()
    session_hint: str = ""
    own_dialect: bool = True
    marked: bool = False


def plan(
    request: ChatRequest,
    raw: bytes,
    body: Mapping[str, Any],
    account: Account,
    vendor: Vendor,
    secret: Secret | None,
    target: TargetRef,
    profile_of: Callable[[TargetRef, str], Profile | None],
    refused_dialects: frozenset[str] = frozenset(),
    session_hint: str = "",
    *,
    marks: str = "off",
    as_it_came: bool = False,
) -> Plan:
    """The body to send. In the caller's own dialect every top-level field that the target takes as it is keeps its bytes
    (THK-1); the others are encoded. `refused_dialects`: those this address has answered 404 to. `marks`: how long
    prompt-cache marks live where the client set none and the target needs them ("off", "5m", "1h"). `as_it_came`: the
    session is not told in the body of a caller that speaks the target's dialect."""
    model = target.model
    spoken = tuple(d for d in vendor.dialects_of(account, model) if d not in refused_dialects) or vendor.dialects
    name = request.dialect if request.dialect in spoken else spoken[0]
    profile = profile_of(target, name) or vendor.profile(account, model, name)
    if name == "openai_chat" and "openai_responses" in spoken and _needs_responses(request, profile):
        name = "openai_responses"
        profile = profile_of(target, name) or vendor.profile(account, model, name)
    dialect = registry.dialect(name)
    if name != "anthropic":
        request = without_billing_line(request)
    came = request
    request = _marked(request, marks, account, vendor, model, name)
    marked = request is not came
    encoded = dialect.encode_request(request, profile)
    changes = vendor.adapt(account, model, name, encoded.body) or {}
    field_of_session = vendor.session_places(account, name)[0] if session_hint else ""
    if name != request.dialect:
        if field_of_session:
            encoded.body.setdefault(field_of_session, session_hint)
        for field, value in changes.items():
            if value is REMOVE:
                encoded.body.pop(field, None)
            else:
                encoded.body[field] = value
        text = dump(encoded.body)
        return Plan(
            account, vendor, secret, profile, dialect, False, text, encoded.losses, spoken, session_hint, False, marked
        )
    differing: dict[str, Any] = {
        field: value for field, value in encoded.body.items() if field not in body or body[field] != value
    }
    differing.update({field: REMOVE for field in body if field not in encoded.body})
    differing.update(changes)
    if field_of_session and field_of_session not in body and not as_it_came:
        differing[field_of_session] = session_hint
    text = rewrite(raw, differing)  # without changes too: a field given twice goes out once, as it was read
    faithful = not any(loss.startswith("tool") for loss in encoded.losses)
    return Plan(
        account, vendor, secret, profile, dialect, faithful, text, encoded.losses, spoken, session_hint, True, marked
    )


def _marked(
    request: ChatRequest, marks: str, account: Account, vendor: Vendor, model: str, dialect: str
) -> ChatRequest:
    takes = cache_marks.taken(vendor.name, account, model, dialect) if marks != "off" else None
    if takes is None:
        return request
    return with_marks(request, marks if takes.hour else "5m", takes.least, tools=takes.tools)


def _needs_responses(request: ChatRequest, profile: Profile) -> bool:
    """Newer OpenAI models are not on the chat endpoint, or refuse tools beside reasoning there."""
    return "responses_only" in profile.quirks or ("tools_need_responses" in profile.quirks and bool(request.tools))


async def send(
    prepared: Plan,
    upstream: Upstream,
    client_headers: Mapping[str, str],
    *,
    stream: bool,
    on_sent: Callable[[], None] | None = None,
) -> UpstreamResponse:
    """The provider's answer, opened, with a 2xx status. Raises UpstreamError for anything else."""
    account, vendor, dialect = prepared.account, prepared.vendor, prepared.dialect
    own = client_headers if prepared.own_dialect else {}
    headers = vendor.headers(account, prepared.secret, dialect.name, own)
    header = vendor.session_places(account, dialect.name)[1]
    if prepared.session_hint and header:
        headers.setdefault(header, prepared.session_hint)
    url = vendor.url(account, prepared.profile.model, dialect.name, "chat", stream=stream)
    call = Call("POST", url, headers, prepared.body)
    response = await dispatch(prepared.vendor, account, prepared.secret, call, upstream, stream=stream, on_sent=on_sent)
    if response.status >= 300:
        try:
            text = await response.read(ERROR_BODY_LIMIT)
        except httpx.HTTPError:
            text = b""
        finally:
            await response.aclose()
        raise without_secret(as_meant(dialect.decode_error(response.status, response.headers, text)), prepared.secret)
    return response


def without_secret(error: Refused, secret: Secret | None) -> Refused:
    """`error` without the key it was called with, in its words: a provider may quote it, whole or cut off (LEK-4, LEK-7)."""
    if secret is not None:
        for part in _KEY_PARTS.findall(secret.value):
            error.message = error.message.replace(part, HIDDEN)
            shown = error.message.removesuffix("...")
            cut = next((n for n in range(len(part) - 1, 5, -1) if shown.endswith(part[:n])), 0)
            if cut:
                error.message = f"{shown[:-cut]}{HIDDEN}"
        error.args = (error.message,)
    return error


async def dispatch(
    vendor: Vendor,
    account: Account,
    secret: Secret | None,
    call: Call,
    upstream: Upstream,
    *,
    stream: bool,
    on_sent: Callable[[], None] | None = None,
) -> UpstreamResponse:
    """Sign and send; connection trouble becomes an UpstreamError that names the account and nothing more (LEK-7)."""
    try:
        call = await vendor.authorize(call, account, secret, upstream.fetch)
        return await upstream.send(call, deadlines=account.deadlines, stream=stream, on_sent=on_sent)
    except httpx.ConnectTimeout as error:
        raise UpstreamTimeout(f"Connecting to provider account '{account.name}' took too long.") from error
    except httpx.TimeoutException as error:
        raise UpstreamTimeout(f"The provider account '{account.name}' did not answer in time.") from error
    except httpx.ConnectError as error:
        raise UpstreamUnavailable(f"The provider account '{account.name}' cannot be reached.") from error
    except httpx.HTTPError as error:
        raise UpstreamUnavailable(
            f"The connection to provider account '{account.name}' broke before it answered."
        ) from error
    except UpstreamError:
        raise
    except (OSError, ValueError) as error:
        raise UpstreamUnavailable(
            f"The provider account '{account.name}' cannot be called: check its settings."
        ) from error


BILLING_LINE = "x-anthropic-billing-header:"


def without_billing_line(request: ChatRequest) -> ChatRequest:
    """`request` without the first system text of Claude Code, which is a header for Anthropic's own books: its suffix
    differs per conversation, so elsewhere it only spoils the prompt cache (clients.md, section 2)."""
    system = tuple(text for text in request.system if not text.text.startswith(BILLING_LINE))
    return request if len(system) == len(request.system) else replace(request, system=system)


def without_thinking(request: ChatRequest) -> ChatRequest:
    """`request` with every thinking block of its history left out and thinking off: the one repair for a provider that
    refuses a signature (THK-10)."""
    messages = []
    for message in request.messages:
        kept = tuple(block for block in message.blocks if not isinstance(block, Thinking))
        if kept:
            messages.append(
                message if len(kept) == len(message.blocks) else Message(message.role, kept, message.extras)
            )
    return replace(request, messages=tuple(messages), thinking=ThinkingConfig(mode="disabled"))


def refuses_signature(error: UpstreamError) -> bool:
    """Whether a 400 says that a thinking block, its signature, or a sealed reasoning item is not accepted (CDX-8)."""
    if error.upstream_status != 400:
        return False
    text = error.message.lower()
    return (
        "signature" in text
        or "encrypted content" in text
        or ("thinking" in text and ("block" in text or "expected" in text))
    )
