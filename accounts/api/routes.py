"""All routers together."""

from accounts.api import budgets, events, keys, teams, users
from accounts.api.answers import Api, install
from accounts.api.auth import KeyAuth, Session

api = Api(
    title="Lynkr",
    version="1",
    description="Teams, people, keys, budgets and the audit log. Fields that are not known are refused.",
    urls_namespace="lynkr-api",
    auth=[KeyAuth(), Session()],
)
install(api)
api.add_router("/teams", teams.router)
api.add_router("", users.router)
api.add_router("/keys", keys.router)
api.add_router("/budgets", budgets.router)
api.add_router("/audit-events", events.router)
