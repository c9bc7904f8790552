"""Selection of tools: what it may never drop, that it never changes within a session, and that it finds what an ask wants."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.chat.request import ChatRequest, Message, Opaque, Text, Tool, ToolChoice, ToolResult, ToolUse
from gateway.compress.offered import CORE, offers_of
from gateway.compress.selection import select
from routing.client_tools import CLIENTS_OWN_TOOLS
from tests.eval.selection.sessions import Session, catalogue, sessions

TUNING = sessions("tuning")
MODES = st.sampled_from(["safe", "strict"])
SESSIONS = st.sampled_from(TUNING)


def mcp(*servers: str, form: str = "mcp__{}__{}") -> list[Tool]:
    return [
        replace(tool, name=form.format(server, tool.name))
        for server in servers
        for tool in catalogue()[server].values()
    ]


def asking(text: str, tools: list[Tool], **fields: Any) -> ChatRequest:
    return ChatRequest("anthropic", "m", (Message("user", (Text(text),)),), tools=tuple(tools), **fields)


def kept(request: ChatRequest, mode: str) -> set[str]:
    return {tool.name for tool in select(request, mode).request.tools}


CLAUDE = list(catalogue()["claude"].values())
MANY = [*CLAUDE, *mcp("github", "slack", "linear", "playwright", "sentry")]
RENAMING = "rename getUserData to fetchUser everywhere, update the tests too"


# --- the same decision on every turn ---------------------------------------------------------------------------------------


@given(SESSIONS, MODES, st.lists(st.sampled_from(TUNING), max_size=4))
@settings(max_examples=80, deadline=None)
def test_later_turns_of_a_session_get_the_tools_of_its_first(
    session: Session, mode: str, others: list[Session]
) -> None:
    first = select(session.request, mode)
    messages = session.request.messages
    for number, other in enumerate(others):
        call = ToolUse(f"t{number}", "Read" if session.client == "claude" else "read_file", "{}")
        messages += (
            Message("assistant", (Text("Working on it."), call)),
            Message("user", (ToolResult(f"t{number}", (Text("done"),)),)),
            Message("assistant", (Text("Done."),)),
            Message("user", (Text(other.ask),)),
        )
        later = select(replace(session.request, messages=messages), mode)
        assert [tool.name for tool in later.request.tools] == [tool.name for tool in first.request.tools]
        assert later.dropped == first.dropped


@given(SESSIONS, MODES)
@settings(max_examples=60, deadline=None)
def test_the_same_request_gives_the_same_choice_and_is_not_changed(session: Session, mode: str) -> None:
    request, twin = session.request, replace(session.request)
    chosen = select(request, mode)
    assert chosen.dropped == select(twin, mode).dropped
    assert request == twin
    assert replace(chosen.request, tools=request.tools) == request


@given(SESSIONS, MODES)
@settings(max_examples=60, deadline=None)
def test_kept_tools_are_the_ones_that_came_in_their_order(session: Session, mode: str) -> None:
    chosen = select(session.request, mode)
    left = [tool for tool in session.tools if tool.name not in set(chosen.dropped)]
    assert all(mine is theirs for mine, theirs in zip(chosen.request.tools, left, strict=True))


@given(SESSIONS)
@settings(max_examples=60, deadline=None)
def test_nothing_dropped_is_the_very_request_that_came(session: Session) -> None:
    request = session.request
    assert select(request, "off").request is request
    for mode in ("safe", "strict"):
        chosen = select(request, mode)
        assert (chosen.request is request) == (not chosen.dropped)


def test_a_tool_that_the_model_called_comes_back_and_brings_no_other() -> None:
    request = asking(RENAMING, MANY)
    called = "mcp__linear__get_issue"
    before = select(request, "strict")
    assert called in before.dropped
    after = select(
        replace(
            request,
            messages=(
                *request.messages,
                Message("assistant", (ToolUse("t1", called, "{}"),)),
                Message("user", (ToolResult("t1", (Text("ENG-1"),)),)),
            ),
        ),
        "strict",
    )
    assert set(before.dropped) - set(after.dropped) == {called}


def test_a_tool_that_a_search_for_tools_brought_comes_back() -> None:
    found = Opaque(
        "anthropic", "tool_reference", {"type": "tool_reference", "tool_name": "mcp__slack__slack_post_message"}
    )
    request = asking(RENAMING, MANY)
    turns = (
        Message("assistant", (ToolUse("t1", "ToolSearch", "{}"),)),
        Message("user", (ToolResult("t1", (found,)),)),
    )
    assert "mcp__slack__slack_post_message" in select(request, "safe").dropped
    assert "mcp__slack__slack_post_message" in kept(replace(request, messages=request.messages + turns), "safe")


def test_a_later_ask_changes_nothing_even_where_it_names_a_server() -> None:
    request = asking(RENAMING, MANY)
    later = replace(
        request,
        messages=(
            *request.messages,
            Message("assistant", (Text("Renamed."),)),
            Message("user", (Text("now post that in slack with slack_post_message"),)),
        ),
    )
    assert select(later, "strict").dropped == select(request, "strict").dropped


# --- what is never dropped -------------------------------------------------------------------------------------------------


@given(SESSIONS, MODES, st.data())
@settings(max_examples=80, deadline=None)
def test_a_tool_named_by_tool_choice_by_the_person_or_by_the_system_stays(
    session: Session, mode: str, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from([tool.name for tool in session.tools]))
    request = session.request
    assert name in kept(replace(request, tool_choice=ToolChoice("tool", name)), mode)
    assert name in kept(replace(request, system=(Text(f"Call {name} when in need."),)), mode)
    allowed = {"openai_chat": {"allowed_tools": {"tools": [{"type": "function", "function": {"name": name}}]}}}
    assert name in kept(replace(request, tool_choice=ToolChoice("auto", extras=allowed)), mode)
    assert name in kept(asking(f"{session.ask} ({name})", list(session.tools)), mode)


def test_a_name_within_a_longer_word_names_nothing() -> None:
    for word in ("xslack_post_message", "slack_post_messages", "old_slack_post_message"):
        assert "mcp__slack__slack_post_message" not in kept(asking(f"{RENAMING}; see {word}", MANY), "strict")
    assert "mcp__slack__slack_post_message" in kept(asking(f"{RENAMING}; see slack_post_message", MANY), "strict")


@given(SESSIONS, MODES)
@settings(max_examples=80, deadline=None)
def test_what_coding_clients_work_with_stays(session: Session, mode: str) -> None:
    own = {tool.name for tool in session.tools} & CORE
    assert own
    assert own <= kept(session.request, mode)


def test_the_core_holds_the_working_tools_of_every_known_client() -> None:
    aliases = {
        "Claude Code": "Read Edit Write Bash Grep Glob LS TodoWrite Task Agent ExitPlanMode BashOutput",
        "Codex": "shell exec_command apply_patch update_plan exec write_stdin spawn_agent",
        "opencode": "bash read write edit glob grep list patch todowrite task",
        "Cursor": "codebase_search read_file run_terminal_cmd list_dir grep_search edit_file search_replace",
        "Cline": "execute_command write_to_file replace_in_file search_files list_files new_task attempt_completion",
        "goose": "developer__shell developer__text_editor todo__todo_write",
        "Gemini and Qwen": "run_shell_command write_file replace list_directory search_file_content todo_write",
    }
    assert {name for names in aliases.values() for name in names.split()} <= CORE
    assert {"WebSearch", "WebFetch", "NotebookEdit"} <= CLIENTS_OWN_TOOLS - CORE


@pytest.mark.parametrize("mode", ["safe", "strict"])
def test_hosted_and_custom_tools_deferred_ones_and_cache_marks_stay(mode: str) -> None:
    hosted = Tool("web_search", kind="hosted", extras={"anthropic": {"type": "web_search_20250305"}})
    custom = Tool("sql_console", "Free text for the warehouse", kind="custom")
    deferred = Tool("mcp__hr__vacation", "Days off", {"properties": {}}, extras={"anthropic": {"defer_loading": True}})
    marked = Tool("mcp__hr__badge", "Badges", {}, extras={"anthropic": {"cache_control": {"type": "ephemeral"}}})
    plain = Tool("mcp__hr__payroll_run", "Runs the payroll of a month for staff", {"properties": {"month": {}}})
    names = kept(asking(RENAMING, [*MANY, hosted, custom, deferred, marked, plain]), mode)
    assert {"web_search", "sql_console", "mcp__hr__vacation", "mcp__hr__badge"} <= names
    assert mode == "safe" or "mcp__hr__payroll_run" not in names


def test_a_tool_of_a_server_is_not_core_because_its_name_is() -> None:
    other = Tool("mcp__pager__task", "Pages whoever has the duty", {"properties": {"duty": {}}})
    assert [
        offer.is_core for offer in offers_of([other, Tool("task"), Tool("spawn_agent", namespace="multi_agent_v1")])
    ] == [
        False,
        True,
        True,
    ]


@pytest.mark.parametrize(
    "ask", ["continue", "yes, go ahead", "fix it", "", "mach weiter", "继续", "xyzzy plugh", "???"]
)
def test_safe_keeps_all_where_the_ask_says_nothing(ask: str) -> None:
    assert select(asking(ask, MANY), "safe").dropped == ()


def test_safe_keeps_all_for_very_long_asks_and_where_no_person_asks() -> None:
    assert select(asking(RENAMING + " in src/user.ts" * 600, MANY), "safe").dropped == ()
    reminder = "<system-reminder>rename src/user.ts and its tests</system-reminder>"
    assert select(asking(reminder, MANY), "safe").dropped == ()
    assert select(ChatRequest("anthropic", "m", (), tools=tuple(MANY)), "strict").dropped == ()


def test_safe_leaves_few_and_small_tools_alone() -> None:
    few = [*CLAUDE[:3], *mcp("slack")[:4]]
    assert select(asking(RENAMING, few), "safe").dropped == ()
    assert select(asking(RENAMING, few), "strict").dropped != ()
    small = [Tool(f"mcp__radio__station{number}", "Plays", {"properties": {}}) for number in range(12)]
    assert select(asking(RENAMING, [*CLAUDE[:1], *small]), "safe").dropped == ()


@pytest.mark.parametrize("mode", ["safe", "strict"])
def test_a_chat_is_never_left_without_any_tool(mode: str) -> None:
    request = asking(RENAMING, mcp("slack", "linear"))
    assert select(request, mode).request is request
    call = Message("assistant", (ToolUse("t1", "mcp__linear__get_issue", "{}"),))
    later = replace(
        request, messages=(*request.messages, call), tool_choice=ToolChoice("tool", "mcp__linear__get_issue")
    )
    assert select(later, mode).request is later


@pytest.mark.parametrize(
    "ask",
    [
        "napisz maila do klienta, że termin się przesuwa",
        "로그인 페이지 버그 고쳐줘",
        "把页面截图发到群里",
        "crea un ticket per il bug di stampa",
    ],
)
def test_safe_keeps_all_where_it_does_not_know_the_language_well(ask: str) -> None:
    assert select(asking(ask, MANY), "safe").dropped == ()


def test_code_alone_is_understood_in_languages_that_are_half_known() -> None:
    assert select(asking("把 utils/date.ts 里的函数改成支持时区，并补上测试", MANY), "safe").dropped != ()


# --- what is found plausible -----------------------------------------------------------------------------------------------


def servers_kept(ask: str, mode: str, *servers: str, form: str = "mcp__{}__{}") -> set[str]:
    tools = [*CLAUDE, *mcp(*servers, form=form)]
    names = kept(asking(ask, tools), mode)
    return {server for server in servers if any(form.format(server, tool) in names for tool in catalogue()[server])}


@pytest.mark.parametrize("form", ["mcp__{}__{}", "{}__{}", "{}_{}", "mcp_{}_{}"])
@pytest.mark.parametrize(
    ("ask", "wanted"),
    [
        ("pick up ENG-2214 and implement it", {"linear"}),
        ("merge #1204 once checks are green", {"github"}),
        ("summarize the thread in #incidents for me", {"slack"}),
        ("https://acme.sentry.io/issues/5512313/ please fix", {"sentry"}),
        ("how many users signed up last month?", {"postgres"}),
        ("make a screenshot of the landing page on mobile", {"playwright"}),
        ("Leg bitte ein Ticket an: Export bricht bei Umlauten ab", {"linear"}),
        ("为什么 staging 的 pod 一直重启？看一下日志", {"kubernetes"}),
    ],
)
def test_the_server_that_an_ask_wants_stays_whatever_form_its_names_have(ask: str, wanted: set[str], form: str) -> None:
    servers = ("github", "slack", "linear", "sentry", "postgres", "playwright", "kubernetes")
    for mode in ("safe", "strict"):
        assert wanted <= servers_kept(ask, mode, *servers, form=form)


def test_an_ask_about_code_alone_keeps_no_server_of_weight() -> None:
    servers = ("github", "slack", "linear", "sentry", "kubernetes", "playwright")
    for mode in ("safe", "strict"):
        assert servers_kept(RENAMING, mode, *servers) == set()


def test_an_unknown_server_is_found_by_the_words_of_its_tools() -> None:
    fleet = [
        Tool("mcp__zorp__list_trucks", "Trucks of the fleet and where they are parked", {"properties": {"depot": {}}}),
        Tool("mcp__zorp__assign_driver", "Gives a truck to a driver", {"properties": {"truck": {}, "driver": {}}}),
        Tool("mcp__zorp__fuel_report", "Fuel used by truck and month " * 20, {"properties": {"month": {}}}),
    ]
    names = kept(asking("which trucks have no driver on sunday, fix the view in src/fleet.ts", [*MANY, *fleet]), "safe")
    assert {tool.name for tool in fleet} <= names
    assert not {tool.name for tool in fleet} & kept(asking(RENAMING, [*MANY, *fleet]), "strict")


def test_in_strict_a_big_server_gives_the_tools_for_the_thing_asked_for() -> None:
    names = kept(asking("merge #1204 once checks are green", MANY), "strict")
    assert {"mcp__github__merge_pull_request", "mcp__github__pull_request_read"} <= names
    assert "mcp__github__create_repository" not in names
    assert "mcp__github__create_repository" in kept(asking("merge #1204 once checks are green", MANY), "safe")


# --- twins -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["safe", "strict"])
def test_the_clients_own_web_search_and_fetch_stand_for_those_of_servers(mode: str) -> None:
    names = kept(asking("research what people say about bun in production", [*MANY, *mcp("exa", "fetch")]), mode)
    assert {"WebSearch", "WebFetch"} <= names
    assert not {"mcp__exa__web_search_exa", "mcp__fetch__fetch"} & names
    assert "mcp__exa__web_search_exa" in kept(asking("research bun with exa", [*MANY, *mcp("exa")]), mode)


@pytest.mark.parametrize("mode", ["safe", "strict"])
def test_a_files_server_beside_the_clients_tools_goes_and_one_for_other_machines_stays(mode: str) -> None:
    parameters = {"properties": {"host": {}, "path": {}}}
    remote = [Tool(f"mcp__{name}__read_file", "Reads a file on another machine", parameters) for name in ("ssh", "web")]
    names = kept(asking("continue", [*MANY, *mcp("filesystem"), *remote]), mode)
    assert not {"mcp__filesystem__read_text_file", "mcp__filesystem__write_file"} & names
    assert {"mcp__ssh__read_file", "mcp__web__read_file"} <= names


def test_of_two_browsers_that_do_the_same_one_stays_whole() -> None:
    tools = [*CLAUDE, *mcp("playwright", "puppeteer", "slack")]
    for mode in ("safe", "strict"):
        names = kept(asking("open example.com in the browser and click accept", tools), mode)
        assert {tool.name for tool in mcp("playwright")} <= names
        assert not {tool.name for tool in mcp("puppeteer")} & names
        named = kept(asking("open example.com with puppeteer and click accept", tools), mode)
        assert {tool.name for tool in mcp("puppeteer")} <= named


def test_safe_keeps_the_second_browser_where_it_can_do_more() -> None:
    tools = [*CLAUDE, *mcp("playwright", "chrome-devtools")]
    names = kept(asking("open the page in the browser and find what makes it slow", tools), "safe")
    assert {tool.name for tool in mcp("chrome-devtools")} <= names


def test_git_of_a_server_is_a_twin_of_the_shell_in_strict_only() -> None:
    ask = "squash my last 4 commits into one with a decent message"
    tools = [*MANY, *mcp("git")]
    assert "mcp__git__git_commit" in kept(asking(ask, tools), "safe")
    assert "mcp__git__git_commit" not in kept(asking(ask, tools), "strict")


# --- any input -------------------------------------------------------------------------------------------------------------

NAMES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["Read", "mcp__a__b", "mcp_", "mcp__x", "__", "a__", "_b", "x_y", "x_z", "web_search"]),
)
SCHEMAS = st.one_of(st.none(), st.just({}), st.just({"properties": []}), st.just({"properties": {"a b": 3, "": {}}}))
TOOLS = st.builds(
    Tool,
    NAMES,
    st.one_of(st.none(), st.text(max_size=80)),
    SCHEMAS,
    st.sampled_from(["function", "custom", "hosted"]),
    namespace=st.one_of(st.none(), st.sampled_from(["functions", "mcp__db__"])),
)


@given(st.lists(TOOLS, max_size=14), st.text(max_size=200), MODES, st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_tools_and_no_words_raise_anything(tools: list[Tool], ask: str, mode: str, system: str) -> None:
    chosen = select(asking(ask, tools, system=(Text(system),)), mode)
    assert set(chosen.dropped) <= {tool.name for tool in tools}
    assert all(tool.kind == "function" for tool in tools if tool not in chosen.request.tools)
