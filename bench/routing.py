"""CPU of judging a request, per request: `python -m bench.routing`.

Small: an agent's turn of a few messages with 14 tools. Large: 150 kB of history, tool results and reminders. Huge ask:
200 kB typed in.
"""

from __future__ import annotations

import time
from statistics import median

from gateway.chat.request import ChatRequest, Message, Text, Tool, ToolResult, ToolUse
from routing.judgement import judge
from routing.rules import SHIPPED, Rules
from routing.tiers import Policy

TOOLS = tuple(Tool(f"tool{number}", "does things " * 20, {"type": "object"}) for number in range(14))
ASK = "Fix the null check in src/api/client.ts, add a test for it, and explain why the retry hides the error."
REMINDER = "<system-reminder>" + "Remember the security policy of the production deploy. " * 40 + "</system-reminder>"


def user(*texts: str) -> Message:
    return Message("user", tuple(Text(text) for text in texts))


def request(*messages: Message) -> ChatRequest:
    return ChatRequest("anthropic", "auto", messages, system=(Text("You are an agent. " * 200),), tools=TOOLS)


def small() -> ChatRequest:
    return request(user(REMINDER, ASK))


def loop(rounds: int, size: int) -> ChatRequest:
    messages = [user(REMINDER, "hello"), Message("assistant", (Text("Hi!"),)), user(REMINDER, ASK)]
    for number in range(rounds):
        call = ToolUse(str(number), "Edit", f'{{"file_path": "src/api/file{number}.ts", "new_string": "{"x" * 300}"}}')
        messages.append(Message("assistant", (Text("Looking."), call)))
        messages.append(
            Message("user", (ToolResult(str(number), (Text("line of source\n" * (size // 15)),)), Text(REMINDER)))
        )
    return request(*messages)


def chat(turns: int, size: int) -> ChatRequest:
    """As if people typed all of it."""
    messages = []
    for number in range(turns):
        messages += [user(REMINDER, f"{ASK} {number} " + "and some more words of it " * (size // 26))]
        messages += [Message("assistant", (Text("Done. " * 100),))]
    return request(*messages, user(ASK))


CASES = {
    "small": small(),
    "loop of 150 kB": loop(24, 4_000),
    "conversation of 150 kB": chat(30, 2_500),
    "huge ask of 200 kB": request(user("word and other things to do " * 7_000)),
    "pasted file of 150 kB": request(user("explain this file\n\n" + "    value = compute(1, 2)\n" * 6_000)),
}


def main() -> None:
    policy, rules = Policy(), Rules(SHIPPED)
    for name, case in CASES.items():
        times = []
        for _ in range(60):
            begin = time.thread_time()
            for _ in range(5):
                judge(case, policy, rules)
            times.append((time.thread_time() - begin) / 5)
        times.sort()
        print(f"{name:24} median {median(times) * 1000:.3f} ms   p95 {times[int(len(times) * 0.95)] * 1000:.3f} ms")


if __name__ == "__main__":
    main()
