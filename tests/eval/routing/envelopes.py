"""What real clients put around an ask: the shapes they send (measured, shortened), with texts of our own that are full of the
words rules look for. None of it may move the score of the ask inside.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.chat.request import ChatRequest

from .judging import decoded

Wire = dict[str, Any]
Envelope = Callable[[str], ChatRequest]

SCARY = (
    "Security audit pending: never commit secrets, credentials or API keys. Do not deploy to production, do not run database "
    "migrations, do not touch auth, payment, billing or infrastructure. Think hard, think step by step, ultrathink. "
    "Refactor the entire pipeline only if asked. Prove that every change is correct. Work autonomously until all tests pass. "
)
HOUSE_RULES = SCARY * 16
REMINDER = f"<system-reminder>\n{SCARY}\nThis context may or may not be relevant to the task.\n</system-reminder>"
CLAUDE_TOOLS = (
    "Agent", "Bash", "Edit", "Glob", "Grep", "Read", "Skill", "TodoWrite", "ToolSearch", "WebFetch", "Write",
    "DeferredToolPlaceholder",
)  # fmt: skip
CODEX_TOOLS = ("exec_command", "write_stdin", "update_plan", "view_image", "request_user_input", "list_mcp_resources")
CURSOR_TOOLS = (
    "codebase_search",
    "read_file",
    "run_terminal_cmd",
    "list_dir",
    "grep_search",
    "edit_file",
    "delete_file",
)
OPENCODE_TOOLS = ("bash", "edit", "glob", "grep", "list", "read", "task", "todowrite", "write")
EARLIER = (
    ("Migrate the production database to the new schema and prove that nothing is lost.", "Done, see the report."),
    ("now do a security audit of src/auth", "I found three issues and fixed them."),
    ("Refactor the entire ingestion pipeline, work on your own until the tests pass", "All 412 tests pass."),
    ("who wrote this module?", "Mostly Kim, judging by the history."),
    ("deploy it to production please", "Version 4.2 is live."),
)


def _schema(name: str) -> Wire:
    return {
        "type": "object",
        "properties": {"path": {"type": "string", "description": f"{name}: {SCARY}"}, "command": {"type": "string"}},
        "required": ["path"],
    }


def _anthropic_tools(names: tuple[str, ...]) -> list[Wire]:
    tools: list[Wire] = [
        {"name": name, "description": f"{name}. {HOUSE_RULES[:2000]}", "input_schema": _schema(name)} for name in names
    ]
    return [tool | ({"defer_loading": True} if tool["name"] == "DeferredToolPlaceholder" else {}) for tool in tools]


def _chat_tools(names: tuple[str, ...]) -> list[Wire]:
    return [
        {"type": "function", "function": {"name": name, "description": HOUSE_RULES[:2000], "parameters": _schema(name)}}
        for name in names
    ]


def _responses_tools(names: tuple[str, ...]) -> list[Wire]:
    return [
        {"type": "function", "name": name, "description": SCARY, "strict": False, "parameters": _schema(name)}
        for name in names
    ]


def _block(text: str) -> Wire:
    return {"type": "text", "text": text}


def _claude_body(messages: list[Wire]) -> Wire:
    cached = {"cache_control": {"type": "ephemeral"}}
    return {
        "model": "claude-opus-5-5",
        "max_tokens": 128000,
        "stream": True,
        "system": [
            _block("x-anthropic-billing-header: cc_version=2.1.330.421; cc_entrypoint=cli;"),
            _block("You are Claude Code, a command line tool for software work.") | cached,
            _block(HOUSE_RULES) | cached,
        ],
        "messages": messages,
        "tools": _anthropic_tools(CLAUDE_TOOLS),
        "metadata": {"user_id": '{"device_id":"d0","account_uuid":"","session_id":"s0"}'},
        "thinking": {"type": "adaptive", "display": "omitted"},
        "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
        "output_config": {"effort": "high"},
    }


def claude_code(ask: str) -> ChatRequest:
    """2.1.330: reminder blocks before the ask, the environment in a message of role system after it."""
    environment = f"# Environment\nBranch: release/production\n{HOUSE_RULES}\n# Skills\n- security-review: {SCARY}"
    messages = [
        {"role": "user", "content": [_block(REMINDER), _block(ask) | {"cache_control": {"type": "ephemeral"}}]},
        {"role": "system", "content": [_block(environment)]},
    ]
    return decoded(_claude_body(messages), "anthropic")


def claude_code_for_older_models(ask: str) -> ChatRequest:
    """The same environment as reminders in the user's message, before and after the ask; a slash command earlier."""
    command = "<command-name>/security-review</command-name>\n<command-args>src/auth</command-args>"
    output = f"<local-command-stdout>{SCARY}</local-command-stdout>"
    rules = f"<system-reminder>\nContents of CLAUDE.md:\n{HOUSE_RULES}\n</system-reminder>"
    messages = [
        {"role": "user", "content": [_block(command)]},
        {"role": "user", "content": [_block(output)]},
        {"role": "user", "content": [_block(rules), _block(ask), _block(REMINDER)]},
    ]
    body = _claude_body(messages) | {
        "model": "claude-sonnet-4-5",
        "max_tokens": 32000,
        "thinking": {"type": "enabled", "budget_tokens": 31999},
    }
    return decoded({name: value for name, value in body.items() if name != "output_config"}, "anthropic")


