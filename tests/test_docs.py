"""What the documentation promises is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_links_between_pages_lead_somewhere() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            if "://" not in link:
                assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_the_client_page_says_what_cannot_work() -> None:
    """CUR-5, CUR-6, CCD-8, CDX-7: said where people set clients up, instead of promised."""
    page = (ROOT / "docs" / "clients.md").read_text()
    assert "Cursor CLI cannot" in page
    assert "built-in Gemini and Anthropic names do not work" in page
    assert re.search(r"`ENABLE_TOOL_SEARCH=true` only\s+when every target of your tiers is an Anthropic model", page)
    assert "scheme://host[:port]/v1" in page


def test_the_line_for_codex_is_one_that_works() -> None:
    """As run with Codex 0.169: without env_key it sends no key (401), without a model it names its own (404)."""
    from lynkr_site.banner import codex_provider

    line = f"codex -m auto -c model_provider=lynkr -c '{codex_provider('http://127.0.0.1:8081')}'"
    assert "export LYNKR_KEY=lyk_…\n    " + line in (ROOT / "README.md").read_text()
    assert "OPENAI_API_KEY=lyk_…\n    codex" not in (ROOT / "README.md").read_text()


def test_every_data_plane_path_of_the_advice_is_served() -> None:
    from gateway.consumers.status import PATHS
    from gateway.urls import DATA_PLANE

    assert set(PATHS) <= set(DATA_PLANE)


def test_the_repository_names_no_machine_paths() -> None:
    """Habits of this repository."""
    wrong = re.compile(r"(?<![\w.])/(?:work|farm)/|/root/\.pyenv")
    for path in ROOT.rglob("*"):
        if path.suffix in {".py", ".md", ".toml", ".yaml", ".html"} and not set(path.parts) & {
            ".venv",
            ".lynkr",
            "node_modules",
        }:
            assert not wrong.search(path.read_text(encoding="utf-8", errors="ignore")) or path.name == "test_docs.py", (
                path
            )
