"""How secrets and content are carried in: each function is a door of the gateway, its error paths first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from django.contrib import admin
from django.urls import reverse

from tests.fakes import script
from tests.fakes.script import Fault, Pace, Received

from .calls import CITY, PATHS, SURFACES
from .canary_world import CONTENT, World

TARGETS = {
    "anth": "claude-sonnet-4-5", "chat": "gpt-4o", "resp": "gpt-4o", "gem": "gemini-2.5-pro", "bed": "claude-sonnet-4-5",
    "oll": "llama3.2",
}  # fmt: skip
OURS = ("accounts", "auth", "gateway", "routing", "sso")
OWN_CONTENT = tuple(f"content: {what}" for what in CONTENT)


def conversation(world: World, surface: str, model: str, **more: Any) -> dict[str, Any]:
    """A canary in every place that holds content."""
    text = {what: world.canaries.texts[f"content: {what}"] for what in CONTENT}
    city = {"city": text["tool argument"]}
    if surface == "anthropic":
        turns = [
            {"role": "user", "content": text["user"]},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_1", "name": "weather", "input": city}]},
            {
                "role": "user",
                "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": text["tool result"]}],
            },
        ]
        tool: dict[str, Any] = {"name": "weather", "input_schema": CITY}
        return {"model": model, "max_tokens": 50, "system": text["system"], "messages": turns, "tools": [tool], **more}
    arguments = f'{{"city": "{text["tool argument"]}"}}'
    if surface == "openai_chat":
        call = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": arguments}}
        turns = [
            {"role": "system", "content": text["system"]},
            {"role": "user", "content": text["user"]},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "call_1", "content": text["tool result"]},
        ]
        tool = {"type": "function", "function": {"name": "weather", "parameters": CITY}}
        return {"model": model, "messages": turns, "tools": [tool], **more}
    items = [
        {"role": "user", "content": text["user"]},
        {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": arguments},
        {"type": "function_call_output", "call_id": "call_1", "output": text["tool result"]},
    ]
    tool = {"type": "function", "name": "weather", "parameters": CITY}
    body = {"model": model, "instructions": text["system"], "input": items, "tools": [tool], "store": False}
    return {**body, **more}


Fate = Callable[[Received], script.Reply]


def fates(world: World) -> Iterator[Fate]:
    """The ways a call goes: well, refused with our own words in it, broken off, late. A careless provider writes the key it
    was sent and the content it refused into its errors."""
    texts = world.canaries.texts
    content = " ".join(texts[what] for what in OWN_CONTENT)
    answer = script.Text(texts["content: answer"] + " and more of it", fragments=6)
    well = script.Reply(parts=(script.Thinking(texts["content: thought"]), answer))

    def echo(received: Received, limit: int = 400) -> str:
        keys = [text for what, text in texts.items() if what.startswith("secret of") and text in str(received.headers)]
        return f"Not with {' '.join(keys)}: {content}"[:limit]

    yield lambda _: well
    for status in (400, 401, 403, 404, 413, 429, 500, 529):
        yield lambda received, status=status: script.error(status, echo(received))
    yield lambda received: script.error(400, "x" * 455 + echo(received))  # cut off within the key
    html = "text/html"
    yield lambda received: script.Reply(status=502, raw=f"<html>{echo(received)}</html>".encode(), content_type=html)
    yield lambda received: script.Reply(raw=f"{echo(received)} is no JSON".encode(), content_type="application/json")
    for fault in (Fault(cut_after_events=4), Fault(garbage_after=3), Fault(close_before_headers=True)):
        yield lambda _, fault=fault: well.but(fault=fault)
    for place in (0, 5):
        yield lambda received, place=place: well.but(fault=Fault(error_after=place), message=echo(received))


def calls(world: World) -> None:
    """Each target and fate, by all surfaces, whole and streamed. A caller may read its own content in its own answer."""
    for number, fate in enumerate(fates(world)):
        world.upstream.when(fate)
        few = [*TARGETS.items()][number % 2 :: 2]  # each target meets half of the fates, and each surface
        for place, (account, model) in enumerate(few):
            surface, streamed = SURFACES[(number + place) % 3], (number // 2 + place) % 2 == 0
            headers = {"x-api-key": world.lynkr.keys["bob"]}
            if place % 2:  # its answer is kept for a repeat, sealed
                headers["idempotency-key"] = f"{world.canaries.texts['content: user']} {number} {place}"
            sent = conversation(world, surface, f"{account}/{model}", stream=streamed)
            world.ask("POST", PATHS[surface], json=sent, headers=headers, allowed=OWN_CONTENT)
        world.lynkr.reload()  # closes the breakers
    world.upstream.when(lambda _: script.text("late", pace=Pace(before_headers=3)))
    for account in ("hasty", "gone"):
        for surface in SURFACES:
            headers = {"x-api-key": world.lynkr.keys["bob"]}
            sent = conversation(world, surface, f"{account}/claude-sonnet-4-5", stream=surface != "openai_chat")
            world.ask("POST", PATHS[surface], json=sent, headers=headers, allowed=OWN_CONTENT)
    world.upstream.when(None)


def malformed(world: World) -> None:
    """Bodies that are no JSON, or of a wrong shape, with content in them: the complaint must not quote it."""
    content = world.canaries.texts["content: user"]
    wrong = (
        f'{{"model": "auto", "messages": [{{"role": "user", "content": "{content}',
        f'{{"model": "auto", "max_tokens": "{content}", "messages": "{content}", "input": {{"{content}": 1}}}}',
        f'{{"model": "auto", "max_tokens": 5, "messages": [{{"role": "{content}", "content": {{"x": "{content}"}}}}]}}',
        f'{{"model": "auto", "temperature": "{content}", "max_tokens": 5, "messages": [{{"role": "user", "content": 5}}]}}',
        f'["{content}"]',
        f'"{content}"',
    )
    headers = {"x-api-key": world.lynkr.keys["bob"], "content-type": "application/json"}
    for text in wrong:
        for path in (*PATHS.values(), "/v1/messages/count_tokens", "/v1/embeddings"):
            world.ask("POST", path, content=text.encode(), headers=headers)
            world.ask("POST", path, content=text.encode() + b"\xff\xfe", headers=headers)


def other_endpoints(world: World) -> None:
    texts = world.canaries.texts
    bob = {"x-api-key": world.lynkr.keys["bob"]}
    world.upstream.when(None)
    world.ask("POST", "/v1/messages/count_tokens", json=conversation(world, "anthropic", "auto"), headers=bob)
    for account in ("oai", "chat"):
        sent = {"model": f"{account}/text-embedding-3-small", "input": [texts["content: embedded"]]}
        world.ask("POST", "/v1/embeddings", json=sent, headers=bob)
    kept = {"model": "resp/gpt-4o", "input": texts["stored content"], "store": True}
    first = world.ask("POST", PATHS["openai_responses"], json=kept, headers=bob, allowed=("stored content",)).json()
    again = {"model": "resp/gpt-4o", "input": "And?", "previous_response_id": first.get("id", "resp_none")}
    world.ask("POST", PATHS["openai_responses"], json=again, headers=bob, allowed=("stored content",))
    world.ask("GET", "/v1/models", headers=bob)
    world.ask("GET", f"/metrics?key={texts['key in query']}")
    world.ask("GET", "/metrics", headers={"authorization": f"Bearer {texts['metrics token']}"})


def wrong_keys(world: World) -> None:
    """LEK-3, LEK-4, LEK-6, LEK-8, LEK-10: unknown, expired, in the wrong place, in the address."""
    texts, keys = world.canaries.texts, world.lynkr.keys
    presented = [
        texts["unknown key"],
        texts["secret of anth"],
        keys["bob"][:-2] + "zz",
        keys["expired"],
        "Bearer " + keys["bob"],
    ]
    paths = (
        *PATHS.values(),
        "/v1/models",
        "/v1/embeddings",
        "/v1/messages/count_tokens",
        "/api/v1/me",
        "/v1/admin/reload",
    )
    for path in paths:
        method = "GET" if path in ("/v1/models", "/api/v1/me") else "POST"
        for text in presented:
            for headers in (
                {"x-api-key": text},
                {"authorization": f"Bearer {text}"},
                {"api-key": text},
                {"authorization": text},
            ):
                world.ask(method, path, headers=headers, json={"model": "auto"} if method == "POST" else None)
        world.ask(method, f"{path}?key={texts['key in query']}&api_key={keys['spare']}")
        world.ask(method, f"{path}/{keys['spare']}")
    world.ask(
        "POST", PATHS["anthropic"], headers={"x-api-key": keys["narrow"]}, json={"model": "anth/x", "messages": []}
    )
    world.ask("POST", "/v1/admin/reload", headers={"x-api-key": keys["bob"]})


def signing_in(world: World) -> None:
    """A wrong password, the right one, and a single sign-on whose provider complains with our secret."""
    texts = world.canaries.texts
    login = reverse("admin:login")
    for password in (texts["wrong password"], texts["admin password"]):
        token = _csrf(world.ask("GET", login).text)
        form = {"username": "admin", "password": password, "csrfmiddlewaretoken": token}
        answer = world.ask("POST", login, data=form, headers={"referer": world.lynkr.base_url + login})
    assert answer.status_code == 302, answer.text[:500]
    visitor = World(world.lynkr, world.upstream, world.canaries, world.environment, world.url, world.data)
    begun = visitor.ask("GET", "/accounts/oidc/login/")
    state = parse_qs(urlsplit(begun.headers.get("location", "")).query).get("state", [""])[0]
    assert state, begun.text[:500]
    visitor.ask("GET", f"/accounts/oidc/login/callback/?code={texts['key in query']}&state={state}")
    visitor.client.close()
    world.answers += visitor.answers


def _csrf(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found
    return found[1]


def webhook(world: World) -> None:
    """Typed into the admin; then a budget is past its limit and the webhook's host does not answer."""
    add = reverse("admin:accounts_notificationchannel_add")
    path = world.canaries.texts["webhook path"]
    for url in (f"ftp://127.0.0.1/{path}", f"http://127.0.0.1:1/{path}"):
        form = {
            "kind": "webhook",
            "url": url,
            "enabled": "on",
            "csrfmiddlewaretoken": _csrf(world.ask("GET", add).text),
        }
        world.ask("POST", add, data=form, headers={"referer": world.lynkr.base_url + add})
    assert world.lynkr.rows("SELECT 1 FROM accounts_notificationchannel WHERE sealed_url IS NOT NULL")
    world.command("shell", "-c", _TELL)