def _message(role: str, text: str) -> Wire:
    return {"type": "message", "role": role, "content": [{"type": "input_text", "text": text}]}


def _codex_body(items: list[Wire], **more: Any) -> Wire:
    return {
        "model": "gpt-5.1",
        "stream": True,
        "input": items,
        "tool_choice": "auto",
        "parallel_tool_calls": False,
        "reasoning": {"effort": "high", "summary": "auto"},
        "store": False,
        "include": ["reasoning.encrypted_content"],
        "prompt_cache_key": "01a2",
    } | more


def codex(ask: str) -> ChatRequest:
    """0.169 with function tools: base prompt as developer message, then environment and AGENTS.md as user messages."""
    items = [
        _message("developer", HOUSE_RULES),
        _message("developer", f"<permissions instructions>\n{SCARY}\n</permissions instructions>"),
        _message("user", f"# AGENTS.md instructions for /repo\n\n<INSTRUCTIONS>\n{HOUSE_RULES}\n</INSTRUCTIONS>"),
        _message(
            "user",
            "<environment_context>\n  <cwd>/srv/production/auth</cwd>\n  <shell>bash</shell>\n</environment_context>",
        ),
        _message("user", ask),
    ]
    agents = {
        "type": "namespace",
        "name": "multi_agent_v1",
        "description": SCARY,
        "tools": _responses_tools(("spawn_agent",)),
    }
    tools = [*_responses_tools(CODEX_TOOLS), agents, {"type": "web_search", "external_web_access": False}]
    return decoded(_codex_body(items, tools=tools), "openai_responses")


def codex_code_mode(ask: str) -> ChatRequest:
    """No `tools` field: they are the first item of the input."""
    run = {"type": "custom", "name": "exec", "description": HOUSE_RULES, "format": {"type": "text"}}
    functions = {"type": "namespace", "name": "functions", "description": "Tools.", "tools": [run]}
    items = [
        {"type": "additional_tools", "role": "developer", "tools": [functions]},
        _message("developer", HOUSE_RULES),
        _message("user", f"<environment_context>\n{SCARY}\n</environment_context>"),
        _message("user", ask),
    ]
    return decoded(_codex_body(items, model="gpt-6.1-sol"), "openai_responses")


def cursor(ask: str) -> ChatRequest:
    """User facts and open files around a query tag."""
    facts = f"<user_info>\nOS: linux\nWorkspace: /srv/production\n</user_info>\n<rules>\n{HOUSE_RULES}\n</rules>"
    opened = "open_and_recently_viewed_files"
    files = f"<{opened}>\nsrc/auth/login.ts\nmigrations/0042.sql\n</{opened}>"
    extra = f"<additional_data>\nDetails of the session.\n{files}\n{REMINDER}\n</additional_data>"
    messages = [
        {"role": "system", "content": HOUSE_RULES},
        {"role": "user", "content": facts},
        {"role": "user", "content": f"{extra}\n\n<user_query>\n{ask}\n</user_query>"},
    ]
    return decoded(
        {"model": "auto", "messages": messages, "tools": _chat_tools(CURSOR_TOOLS), "stream": True}, "openai_chat"
    )


def opencode(ask: str) -> ChatRequest:
    messages = [{"role": "user", "content": [_block(ask) | {"cache_control": {"type": "ephemeral"}}]}]
    body = {
        "model": "claude-opus-5-5",
        "max_tokens": 32000,
        "stream": True,
        "system": [_block("You are opencode."), _block(f"<env>\n{SCARY}\n</env>\n{HOUSE_RULES}")],
        "messages": messages,
        "tools": _anthropic_tools(OPENCODE_TOOLS),
    }
    return decoded(body, "anthropic")


