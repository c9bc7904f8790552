"""The sidebar of the admin, in the order of a day's work: what happens, how it is routed, who may."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse_lazy


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """For ``UNFOLD["SIDEBAR"]["navigation"]``. Entries the user may not see are left out."""
    groups = (
        ("Traffic", (("Operations", "receipt_long", "gateway", "operation"),)),
        (
            "Routing",
            (
                ("Tier maps", "alt_route", "routing", "tiermap"),
                ("Tier map history", "history", "routing", "tiermapversion"),
                ("Policies", "rule", "routing", "routingpolicy"),
                ("Policy history", "manage_history", "routing", "policyversion"),
                ("Rules", "gavel", "routing", "routingrule"),
                ("Calibration", "tune", "routing", "calibrationsuggestion"),
                ("Models", "deployed_code", "routing", "cataloguemodel"),
                ("Prices", "payments", "routing", "priceoverride"),
            ),
        ),
        (
            "Answer cache",
            (
                ("Kept answers", "inventory_2", "caching", "cacheentry"),
                ("Near matches", "compare_arrows", "caching", "cachecheck"),
                ("Standings", "balance", "caching", "cachestanding"),
            ),
        ),
        (
            "Providers",
            (
                ("Provider accounts", "cloud", "gateway", "provideraccount"),
                ("Embeddings", "scatter_plot", "caching", "embeddingsettings"),
            ),
        ),
        (
            "People",
            (
                ("Teams", "groups", "accounts", "team"),
                ("API keys", "key", "accounts", "apikey"),
                ("Budgets", "savings", "accounts", "budget"),
                ("Notifications", "notifications", "accounts", "notificationchannel"),
                ("Users", "person", "accounts", "user"),
                ("Groups of the identity provider", "group_add", "accounts", "groupmapping"),
                ("Audit", "policy", "accounts", "auditevent"),
            ),
        ),
    )
    return [
        {
            "title": title,
            "separator": True,
            "items": [_item(request, *entry) for entry in entries if _may(request, entry[2], entry[3])],
        }
        for title, entries in groups
        if any(_may(request, entry[2], entry[3]) for entry in entries)
    ]


def _may(request: HttpRequest, app: str, model: str) -> bool:
    return request.user.has_perm(f"{app}.view_{model}") or request.user.has_perm(f"{app}.change_{model}")


def _item(request: HttpRequest, title: str, icon: str, app: str, model: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{app}_{model}_changelist")}
