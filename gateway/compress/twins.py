"""Tools that do what another tool on offer does: web search beside web search, a files server beside the client's own tools. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from .offered import Offer

# What a tool does, by its name without the server's; only where one can stand for the other. The first that fits counts.
_DOES = (
    ("web search", re.compile(r"(?:google_|brave_|tavily_|exa_|firecrawl_|duckduckgo_)?(?:web_?search|search_?web)(?:_exa|_\d{8})?|(?:brave_web|tavily|firecrawl)[_-]search|websearch|WebSearch")),
    ("web fetch", re.compile(r"web_?fetch(?:_\d{8})?|fetch(?:_url|_webpage|_html|_markdown)?|WebFetch")),
    ("web fetch?", re.compile(r"crawling_exa|(?:tavily[_-])?extract|(?:firecrawl_)?scrape(?:_url)?|read_url|visit_page")),
    ("read a file", re.compile(r"read_(?:text_)?file|Read|read|view_file")),
    ("read a file?", re.compile(r"read_multiple_files|read_many_files|get_file_info|read_media_file")),
    ("write a file", re.compile(r"write_file|Write|write|write_to_file|create_file|apply_patch")),
    ("edit a file", re.compile(r"edit_file|Edit|edit|replace|replace_in_file|search_replace|apply_patch|str_replace_editor")),
    ("list files", re.compile(r"list_directory|list_dir|LS|ls|list|list_files|Glob|glob")),
    ("list files?", re.compile(r"list_directory_with_sizes|directory_tree")),
    ("find files", re.compile(r"search_files|find_files|Glob|glob|file_search")),
    ("change files?", re.compile(r"create_directory|move_file|delete_file|list_allowed_directories")),
    ("git?", re.compile(r"git_(?:status|diff\w*|commit|add|reset|log|create_branch|checkout|show|branch|init|push|pull|stash)")),
    ("open a page", re.compile(r"(?:browser_|puppeteer_)?(?:navigate|navigate_page|goto)")),
    ("click", re.compile(r"(?:browser_|puppeteer_)?click")),
    ("type", re.compile(r"(?:browser_|puppeteer_)?(?:type|fill|fill_form)")),
    ("hover", re.compile(r"(?:browser_|puppeteer_)?hover")),
    ("choose", re.compile(r"(?:browser_|puppeteer_)?select(?:_option)?")),
    ("picture a page", re.compile(r"(?:browser_|puppeteer_)?(?:take_)?screenshot")),
    ("run in a page", re.compile(r"(?:browser_|puppeteer_)?evaluate(?:_script)?")),
)  # fmt: skip
_BROWSING = frozenset(("open a page", "click", "type", "hover", "choose", "picture a page", "run in a page"))
_SHELLS = frozenset("Bash bash shell exec exec_command shell_command run_shell_command run_terminal_cmd run_in_terminal execute_command".split())  # noqa: SIM905
_BY_SHELL = frozenset(("list files?", "change files?", "git?", "read a file?"))


def doing(name: str, own: str) -> str:
    """"" for a tool that nothing else stands for; with "?" where the other one does it in another way."""
    for what, form in _DOES:
        if form.fullmatch(own) or form.fullmatch(name):
            return what
    return ""


def twins(offers: Sequence[Offer], strict: bool, match: Callable[[str], tuple[int, ...]]) -> set[int]:
    """Places of the tools that others make superfluous. The client's and the provider's own stay; of two servers the one with the
    greater `match`, and where they are even the one that came first. Not strict: only where both do the same in the same way."""
    built_in = {_plain(doing(offer.tool.name, offer.own)) for offer in offers if not offer.server}
    shell = any(offer.tool.name in _SHELLS for offer in offers if not offer.server)
    gone: set[int] = set()
    by_server: dict[str, dict[int, str]] = {}
    for offer in offers:
        what = doing(offer.tool.name, offer.own)
        if not offer.server or not what:
            continue
        if what not in _BROWSING and _stands(what, built_in, shell, strict):
            gone.add(offer.place)
        else:
            by_server.setdefault(offer.server, {})[offer.place] = what
    order = sorted(by_server, key=lambda server: tuple(-number for number in match(server)))
    sizes = {server: [offer.place for offer in offers if offer.server == server] for server in by_server}
    return gone | _of_two_servers(order, by_server, sizes, strict)


def _stands(what: str, built_in: set[str], shell: bool, strict: bool) -> bool:
    if what.endswith("?"):
        return strict and (_plain(what) in built_in or (shell and what in _BY_SHELL))
    return what in built_in or (strict and shell and what.endswith(("file", "files")))


def _of_two_servers(
    order: Iterable[str], doings: Mapping[str, Mapping[int, str]], places: Mapping[str, list[int]], strict: bool
) -> set[int]:
    gone: set[int] = set()
    done: set[str] = set()
    for server in order:
        mine = doings[server]
        whats = {what for what in mine.values() if not what.endswith("?")}
        browsing = whats & _BROWSING
        if browsing:
            # A browser is one thing: its tools act on the page that its other tools opened, so it goes whole or stays whole.
            if browsing <= done and (strict or len(mine) == len(places[server])):
                gone.update(places[server])
                continue
        else:
            gone.update(place for place, what in mine.items() if what in done)
        done |= whats
    return gone


def _plain(what: str) -> str:
    return what.removesuffix("?")
