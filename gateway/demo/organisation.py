"""Who is in the invented organisation, and how it is configured: plain values, written as `manage.py apply` writes a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ADMIN, LEAD, MEMBER = "ada", "mira", "jonas"
NO_ADDRESS = "demo.invalid"  # never resolves (RFC 6761): nothing that is typed into the demo leaves the machine


@dataclass(frozen=True, slots=True)
class Unit:
    """A team. `zone`: hours its people are before UTC. `busy`: sessions a person has a working day. `clients`: what its
    people use, the first the most."""

    slug: str
    name: str
    cost_center: str
    zone: int
    busy: float
    clients: tuple[str, ...]
    people: tuple[str, ...]
    service: str = ""


UNITS = (
    Unit("platform", "Platform", "CC-4100", 1, 2.2, ("claude-code", "codex"),
         ("mira", "jonas", "amara", "lukas", "noor", "tomasz", "ines"), "ci-runner"),
    Unit("payments", "Payments", "CC-4110", 1, 1.6, ("claude-code", "cursor"),
         ("henrik", "sofia", "yusuf", "elena", "marek", "chiara")),
    Unit("search", "Search", "CC-4120", 1, 1.5, ("opencode", "claude-code"),
         ("anouk", "pavel", "dilan", "greta", "oscar"), "search-indexer"),
    Unit("mobile", "Mobile Apps", "CC-4130", 0, 1.4, ("cursor", "claude-code"),
         ("tiago", "beatriz", "owen", "freya", "rui", "maeve")),
    Unit("web", "Web Frontend", "CC-4140", 1, 1.5, ("cursor",), ("lea", "nils", "zofia", "bruno", "katya")),
    Unit("data", "Data & ML", "CC-4200", -5, 1.7, ("claude-code", "openai-sdk"),
         ("marcus", "priya", "diego", "hannah", "kofi", "wei")),
    Unit("security", "Security", "CC-4210", -5, 1.0, ("claude-code",), ("rachel", "tariq", "sam", "olga")),
    Unit("infra", "Infrastructure", "CC-4220", 5, 1.3, ("codex", "opencode"),
         ("arjun", "kavya", "rohan", "meera", "vikram")),
    Unit("support", "Customer Support", "CC-5100", -5, 0.5, ("openai-sdk",),
         ("grace", "luis", "tessa", "ben", "aisha"), "support-bot"),
    Unit("marketing", "Marketing", "CC-5200", -5, 0.6, ("openai-sdk",), ("claire", "dominic", "ivy")),
    Unit("research", "Research", "CC-6100", -8, 1.6, ("claude-code", "anthropic-sdk"),
         ("naomi", "felix", "june", "hiro", "leila"), "eval-runner"),
    Unit("finance", "Finance", "CC-7000", 1, 0.5, ("openai-sdk",), ("ursula", "matteo", "sanne")),
)  # fmt: skip
# People of one team who also belong to another.
ALSO = (("jonas", "infra"), ("priya", "research"), ("rachel", "platform"))

TIERS = {
    "SIMPLE": ["anthropic/claude-haiku-4-5", "openai/gpt-5.4-nano"],
    "MEDIUM": ["anthropic/claude-sonnet-5", "bedrock-eu/eu.anthropic.claude-sonnet-5", "openai/gpt-5.4-mini"],
    "COMPLEX": ["anthropic/claude-opus-5", "openai/gpt-5.5"],
    "REASONING": ["openai/gpt-5.6", "anthropic/claude-opus-5"],
}
TEAM_TIERS: dict[str, dict[str, list[str]]] = {
    "payments": {"MEDIUM": ["bedrock-eu/eu.anthropic.claude-sonnet-5", "anthropic/claude-sonnet-5"]},
    "infra": {"SIMPLE": ["ollama-blr/qwen3-coder:30b", "openai/gpt-5.4-nano"], "MEDIUM": ["openai/gpt-5.3-codex"]},
    "search": {"MEDIUM": ["deepseek/deepseek-chat", "openai/gpt-5.4-mini"]},
    "mobile": {
        "SIMPLE": ["gemini/gemini-3.8-flash"],
        "MEDIUM": ["gemini/gemini-3.1-pro-preview", *TIERS["MEDIUM"][:1]],
    },
    "research": {"COMPLEX": ["lab/aurora-2-preview", "anthropic/claude-opus-5"]},
    "finance": {"SIMPLE": ["azure-eu/gpt-5-mini"], "MEDIUM": ["azure-eu/gpt-5.2"], "COMPLEX": ["azure-eu/gpt-5.2"]},
}
_TEAM_PRICES: dict[str, list[dict[str, Any]]] = {
    "data": [{"model": "claude-opus-*", "input": 4.25, "output": 21.25, "cache_read": 0.425, "cache_write_5m": 5.3125}],
}
# So much held out that one team's sessions tell what the passes save.
_TEAM_POLICIES: dict[str, dict[str, Any]] = {
    "marketing": {"pinned_tier": "SIMPLE"},
    "platform": {"hold_out_percent": 25},
    "research": {"hold_out_percent": 25},
    "support": {"cache": "semantic", "cache_scope": "team", "cache_temperature": 1, "capture_content": True},
}
_LIMITS = {"requests_per_minute": 600, "tokens_per_minute": 20_000_000, "parallel_requests": 60}


def surname(index: int) -> str:
    names = (
        "Lindqvist", "Weber", "Okafor", "Novak", "Haddad", "Kowalski", "Moreira", "Sørensen", "Rossi", "Demir", "Petrova",
        "Horvat", "Bianchi", "Dubois", "Svoboda", "Aydin", "Fischer", "Berg", "Almeida", "Santos", "Davies", "Hansen",
        "Carvalho", "Byrne", "Keller", "Jensen", "Wójcik", "Costa", "Ivanova", "Bell", "Raman", "Vargas", "Cohen", "Mensah",
        "Zhang", "Stein", "Aziz", "Porter", "Orlova", "Mehta", "Iyer", "Kapoor", "Nair", "Rao", "Turner", "Ortega",
        "Brandt", "Walsh", "Khan", "Marchand", "Reed", "Sinclair", "Park", "Wolff", "Adler", "Tanaka", "Rahimi", "Vogel",
        "Conti", "de Vries",
    )  # fmt: skip
    return names[index % len(names)]


def document() -> dict[str, Any]:
    """What a file for `manage.py apply` would hold."""
    return {
        "providers": [
            _provider("anthropic", "anthropic", "api.anthropic"),
            _provider("openai", "openai", "api.openai"),
            _provider("bedrock-eu", "bedrock", "bedrock.eu-west-1", options={"region": "eu-west-1"}),
            _provider("azure-eu", "azure-openai", "lynkr-eu.openai"),
            _provider("gemini", "gemini", "gemini"),
            _provider("deepseek", "deepseek", "deepseek"),
            _provider("lab", "openai-compatible", "inference.lab"),
            _provider("ollama-blr", "ollama", "gpu-1.blr"),
        ],
        "defaults": {"tiers": TIERS, "policy": {"auto_names": ["auto", "lynkr", "claude-*"]}},
        "prices": [{"model": "deepseek/deepseek-chat", "input": 0.25, "output": 0.4, "cache_read": 0.025}],
        "teams": [_team(unit) for unit in UNITS],
        "models": [
            {"provider": "openai", "model": "text-embedding-3-large"},
            {"provider": "openai", "model": "gpt-5.4-mini"},
            {"provider": "anthropic", "model": "claude-sonnet-5", "alias": "house-sonnet"},
        ],
    }


def _provider(name: str, vendor: str, host: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "vendor": vendor,
        "base_url": f"https://{host}.{NO_ADDRESS}",
        **({} if vendor == "ollama" else {"secret": f"demo-{name}-0000"}),
        **more,
    }


def _team(unit: Unit) -> dict[str, Any]:
    members: list[dict[str, Any]] = [
        {"user": name, "role": "lead" if name == unit.people[0] else "member"} for name in unit.people
    ]
    members += [{"user": name, "role": "member"} for name, team in ALSO if team == unit.slug]
    if unit.service:
        members.append({"user": unit.service, "service": True, "limits": {"parallel_requests": 20}})
    return {
        "slug": unit.slug,
        "name": unit.name,
        "cost_center": unit.cost_center,
        "members": members,
        "limits": _LIMITS,
        **({"tiers": TEAM_TIERS[unit.slug]} if unit.slug in TEAM_TIERS else {}),
        **({"prices": _TEAM_PRICES[unit.slug]} if unit.slug in _TEAM_PRICES else {}),
        **({"policy": _TEAM_POLICIES[unit.slug]} if unit.slug in _TEAM_POLICIES else {}),
    }
