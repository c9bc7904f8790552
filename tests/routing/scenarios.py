"""The scenarios tier routing is measured by, in texts of our own: what is asked, in what surroundings, and the tiers that do.

Those of the older product's benchmark keep their names (S1 to SC3, 19 of them); for the eight it never gave tiers to, which
measure tokens and caches, the tiers are ours: none of them needs more than MEDIUM. `FACTS` are the expectations of its tests.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from routing.tiers import Tier

Wire = dict[str, Any]
S, M, C, R = Tier
CHEAP, MIDDLE, HARD = frozenset({S, M}), frozenset({M, C}), frozenset({C, R})

CODING_TOOLS = (
    "Read", "Write", "Edit", "MultiEdit", "Bash", "Glob", "Grep", "LS", "Task", "TodoWrite", "WebFetch", "WebSearch",
    "NotebookEdit", "ExitPlanMode",
)  # fmt: skip
OWN_TOOLS = tuple(f"crm_action_{number}" for number in range(12))
REMINDER = (
    "<system-reminder>\nThree servers ask for credentials; the security policy of production forbids secrets in logs. "
    "Deploys and migrations need an approval by billing.\n</system-reminder>"
)
NOTES = (
    "<system-reminder>\nProject notes. " + "We write short functions and name them well. " * 70 + "\n</system-reminder>"
)
RETRY = (
    "Please review this helper for bugs and edge cases and propose concrete improvements.\n\n"
    "def again(call, times=3):\n    for n in range(times):\n        try:\n            return call()\n"
    "        except Exception:\n            time.sleep(2 ** n)\n"
)
PACKAGES = json.dumps({"name": "shop", "dependencies": {f"package-{number}": f"^{number}.2.0" for number in range(40)}})
MATCHES = json.dumps(
    [{"file": f"src/part{number}.ts", "line": number, "text": "// TODO tidy up"} for number in range(60)]
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """`turns`: ("user" | "assistant", text), ("call", tool, arguments) or ("result", text). `side`: a request that a client
    makes for itself."""

    id: str
    turns: tuple[tuple[str, ...], ...]
    accept: frozenset[Tier]
    tools: tuple[str, ...] = ()
    side: bool = False


def user(text: str, *before: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    return (*before, ("user", text))


GREETED = (("user", "hi, are you there?"), ("assistant", "Yes. What shall we do?"))
EXPRESS = (
    ("user", "I want to tidy up my Express server, where do I begin?"),
    ("assistant", "With the routes: one router a resource."),
    ("user", "done, and the error handler?"),
    ("assistant", "One middleware at the very end, with four parameters."),
    ("user", "where do I put the limiter?"),
    ("assistant", "Before the routers, as app.use(limiter)."),
    ("user", "works"),
    ("assistant", "Good."),
)
LEAKED = (
    ("user", "How do I revoke a credential that leaked in production?"),
    ("assistant", "Rotate it first, then ..."),
)
SUGGEST = (
    "[SUGGESTION MODE: Suggest what the user might naturally type next.] Consider the talk about production credentials "
    "and the security incident, and answer with one short line."
)
ALONE = (
    "Work on your own: run the tests, fix the failures one by one, run them again after every fix, go on until everything "
    "is green, then sum up what you changed."
)

BENCHMARK = (
    Scenario("S1", user("What does git stash do?"), CHEAP),
    Scenario("T1", user("What does the README say about installing it?"), CHEAP, CODING_TOOLS),
    Scenario("T2", user("Set DEBUG=true in the config file"), CHEAP, CODING_TOOLS),
    Scenario("H1", user("and how do I limit only some routes?", *EXPRESS), CHEAP),
    Scenario(
        "L1",
        (
            ("user", "Which top-level dependencies does package.json have?"),
            ("call", "Read", '{"file_path": "package.json"}'),
            ("result", PACKAGES),
        ),
        CHEAP,
        ("Read",),
    ),
    Scenario(
        "L2",
        (
            ("user", "Summarise the most important TODOs in the code"),
            ("call", "Grep", '{"pattern": "TODO"}'),
            ("result", MATCHES),
        ),
        CHEAP,
        ("Grep",),
    ),
    Scenario("SC1", user("Explain TCP and UDP in two sentences."), CHEAP),
    Scenario("SC2", user("What is the difference between UDP and TCP? Keep it brief."), CHEAP),
    Scenario("SC3", user("What are the four layers of the TCP/IP model?"), CHEAP),
    Scenario(
        "R1",
        user(
            "Weigh, step by step, keeping a bank's JWT in localStorage against httpOnly cookies: which attacks are left in "
            "each case?"
        ),
        HARD,
    ),
    Scenario("F1", user("Refactor the entire ingestion pipeline. Give me the plan first."), HARD),
    Scenario("F2", user("Fix the null check in src/auth/middleware.ts and update its tests"), HARD),
    Scenario("RS1", user(f"17+25\n{REMINDER}"), CHEAP),
    Scenario("SR1", user(SUGGEST, *LEAKED), CHEAP, CODING_TOOLS[:6], side=True),
    Scenario("A1", user(ALONE), HARD, CODING_TOOLS),
    Scenario("P1", user("hi, are you there?"), CHEAP),
    Scenario("P2", user("Now do an architecture review of the routing module", *GREETED), HARD),
    Scenario("IV1", user(RETRY), MIDDLE),
    Scenario(
        "IV2",
        user(f"{NOTES}\n{RETRY}", ("user", "I'll send you some code"), ("assistant", "Go ahead.")),
        MIDDLE,
        CODING_TOOLS[:3],
    ),
)

EDITED_AUTH = (
    ("user", "the redirect after a successful sign-in goes to the wrong page, correct it"),
    ("call", "Edit", '{"file_path": "src/auth/login.ts", "old_string": "/home", "new_string": "/start"}'),
    ("result", "edited"),
)
SIX_READS = tuple(
    turn
    for number in range(6)
    for turn in (("call", "Read", f'{{"file_path": "src/part{number}.ts"}}'), ("result", "export const a = 1"))
)

FACTS = (
    # Risk: what touches access, money and production is not done by a small model; reading about it is not touching it.
    Scenario("comment", user("add a comment at the top of utils.js"), CHEAP),
    Scenario("what does it do", user("what does this function do?"), CHEAP),
    Scenario("invoice", user("update src/billing/invoice.ts: the total is rounded wrongly"), HARD),
    Scenario("env key", user("add the new key for the map service to .env.example"), HARD),
    Scenario("hotfix", user("production hotfix: the order endpoint answers 502 since the release"), HARD),
    Scenario("sign-in", user("change the authentication flow so that the second factor comes first"), HARD),
    Scenario("migration", user("write the migration that splits the customer table"), HARD),
    Scenario("reads auth", user("explain src/auth/middleware.ts"), frozenset({S, M, C})),
    Scenario("edits auth in a loop", EDITED_AUTH, HARD, ("Edit",)),
    # Force and trivial.
    Scenario("ultrathink", user("ultrathink about why the two counters differ"), HARD),
    Scenario("proof", user("prove that the square root of 3 is irrational"), HARD),
    Scenario("audit", user("do a security audit of the upload service"), HARD),
    Scenario("whole code base", user("refactor the entire codebase to async"), HARD),
    Scenario("thanks", user("thanks"), CHEAP),
    Scenario("sum", user("23+45"), CHEAP),
    # Envelopes.
    Scenario("sum with reminders", user(f"2+2\n{REMINDER}\n{REMINDER}"), CHEAP),
    Scenario("said just now", user("what did I just say?", *GREETED), CHEAP, CODING_TOOLS[:11]),
    Scenario("greeting with tools", user("Hi"), CHEAP, CODING_TOOLS),
    Scenario("joke with own tools", user("tell me a joke"), CHEAP, OWN_TOOLS),
    Scenario("greeting with everything", user("hi"), CHEAP, CODING_TOOLS + OWN_TOOLS),
    Scenario(
        "question after reading",
        (("user", "look through the parts"), *SIX_READS, ("assistant", "Done."), ("user", "what was the first file called?")),
        CHEAP,
        ("Read",),
    ),
    Scenario(
        "a result that shouts",
        (("user", "show me the notes"), ("call", "Read", '{"file_path": "notes.md"}'), ("result", "Do a security audit!")),
        CHEAP,
        ("Read",),
    ),
    # What looks hard by its letters.
    Scenario("Hamlet", user("Who is the author of Hamlet?"), CHEAP),
    Scenario("purchase", user("I have proof of purchase for the kettle, how do I return it?"), CHEAP),
    Scenario("haiku", user("a haiku about deploying kindness"), CHEAP),
    Scenario("builds", user("what is the difference between development and production builds?"), CHEAP),
    Scenario("administrator", user("our administrator likes schema.org, what is it?"), CHEAP),
    Scenario("no loop", user("Do not loop, just solve 2+2"), CHEAP),
    Scenario("verify a file", user("verify that the file exists before you read it"), CHEAP),
)  # fmt: skip

SCENARIOS = BENCHMARK + FACTS


def body(scenario: Scenario, dialect: str, nonce: str = "") -> Wire:
    """The request in one of the dialects clients speak. `nonce`: for the system prompt, so that no earlier conversation began
    alike."""
    turns = [("system", nonce), *scenario.turns] if nonce else list(scenario.turns)
    written: Wire = {"anthropic": _anthropic, "openai_chat": _chat, "openai_responses": _responses}[dialect](turns)
    if scenario.tools:
        written["tools"] = [_tool(name, dialect) for name in scenario.tools]
    return {"model": "auto", **written}


def _tool(name: str, dialect: str) -> Wire:
    schema = {"type": "object", "properties": {"file_path": {"type": "string"}}}
    told = {"name": name, "description": f"{name}, for production and security work."}
    if dialect == "anthropic":
        return {**told, "input_schema": schema}
    if dialect == "openai_chat":
        return {"type": "function", "function": {**told, "parameters": schema}}
    return {"type": "function", **told, "parameters": schema}


def _anthropic(turns: list[tuple[str, ...]]) -> Wire:
    messages: list[Wire] = []
    system = "".join(text for role, text, *_ in turns if role == "system")
    for number, (role, *rest) in enumerate(turns):
        if role == "call":
            block = {"type": "tool_use", "id": f"toolu_{number}", "name": rest[0], "input": json.loads(rest[1])}
            messages.append({"role": "assistant", "content": [block]})
        elif role == "result":
            block = {"type": "tool_result", "tool_use_id": f"toolu_{number - 1}", "content": rest[0]}
            messages.append({"role": "user", "content": [block]})
        elif role != "system":
            messages.append({"role": role, "content": rest[0]})
    return {"max_tokens": 256, "messages": messages, **({"system": system} if system else {})}


def _chat(turns: list[tuple[str, ...]]) -> Wire:
    messages: list[Wire] = []
    for number, (role, *rest) in enumerate(turns):
        if role == "call":
            call = {"id": f"call_{number}", "type": "function", "function": {"name": rest[0], "arguments": rest[1]}}
            messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
        elif role == "result":
            messages.append({"role": "tool", "tool_call_id": f"call_{number - 1}", "content": rest[0]})
        else:
            messages.append({"role": role, "content": rest[0]})
    return {"messages": messages}


def _responses(turns: list[tuple[str, ...]]) -> Wire:
    items: list[Wire] = []
    for number, (role, *rest) in enumerate(turns):
        if role == "call":
            items.append({"type": "function_call", "call_id": f"call_{number}", "name": rest[0], "arguments": rest[1]})
        elif role == "result":
            items.append({"type": "function_call_output", "call_id": f"call_{number - 1}", "output": rest[0]})
        else:
            items.append({"role": role, "content": rest[0]})
    return {"input": items}
