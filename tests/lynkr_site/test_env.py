"""The environment: read in one place, checked, documented."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from lynkr_site.env import REPOSITORY, VARIABLES, Env, EnvError, kept_secret

CODE = ("lynkr_site", "gateway", "routing", "caching", "accounts", "manage.py")


def read(tmp_path: Path, **values: str) -> Env:
    return Env.read({"LYNKR_DATA_DIR": str(tmp_path), **values})


def python_files() -> list[Path]:
    found: list[Path] = []
    for name in CODE:
        place = REPOSITORY / name
        found += [place] if place.is_file() else sorted(place.rglob("*.py"))
    return found


def test_only_env_py_reads_the_environment() -> None:
    pattern = re.compile(r"\bos\.environ\b|\bos\.getenv\b|\bfrom os import [^\n]*\b(environ|getenv)\b")
    offenders = [
        str(path.relative_to(REPOSITORY))
        for path in python_files()
        if pattern.search(path.read_text()) and path != REPOSITORY / "lynkr_site" / "env.py"
    ]
    assert offenders == []


def test_every_variable_that_is_read_is_declared() -> None:
    source = (REPOSITORY / "lynkr_site" / "env.py").read_text()
    asked_for = set(re.findall(r"read\.\w+\(\s*\"([A-Z_]+)\"", source))
    assert asked_for == {variable.name for variable in VARIABLES}


@pytest.mark.parametrize("name", [variable.name for variable in VARIABLES])
def test_every_variable_is_documented(name: str) -> None:
    assert f"| `{name}` |" in (REPOSITORY / "docs" / "configuration.md").read_text()


def test_the_documentation_names_no_variable_that_does_not_exist() -> None:
    documented = re.findall(r"^\| `([A-Z_]+)` \|", (REPOSITORY / "docs" / "configuration.md").read_text(), re.M)
    assert set(documented) == {variable.name for variable in VARIABLES}


def test_without_any_variable_it_serves_on_loopback(tmp_path: Path) -> None:
    env = read(tmp_path)
    assert (env.host, env.port, env.public_url) == ("127.0.0.1", 8081, "http://127.0.0.1:8081")
    assert env.database_url is None
    assert env.redis_url is None
    assert "*" not in env.allowed_hosts


def test_empty_counts_as_unset(tmp_path: Path) -> None:
    assert read(tmp_path, LYNKR_PORT="", DATABASE_URL=" ").port == 8081


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("LYNKR_PORT", "abc", "LYNKR_PORT must be a whole number from 1 to 65535, not 'abc'."),
        ("LYNKR_PORT", "70000", "from 1 to 65535"),
        ("LYNKR_SERVER", "gunicorn", "LYNKR_SERVER must be one of uvicorn, daphne, not 'gunicorn'."),
        ("DATABASE_URL", "mysql://u:hunter2@h/d", "DATABASE_URL must begin with postgres:// or postgresql://."),
    ],
)
def test_a_wrong_value_is_refused_by_name_and_shows_no_secret(tmp_path: Path, name: str, value: str, says: str) -> None:
    """LEK-4: an error never holds what might be a credential."""
    with pytest.raises(EnvError) as caught:
        read(tmp_path, **{name: value})
    assert says in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_secrets_are_made_once_and_only_their_owner_can_read_them(tmp_path: Path) -> None:
    first, second = read(tmp_path), read(tmp_path)
    assert first.secret_key == second.secret_key
    assert len({first.secret_key, first.key_pepper, first.encryption_key}) == 3
    for file in (tmp_path / "secrets").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700


def test_a_secret_left_empty_by_a_full_disk_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "pepper").touch()
    assert len(kept_secret(tmp_path, "pepper")) >= 48


def test_the_environment_shows_no_secret_when_printed(tmp_path: Path) -> None:
    """LEK-1."""
    env = read(tmp_path, LYNKR_SECRET_KEY="a-secret-key", DATABASE_URL="postgresql://u:hunter2@h/d")
    assert "hunter2" not in f"{env!r} {env}"
    assert "a-secret-key" not in f"{env!r} {env}"


def test_a_data_folder_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    with pytest.raises(EnvError, match=str(blocked)):
        read(blocked / "below")


def test_a_public_address_is_used_without_its_trailing_slash(tmp_path: Path) -> None:
    assert read(tmp_path, LYNKR_PUBLIC_URL="https://ai.example.org/").public_url == "https://ai.example.org"


def test_days_kept_are_given_for_all_tables_or_by_name(tmp_path: Path) -> None:
    """LOG-1"""
    assert read(tmp_path).keep_days == {"operations": 90, "attempts": 90, "ledger": 400}
    assert read(tmp_path, LYNKR_KEEP_DAYS="30").keep_days == {"operations": 30, "attempts": 30, "ledger": 30}
    assert read(tmp_path, LYNKR_KEEP_DAYS="14, ledger=800").keep_days == {
        "operations": 14,
        "attempts": 14,
        "ledger": 800,
    }
    for wrong in ("0", "ledger=", "books=3", "ledger=-1", "=3", "ledger=1.5", "99999"):
        with pytest.raises(EnvError, match="LYNKR_KEEP_DAYS must be like operations=90"):
            read(tmp_path, LYNKR_KEEP_DAYS=wrong)
