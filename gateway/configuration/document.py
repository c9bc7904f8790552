"""From a file's plain values to its shape; every problem is listed with its path."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar
from zoneinfo import available_timezones

from accounts.patterns import problem_with
from gateway.configuration import embedding, rules
from gateway.configuration.nodes import Invalid, Node
from gateway.configuration.shapes import (
    AMOUNTS,
    CALIBRATE,
    DEADLINES,
    LOOP_GUARD,
    POLICY,
    RATES,
    ROLES,
    SCOPES,
    TIERS,
    WINDOWS,
    Budget,
    CatalogueModel,
    Document,
    Key,
    Member,
    Policy,
    Price,
    Provider,
    Secret,
    Team,
)
from gateway.models import address_problem
from routing import answer_cache
from routing.passes import MARKS, SELECTIONS, TERSE

T = TypeVar("T")


def parse(tree: Any) -> Document:
    """Raises `Invalid` with every problem of shape."""
    document, problems = read(tree)
    if problems:
        raise Invalid(problems)
    return document


def read(tree: Any) -> tuple[Document, list[str]]:
    """What could be read, and every problem of shape."""
    problems: list[str] = []
    known = ("providers", "teams", "keys", "prices", "models", "defaults", "embedding")
    root = Node.of({} if tree is None else tree, "", problems, known)
    if root is None:
        return Document(), problems
    defaults = root.node("defaults", ("tiers", "policy", "rules"))
    document = Document(
        providers=_all(root, "providers", _PROVIDER, _provider),
        teams=_all(root, "teams", _TEAM, _team),
        keys=_all(root, "keys", ("name", "team", "user", "models", "scopes", "expires_at", "limits"), _key),
        prices=_all(root, "prices", _PRICE, _price),
        models=_all(root, "models", ("provider", "model", "alias", *_FACTS), _model),
        embedding=embedding.read(root),
        tiers=_tiers(defaults) if defaults else None,
        policy=_policy(defaults) if defaults else None,
        rules=_all(defaults, "rules", rules.FIELDS, rules.read) if defaults else None,
    )
    _no_twins(problems, "defaults.rules", [row.name for row in document.rules or ()])
    _no_twins(problems, "providers", [row.name for row in document.providers or ()])
    _no_twins(problems, "teams", [row.slug for row in document.teams or ()])
    _no_twins(problems, "keys", [f"{row.team}/{row.name}" for row in document.keys or ()])
    _no_twins(problems, "prices", [row.model for row in document.prices or ()])
    return document, problems


_SECRET = ("secret", "secret_env", "label", "weight", "enabled")
_PROVIDER = (
    "name", "vendor", "base_url", "secret", "secret_env", "secrets", "options", "weight", "enabled", "deadlines",
    "teams",
)  # fmt: skip
_TEAM = ("slug", "name", "cost_center", "active", "members", "tiers", "policy", "budgets", "prices", "limits", "rules")
BOUNDS = TIERS[:3]
_BUDGET = ("window", "limit", "soft", "user", "models", "rolling", "time_zone", "soft_action", "cap_tier")
_PRICE = ("model", *AMOUNTS, "free")
_FACTS = ("context_window", "max_output_tokens", "vision", "enabled")


def _all(node: Node, name: str, known: Iterable[str], read: Callable[[Node], T | None]) -> tuple[T, ...] | None:
    nodes = node.nodes(name, tuple(known))
    if nodes is None:
        return None
    return tuple(row for row in map(read, nodes) if row is not None)


def _provider(node: Node) -> Provider | None:
    name, vendor = node.slug("name"), node.text("vendor", required=True, longest=40)
    base_url = node.text("base_url", longest=500)
    if base_url and (problem := address_problem(base_url)):
        node.note("base_url", problem)
    deadlines = node.node("deadlines", DEADLINES)
    given = {word: deadlines.seconds(word) for word in DEADLINES} if deadlines else None
    row = Provider(
        path=node.path,
        name=name or str(node.value.get("name") or ""),
        vendor=vendor,
        base_url=base_url,
        secrets=_secrets(node),
        options=node.mapping("options"),
        weight=node.whole("weight", 0, 10_000),
        enabled=node.flag("enabled"),
        deadlines={word: value for word, value in given.items() if value is not None} if given is not None else None,
        teams=node.texts("teams"),
    )
    return row if row.name else None


def _secrets(node: Node) -> tuple[Secret, ...] | None:
    given = [word for word in ("secret", "secret_env", "secrets") if node.has(word)]
    if len(given) > 1:
        node.note(given[1], f"give one of {', '.join(given)}")
    if not given:
        return None
    if given[0] != "secrets":
        return (_secret(node, labelled=False),)
    items = node.value["secrets"]
    if not isinstance(items, list):
        node.note("secrets", "must be a list")
        return None
    found = []
    for index, item in enumerate(items):
        path = f"{node.at('secrets')}[{index}]"
        one = Node.of({"secret": item} if isinstance(item, str) else item, path, node.problems, _SECRET)
        if one is not None:
            found.append(_secret(one, labelled=True))
    return tuple(found)


def _secret(node: Node, *, labelled: bool) -> Secret:
    value, env = node.text("secret", longest=20_000), node.text("secret_env", longest=200)
    if not value and not env:
        node.note("secret", "must not be empty")
    if not labelled:
        return Secret(value, env)
    return Secret(value, env, node.text("label", longest=80), node.whole("weight", 0, 10_000), node.flag("enabled"))


def _tiers(node: Node) -> Mapping[str, tuple[str, ...]] | None:
    """``account/model``, in the order they are tried."""
    tiers = node.node("tiers", TIERS)
    if tiers is None:
        return None
    found = {}
    for tier in TIERS:
        refs = tiers.texts(tier)
        if refs is None:
            continue
        for index, ref in enumerate(refs):
            account, slash, model = ref.partition("/")
            if not (account and slash and model) or len(model) > 200:
                tiers.note(f"{tier}[{index}]", "must be written provider/model")
        found[tier] = refs
    return found


def _policy(node: Node) -> Policy | None:
    policy = node.node("policy", POLICY)
    if policy is None:
        return None
    bounds = policy.node("bounds", BOUNDS)
    given = {word: bounds.whole(word, 0, 100) for word in BOUNDS} if bounds else {}
    if bounds and None not in given.values() and list(given.values()) != sorted(given.values()):
        policy.note("bounds", "must rise from SIMPLE to COMPLEX")
    if bounds and None in given.values():
        policy.note("bounds", f"needs all of {', '.join(BOUNDS)}")
    return Policy(
        auto_names=policy.texts("auto_names"),
        fallback=policy.flag("fallback"),
        pinned_tier=policy.text("pinned_tier", choices=TIERS),
        sticky=policy.flag("sticky"),
        capture_content=policy.flag("capture_content"),
        bounds={word: value for word, value in given.items() if value is not None} or None,
        second_looks=_second_looks(policy),
        passes=_passes(policy),
        cache=_cache(policy),
    )


def _passes(policy: Node) -> dict[str, Any]:
    """Those the file gives."""
    flags = {name: policy.flag(name) for name in ("compress_results", "bypass", "trim_history", "repair_calls")}
    words = {
        "tool_selection": _or_off(policy, "tool_selection", SELECTIONS),
        "cache_marks": _or_off(policy, "cache_marks", MARKS),
        "terse": _or_off(policy, "terse", TERSE),
    }
    share = policy.whole("hold_out_percent", 0, 50)
    values = {**flags, **words, "hold_out_percent": share}
    return {name: value for name, value in values.items() if value is not None}


def _cache(policy: Node) -> dict[str, Any]:
    """Those the file gives."""
    judge = policy.text("cache_judge", longest=300)
    if judge and not all(judge.partition("/")):
        policy.note("cache_judge", "must be written provider/model")
    values = {
        "cache": _or_off(policy, "cache", answer_cache.MODES),
        "cache_scope": policy.text("cache_scope", choices=answer_cache.SCOPES) or None,
        "cache_hours": policy.whole("cache_hours", 1, 24 * 366),
        "cache_temperature": policy.number("cache_temperature", 0, 2),
        "cache_gate": policy.text("cache_gate", choices=answer_cache.GATES) or None,
        "cache_judge": judge,
        "cache_check_percent": policy.whole("cache_check_percent", 0, 100),
        "cache_error_percent": policy.number("cache_error_percent", 0.01, 20),
        "cache_prove": policy.flag("cache_prove"),
        "cache_entries": policy.whole("cache_entries", 0, 10_000_000),
        "cache_entry_kb": policy.whole("cache_entry_kb", 1, 8192),
    }
    return {name: value for name, value in values.items() if value is not None}


def _second_looks(policy: Node) -> dict[str, Any]:
    """Those the file gives."""
    judge = policy.text("judge", longest=300)
    if judge and not all(judge.partition("/")):
        policy.note("judge", "must be written provider/model")
    values = {
        "cascade": policy.flag("cascade"),
        "badge": policy.flag("badge"),
        "judge": judge,
        "judge_milliseconds": policy.whole("judge_milliseconds", 50, 10_000),
        "borderline": policy.whole("borderline", 0, 50),
        "explore_percent": policy.whole("explore_percent", 0, 50),
        "calibrate": _or_off(policy, "calibrate", CALIBRATE),
    }
    return {name: value for name, value in values.items() if value is not None}


def _or_off(policy: Node, name: str, choices: tuple[str, ...]) -> str | None:
    """YAML reads a bare `off` as false."""
    if policy.value.get(name) is False:
        return "off"
    return policy.text(name, choices=choices) or None


def _team(node: Node) -> Team | None:
    slug = node.slug("slug")
    members = _all(node, "members", ("user", "role", "service", "limits"), _member)
    budgets = _all(node, "budgets", _BUDGET, _budget)
    prices = _all(node, "prices", _PRICE, _price)
    _no_twins(node.problems, node.at("members"), [row.user for row in members or ()])
    _no_twins(node.problems, node.at("budgets"), [row.name for row in budgets or ()])
    _no_twins(node.problems, node.at("prices"), [row.model for row in prices or ()])
    own_rules = _all(node, "rules", rules.FIELDS, rules.read)
    _no_twins(node.problems, node.at("rules"), [row.name for row in own_rules or ()])
    row = Team(
        path=node.path,
        slug=slug or "",
        name=node.text("name", longest=120),
        cost_center=node.text("cost_center", longest=64),
        active=node.flag("active"),
        members=members,
        tiers=_tiers(node),
        policy=_policy(node),
        budgets=budgets,
        prices=prices,
        limits=_limits(node, (*RATES, *LOOP_GUARD)),
        rules=own_rules,
    )
    return row if slug else None


def _member(node: Node) -> Member | None:
    user = node.text("user", required=True, longest=150)
    row = Member(node.path, user or "", node.text("role", choices=ROLES), node.flag("service"), _limits(node, RATES))
    return row if user else None


def _limits(node: Node, known: tuple[str, ...]) -> Mapping[str, int] | None:
    """The whole of it: what a given `limits` does not name is not limited any more."""
    limits = node.node("limits", known)
    if limits is None:
        return None
    found = {name: limits.whole(name, 1) for name in known}
    return {name: value for name, value in found.items() if value is not None}


def _budget(node: Node) -> Budget | None:
    window = node.text("window", required=True, choices=WINDOWS)
    limit, soft = node.money("limit", 4, required=True), node.money("soft", 4)
    if limit is not None and soft is not None and soft > limit:
        node.note("soft", "must not be above the limit")
    zone = node.text("time_zone", longest=60) or "UTC"
    if zone not in available_timezones():
        node.note("time_zone", f"{zone!r} is no IANA time zone such as Europe/Berlin")
    action = node.text("soft_action", choices=("notify", "cap_tier")) or "notify"
    cap = node.text("cap_tier", choices=TIERS) or ""
    if (action == "cap_tier") != bool(cap):
        node.note("cap_tier", "goes with soft_action: cap_tier")
    if action == "cap_tier" and soft is None:
        node.note("soft", "is required with soft_action: cap_tier")
    user, models = node.text("user", longest=150), node.text("models", longest=200) or ""
    if problem := problem_with(models):
        node.note("models", problem[0].lower() + problem[1:].rstrip("."))
    if not window or limit is None:
        return None
    return Budget(window, limit, soft, user, models, bool(node.flag("rolling")), zone, action, cap)


def _price(node: Node) -> Price | None:
    """Unless free it needs an input and an output price (UNK-3)."""
    model, free = node.text("model", required=True), bool(node.flag("free"))
    for word in ("input", "output"):
        if not free and not node.has(word):
            node.note(word, "is required unless free: true")
    amounts = {word: node.money(word, 6) for word in AMOUNTS}
    if free and any(amounts.values()):
        node.note("free", "a free model has no prices")
    given = {word: amount for word, amount in amounts.items() if amount is not None}
    return Price(model, {} if free else given, free) if model else None


def _key(node: Node) -> Key | None:
    name, team = node.text("name", required=True, longest=120), node.slug("team")
    scopes = node.texts("scopes")
    for scope in scopes or ():
        if scope not in SCOPES:
            node.note("scopes", f"{scope!r} is unknown; known: {', '.join(SCOPES)}")
    row = Key(
        path=node.path,
        name=name or "",
        team=team or "",
        user=node.text("user", longest=150),
        models=node.texts("models"),
        scopes=scopes,
        expires_at=_moment(node, "expires_at"),
        limits=_limits(node, RATES),
    )
    return row if name and team else None


def _moment(node: Node, name: str) -> dt.datetime | None:
    """A date means its first moment, a time without a zone is in UTC."""
    value = node.value.get(name)
    if value is None:
        return None
    try:
        if isinstance(value, str):
            value = dt.datetime.fromisoformat(value)
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            value = dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC)
    except ValueError:
        pass
    if not isinstance(value, dt.datetime):
        node.note(name, "must be a date or time such as 2027-01-31 or 2027-01-31T12:00:00Z")
        return None
    return value if value.tzinfo else value.replace(tzinfo=dt.UTC)


def _model(node: Node) -> CatalogueModel | None:
    provider, model = node.slug("provider"), node.text("model", required=True)
    alias = node.text("alias") or ""
    facts = {
        "context_window": node.whole("context_window", 1),
        "max_output_tokens": node.whole("max_output_tokens", 1),
        "vision": node.flag("vision"),
        "enabled": node.flag("enabled"),
    }
    given = {name: value for name, value in facts.items() if value is not None}
    return CatalogueModel(node.path, provider, model, alias, given) if provider and model else None


def _no_twins(problems: list[str], path: str, names: list[str]) -> None:
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.append(f"{path}: {name} is there twice")
