"""Tools that coding clients bring by themselves, by name: what goes beyond them says something of the task. Measured with the
clients named in docs/clients.md; a name that is missing only makes a tool count as extra."""

from __future__ import annotations

CLIENTS_OWN_TOOLS = frozenset(
    # Claude Code
    "Agent Task Bash BashOutput KillShell KillBash Glob Grep LS Read Edit MultiEdit Write NotebookEdit NotebookRead WebFetch WebSearch "
    "TodoWrite TodoRead ExitPlanMode EnterPlanMode AskUserQuestion Skill SlashCommand ToolSearch DeferredToolPlaceholder TaskCreate TaskUpdate "
    "TaskList TaskGet TaskOutput TaskStop EnterWorktree ExitWorktree ListMcpResourcesTool ReadMcpResourceTool Monitor ScheduleWakeup "
    # Codex
    "exec exec_command write_stdin shell shell_command local_shell apply_patch update_plan view_image read_file list_dir grep_files wait web_search "
    "request_user_input spawn_agent send_input resume_agent wait_agent close_agent list_mcp_resources list_mcp_resource_templates read_mcp_resource "
    # opencode, Gemini and Qwen CLI
    "bash edit write read grep glob list patch todowrite todoread task webfetch websearch question skill run_shell_command read_many_files "
    "write_file replace list_directory search_file_content google_web_search web_fetch save_memory todo_write exit_plan_mode memory "
    # Cline, Roo, Continue, goose
    "execute_command write_to_file replace_in_file search_files list_files list_code_definition_names browser_action use_mcp_tool "
    "access_mcp_resource ask_followup_question attempt_completion new_task plan_mode_respond load_mcp_documentation apply_diff insert_content "
    "switch_mode update_todo_list Search Fetch List Diff Checklist MultiEdit developer__shell developer__text_editor developer__analyze "
    "developer__image_processor developer__list_windows developer__screen_capture platform__manage_schedule "
    "platform__search_available_extensions extensionmanager__manage_extensions todo__todo_write chatrecall__chatrecall "
    # Cursor, VS Code
    "codebase_search run_terminal_cmd grep_search file_search edit_file search_replace delete_file reapply fetch_rules create_diagram read_lints "
    "run_in_terminal get_errors replace_string_in_file insert_edit_into_file semantic_search create_file".split()
)