def aider(ask: str) -> ChatRequest:
    """Two system messages, an example conversation, files as chat; the last message is of role system. No tools."""
    files = (
        "I have *added these files to the chat* so you can go ahead and edit them.\n\nsrc/auth/login.py\n```\n"
        + SCARY
        + "\n```"
    )
    messages = [
        {"role": "system", "content": HOUSE_RULES},
        {"role": "system", "content": f"Example conversations. {SCARY}"},
        {"role": "user", "content": "Refactor the whole auth module to use factories."},
        {"role": "assistant", "content": "Here are the *SEARCH/REPLACE* blocks: ..."},
        {"role": "user", "content": "I switched to a new code base. Please don't consider the above files."},
        {"role": "assistant", "content": "Ok."},
        {"role": "user", "content": files},
        {"role": "assistant", "content": "Ok, any changes I propose will be to those files."},
        {"role": "user", "content": ask},
        {"role": "system", "content": f"# *SEARCH/REPLACE block* rules:\n{HOUSE_RULES}"},
    ]
    return decoded({"model": "auto", "messages": messages, "temperature": 0}, "openai_chat")


def cline(ask: str) -> ChatRequest:
    """The ask in a task tag, the state of the editor in a block after it."""
    state = f"# Visible files\nterraform/prod/main.tf\n# Current mode\nACT\n{SCARY}"
    details = f"<environment_details>\n{state}\n</environment_details>"
    messages = [{"role": "user", "content": [_block(f"<task>\n{ask}\n</task>"), _block(details)]}]
    body = {"model": "auto", "max_tokens": 8192, "system": HOUSE_RULES, "messages": messages}
    return decoded(body | {"tools": _anthropic_tools(OPENCODE_TOOLS)}, "anthropic")


def long_history(ask: str) -> ChatRequest:
    """Forty turns about harder things, then the ask."""
    messages: list[Wire] = []
    for question, answer in EARLIER * 4:
        messages += [{"role": "user", "content": question}, {"role": "assistant", "content": f"{answer} {SCARY}"}]
    return decoded({"model": "auto", "messages": [*messages, {"role": "user", "content": ask}]}, "openai_chat")


def long_history_in_claude_code(ask: str) -> ChatRequest:
    messages: list[Wire] = []
    for question, answer in EARLIER * 4:
        messages += [
            {"role": "user", "content": [_block(REMINDER), _block(question)]},
            {"role": "assistant", "content": [_block(answer)]},
        ]
    return decoded(_claude_body([*messages, {"role": "user", "content": [_block(REMINDER), _block(ask)]}]), "anthropic")


def tool_loop(ask: str, rounds: int = 3, result_text: str = SCARY) -> ChatRequest:
    """Some rounds of reading since the ask; reminders ride on the results."""
    messages: list[Wire] = [{"role": "user", "content": [_block(REMINDER), _block(ask)]}]
    for number in range(rounds):
        call = {
            "type": "tool_use",
            "id": f"toolu_{number}",
            "name": "Read",
            "input": {"file_path": f"notes/{number}.md"},
        }
        result = {"type": "tool_result", "tool_use_id": f"toolu_{number}", "content": result_text}
        messages += [{"role": "assistant", "content": [call]}, {"role": "user", "content": [result, _block(REMINDER)]}]
    return decoded(_claude_body(messages), "anthropic")


def tool_loop_in_chat(ask: str) -> ChatRequest:
    messages: list[Wire] = [{"role": "system", "content": HOUSE_RULES}, {"role": "user", "content": ask}]
    for number in range(3):
        function = {"name": "read_file", "arguments": f'{{"path": "notes/{number}.md"}}'}
        messages += [
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": f"c{number}", "type": "function", "function": function}],
            },
            {"role": "tool", "tool_call_id": f"c{number}", "content": SCARY},
        ]
    return decoded({"model": "auto", "messages": messages, "tools": _chat_tools(CURSOR_TOOLS)}, "openai_chat")


def scary_reminder(ask: str) -> ChatRequest:
    """No client at all, but a reminder in the same text as the ask."""
    message = {"role": "user", "content": f"{REMINDER}\n\n{ask}"}
    return decoded({"model": "auto", "max_tokens": 64, "messages": [message]}, "anthropic")


ENVELOPES: tuple[Envelope, ...] = (
    claude_code, claude_code_for_older_models, codex, codex_code_mode, cursor, opencode, aider, cline, long_history,
    long_history_in_claude_code, tool_loop, tool_loop_in_chat, scary_reminder,
)  # fmt: skip
