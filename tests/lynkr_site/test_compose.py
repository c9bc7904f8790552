"""`compose.yaml` and the image: valid, and in step with the code."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from lynkr_site.commands import OURS
from lynkr_site.env import REPOSITORY, VARIABLES

COMPOSE: dict[str, Any] = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
LYNKR = ["migrate", "web", "worker", "beat"]
# Read by the servers' own images, or by compose itself.
OTHERS = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD", "LYNKR_PUBLISH"}
SECRETS = ["LYNKR_SECRET_KEY", "LYNKR_KEY_PEPPER", "LYNKR_ENCRYPTION_KEY"]


def test_all_parts_are_there() -> None:
    assert set(SERVICES) == {"postgres", "redis", *LYNKR}
    assert "pgvector" in SERVICES["postgres"]["image"]


@pytest.mark.parametrize("name", LYNKR)
def test_every_variable_is_one_that_lynkr_reads(name: str) -> None:
    assert set(SERVICES[name]["environment"]) <= {variable.name for variable in VARIABLES}


def test_every_variable_a_person_is_to_give_is_one_that_lynkr_or_a_server_reads() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", (REPOSITORY / "compose.yaml").read_text()))
    assert asked <= {variable.name for variable in VARIABLES} | OTHERS


@pytest.mark.parametrize("name", LYNKR)
def test_processes_that_share_no_folder_share_their_secrets(name: str) -> None:
    """Each container would make its own otherwise, and no key would work in the next one."""
    for secret in SECRETS:
        assert SERVICES[name]["environment"][secret].startswith("${" + secret + ":?")


@pytest.mark.parametrize("name", LYNKR)
def test_every_command_exists(name: str) -> None:
    command = SERVICES[name]["command"]
    assert command[0] == "python"
    if command[1] == "manage.py":
        assert command[2] in OURS
    else:
        assert command[1:5] == ["-m", "celery", "--app", "lynkr_site.celery"]
        assert command[5] in ("worker", "beat")


def test_nothing_serves_before_the_migration_succeeded() -> None:
    """MIG-1, MIG-3."""
    for name in ("web", "worker", "beat"):
        assert SERVICES[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert SERVICES["migrate"]["restart"] == "no"


def test_the_web_process_has_time_to_drain() -> None:
    drain = int(SERVICES["web"]["environment"]["LYNKR_DRAIN_SECONDS"])
    assert int(SERVICES["web"]["stop_grace_period"].rstrip("s")) >= drain + 5


def test_health_checks_ask_what_exists() -> None:
    assert (REPOSITORY / SERVICES["web"]["healthcheck"]["test"][2]).is_file()
    assert SERVICES["web"]["healthcheck"]["test"][-1].endswith("/health/ready")


def test_volumes_that_are_used_are_declared() -> None:
    used = {entry.split(":")[0] for service in SERVICES.values() for entry in service.get("volumes", [])}
    assert used == set(COMPOSE["volumes"])


def test_the_image_copies_and_runs_what_exists() -> None:
    lines = (REPOSITORY / "deploy" / "Dockerfile").read_text().splitlines()
    for line in lines:
        if line.startswith("COPY ") and not line.startswith("COPY . "):
            for name in line.split()[1:-1]:
                assert (REPOSITORY / name).exists()
    assert lines[-1] == 'CMD ["python", "manage.py", "serve"]'
    assert "USER lynkr" in lines
    assert (REPOSITORY / SERVICES["web"]["build"]["dockerfile"]).is_file()