_TELL = """
from accounts.models import Budget, BudgetWindow
from accounts.windows import Window, window_start
from django.utils import timezone
from gateway import budget_news
budget = Budget.objects.create(window="month", limit=1)
BudgetWindow.objects.create(budget=budget, window_start=window_start(Window("month"), timezone.now()), spent=2)
budget_news.tell()
"""


def api(world: World) -> None:
    """A key is shown to whoever makes it, once; every list, page and refusal afterwards holds none."""
    root = {"authorization": f"Bearer {world.lynkr.keys['root']}"}
    made = httpx.post(
        f"{world.lynkr.base_url}/api/v1/keys", headers=root, json={"team": "acme", "name": "fresh", "user": "alice"}
    )
    assert made.status_code == 201, made.text
    world.canaries.texts["key fresh"] = made.json()["key"]
    for name in (
        "teams",
        "teams/acme",
        "teams/acme/members",
        "users",
        "me",
        "keys",
        "budgets",
        "audit-events?limit=1000",
    ):
        answer = world.ask("GET", f"/api/v1/{name}", headers=root)
        assert answer.status_code == 200, answer.text
    content = world.canaries.texts["key in query"]
    for name in ("teams", "users", "keys", "budgets"):
        world.ask("POST", f"/api/v1/{name}", headers=root, json={"team": content, "slug": content, "name": [content]})
    world.ask("GET", "/api/v1/openapi.json", headers=root)


def admin_pages(world: World) -> Iterator[tuple[str, str]]:
    """(what, address) of every list, and the forms of its newest rows."""
    yield "index", reverse("admin:index")
    for model in admin.site._registry:
        label, name = model._meta.app_label, model._meta.model_name
        if label in OURS:
            base = f"admin:{label}_{name}"
            yield f"{label}.{name}", reverse(f"{base}_changelist")
            meta = model._meta
            newest = f"SELECT {meta.pk.column} AS pk FROM {meta.db_table} ORDER BY 1 DESC LIMIT 15"  # type: ignore[union-attr]
            for row in world.lynkr.rows(newest):
                yield f"{label}.{name}", reverse(f"{base}_change", args=[row["pk"]])


DOORS: tuple[Callable[[World], None], ...] = (calls, malformed, other_endpoints, wrong_keys, signing_in, webhook, api)
