"""What the first ask of a session wants, as far as words show it. Pure.

Only the turns before the first answer are read, so that every later turn of the session reads the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

from gateway.chat.request import ChatRequest, Text
from routing.ask import goes_on
from routing.envelope import unwrapped
from routing.words import stems_of

from .topics import About, about, made_for

LONG = 6_000
_URL = re.compile(r"\bhttps?://([^\s/]+)(\S*)")
_PATH = re.compile(
    r"(?<![\w/])(?:[.~]{0,2}/)?(?:[\w.@*-]+/)+[\w.@*-]*\.\w{1,8}\b|(?<![\w/])[.~]{0,2}/[\w.@*/-]+|(?<![\w/])(?:[\w.@-]+/){2,}[\w.@-]*|(?<![\w/])[\w-]+/(?=\s|$)"
)
_FILE = re.compile(
    r"(?<![\w.])[\w-]+\.(?:pyi?|jsx?|tsx?|mjs|go|rs|java|kt|rb|php|cs|cc?|cpp|h|swift|sql|sh|ya?ml|toml|json|md|tf|html|s?css|vue|svelte|ipynb|lock|xml|ini|cfg|log|csv|txt)\b|\b(?:[Rr][Ee][Aa][Dd][Mm][Ee]|[Dd]ockerfile|[Mm]akefile|CHANGELOG|LICENSE|Gemfile|Procfile|go\.mod)\b"
)
_NAME = re.compile(
    r"\b[a-z]+(?:[A-Z][a-z0-9]*)+\b|\b(?:[A-Z][a-z0-9]+){2,}\b|\b\w+\(\)|\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b"
)
_TICKET = re.compile(r"\b[A-Z][A-Z0-9]{1,9}-\d{1,6}\b")
_NUMBER = re.compile(r"(?<![\w&])#\d{1,6}\b|\b(?:PR|MR|pr|mr) ?[#!]?\d{1,6}\b")
_CHANNEL = re.compile(r"(?<![\w&/])#[a-z][\w-]{1,40}\b")
# A question with one word of code in it may be about anything that was ever said of it.
_QUESTION = re.compile(
    r"(?:who|what|when|where|which|why|is|are|was|were|did|does|do|has|have|can|could|should|how (?:much|many|often|long|do|does|did|is|are)|wer|was|wann|"
    r"wo|warum|wieso|quién|qué|cuándo|dónde|por qué|qui|que|quand|où|pourquoi|quem|quando|onde)\b|[^.!\n]{3,200}\?\s*$",
    re.IGNORECASE,
)
# Languages whose words are not in `topics`: by their letters, or by words that no known language has.
_UNFAMILIAR = re.compile(
    r"[\u0370-\u06ff\u0e00-\u0e7f\u10a0-\u11ff\uac00-\ud7af]{2}|[ąćęłńśźżőűğışčěřžůđťďľțșăøæåơưạảấầếềệộớờợ]|"
    r"\b(?:che|degli|della|dell|nella|sono|perché|per (?:il|la|lo|gli|le)|het|een|niet|zijn|deze|voor|naar|och|att|inte|för|ikke|jeg|"
    r"nie|jest|dla|bir|için|untuk|không|của|pentru|este|hogy|nem|että|pada|dengan)\b"
)
# Of these only the words of code are known well enough to rely on there being no others.
_HALF_KNOWN = re.compile(r"[\u0900-\u097f\u3040-\u30ff\u3400-\u9fff]{2}")
_ADDRESS = re.compile(r"\b[\w.+-]+@[\w-]+\.\w+")
_SYNONYMS: dict[str, str] = {
    "pr": "pull request", "prs": "pull request", "mr": "merge request", "mrs": "merge request", "ticket": "issue task", "issue": "ticket task", "bug": "issue",
    "task": "issue ticket", "ci": "workflow action job pipeline run", "pipeline": "workflow action job run", "build": "workflow action job build logs",
    "job": "workflow action", "review": "pull request review", "merg": "pull request", "merge": "pull request", "branch": "branch", "tag": "release",
    "deploy": "deployment", "deployment": "deploy", "mail": "email", "email": "mail", "meet": "event", "meeting": "event", "termin": "event", "channel": "message",
    "dm": "message", "post": "message", "tell": "message", "ask": "message", "vulnerability": "alert dependabot scan", "log": "log", "slow": "query performance explain",
    "plan": "price product", "charg": "payment refund", "screenshot": "screenshot page", "doc": "docs documentation", "dashboard": "dashboard metric",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """`text` of the first ask, cleaned, "" where there is none; its topics; `stems` of its words, and of words with the same meaning;
    `code`: it speaks of code; `vague`: it does not say what it is about."""

    text: str
    topics: About
    stems: frozenset[str]
    synonyms: frozenset[str]
    code: bool
    vague: bool


def first_texts(request: ChatRequest) -> Iterator[Text]:
    """Texts of the conversation before its first answer."""
    for message in takewhile(lambda message: message.role != "assistant", request.messages):
        for block in message.blocks:
            if isinstance(block, Text):
                yield block


def first_ask(request: ChatRequest) -> str:
    asked = []
    for message in takewhile(lambda message: message.role != "assistant", request.messages):
        if message.role == "user":
            asked += [own for block in message.blocks if isinstance(block, Text) and (own := unwrapped(block.text))]
    return "\n".join(asked)


def _is_foreign(text: str, topics: About) -> bool:
    """Whether it may say more than the words in `topics` can tell."""
    if _UNFAMILIAR.search(text.lower()):
        return True
    return bool(_HALF_KNOWN.search(text)) and bool(topics.plainly | topics.likely | topics.perhaps or not topics.code)


def parts_of_host(host: str) -> list[str]:
    return stems_of(host.replace(".", " "))


@lru_cache(256)
def wanted(text: str) -> Wanted:
    said = text.strip()
    hosts = " ".join(f"{host} {rest[:80]}" for host, rest in _URL.findall(said))
    plain = _URL.sub(" ", said)
    coded = bool(_PATH.search(plain) or _FILE.search(plain) or _NAME.search(plain))
    plain = _NAME.sub(" ", _FILE.sub(" ", _PATH.sub(" ", plain)))
    marks = []
    if _TICKET.search(plain):
        marks.append("ticket")
    if _NUMBER.search(plain):
        marks.append("pull request")
    if _CHANNEL.search(plain):
        marks.append("slack")
    if any(not made_for(parts_of_host(host)) for host, _ in _URL.findall(said)):
        marks.append("hyperlink")
    plain = _ADDRESS.sub(" ", plain)
    stems = [
        *stems_of(plain),
        ".",
        *stems_of(" . ".join(marks)),
        ".",
        *stems_of(hosts.replace(".", " . ").replace("/", " . ")),
    ]
    topics = about(stems)
    own = frozenset(stems)
    other = frozenset(stem for word in own if word in _SYNONYMS for stem in stems_of(_SYNONYMS[word]))
    code = coded or topics.code > bool(_QUESTION.match(said))
    vague = not said or goes_on(said) or not (topics.plainly or topics.likely or code) or _is_foreign(plain, topics)
    return Wanted(said, topics, own, other, code, vague)
