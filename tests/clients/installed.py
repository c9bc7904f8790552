"""The clients that `make clients` runs: how each is installed, started and told where the gateway is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).parent / "node"

PACKAGES = {
    "@anthropic-ai/sdk": "1.12.0",
    "openai": "7.57.0",
    "@anthropic-ai/claude-code": "2.1.330",
    "@openai/codex": "0.169.0",
}


@dataclass(frozen=True)
class Job:
    """One run. `home` is an empty folder of its own, `folder` where the file to edit lies."""

    prefix: Path
    home: Path
    folder: Path
    base_url: str
    key: str
    model: str
    prompt: str
    tries: bool = False
    """The client tries again as its makers set it up; else once, so that a failed pair fails at once."""


@dataclass(frozen=True)
class Client:
    """`command` returns the argument list and the environment's additions; it may write files under `job.home`."""

    name: str
    dialect: str
    command: Callable[[Job], tuple[list[str], dict[str, str]]]
    model: str | None = None
    """Insists on this model (Codex behaves differently for its own)."""


class Missing(Exception):
    """Something needed is not on this machine."""


def install(prefix: Path) -> None:
    """Puts the pinned packages under `prefix`, once. Raises Missing without npm. Install scripts are not run."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        raise Missing("Node.js with npm is needed (20 or newer) to run the real clients.")
    if all(installed_version(prefix, name) == version for name, version in PACKAGES.items()):
        return
    prefix.mkdir(parents=True, exist_ok=True)
    wanted = [f"{name}@{version}" for name, version in PACKAGES.items()]
    flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    subprocess.run(["npm", "install", "--prefix", str(prefix), *flags, *wanted], check=True, timeout=900)


def installed_version(prefix: Path, name: str) -> str | None:
    described = prefix / "node_modules" / name / "package.json"
    if not described.is_file():
        return None
    version: str = json.loads(described.read_text())["version"]
    return version


def script(name: str) -> Callable[[Job], tuple[list[str], dict[str, str]]]:
    def command(job: Job) -> tuple[list[str], dict[str, str]]:
        # Node looks for packages beside the script, so it is run from a copy beside node_modules.
        copy = job.prefix / name
        copy.write_text((SCRIPTS / name).read_text())
        arguments = [job.base_url, job.key, job.model, job.prompt]
        return ["node", str(copy), *arguments], {} if job.tries else {"MAX_RETRIES": "0"}

    return command


def claude_code(variable: str) -> Callable[[Job], tuple[list[str], dict[str, str]]]:
    """`variable`: ANTHROPIC_API_KEY (x-api-key) or ANTHROPIC_AUTH_TOKEN (Bearer). The native binary is an optional dependency
    for this platform; the wrapper package would want its install script."""

    def command(job: Job) -> tuple[list[str], dict[str, str]]:
        found = sorted(job.prefix.glob("node_modules/@anthropic-ai/claude-code-*/claude"))
        if not found:
            raise Missing("Claude Code has no binary for this platform.")
        environment = {
            "ANTHROPIC_BASE_URL": job.base_url,
            variable: job.key,
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
            "IS_SANDBOX": "1",
        }
        flags = ["-p", "--model", job.model, "--dangerously-skip-permissions"]
        return [str(found[0]), *flags, job.prompt], environment

    return command


def codex(job: Job) -> tuple[list[str], dict[str, str]]:
    once = "" if job.tries else "request_max_retries = 0\nstream_max_retries = 0\n"
    (job.home / "config.toml").write_text(
        f'model = "{job.model}"\nmodel_provider = "lynkr"\n'
        f'[model_providers.lynkr]\nname = "Lynkr"\nbase_url = "{job.base_url}/v1"\nenv_key = "LYNKR_KEY"\n'
        f'wire_api = "responses"\n{once}'
    )
    flags = ["exec", "--dangerously-bypass-approvals-and-sandbox", "--skip-git-repo-check"]
    program = job.prefix / "node_modules" / ".bin" / "codex"
    return ["node", str(program), *flags, job.prompt], {"CODEX_HOME": str(job.home), "LYNKR_KEY": job.key}


CLIENTS = (
    Client("anthropic TypeScript", "anthropic", script("anthropic.mjs")),
    Client("openai TypeScript, chat", "openai_chat", script("openai_chat.mjs")),
    Client("openai TypeScript, Responses", "openai_responses", script("openai_responses.mjs")),
    Client("Claude Code, x-api-key", "anthropic", claude_code("ANTHROPIC_API_KEY")),
    Client("Claude Code, Bearer", "anthropic", claude_code("ANTHROPIC_AUTH_TOKEN")),
    Client("Codex", "openai_responses", codex),
    Client("Codex, code mode", "openai_responses", codex, model="gpt-6.1-sol"),
)


def run(client: Client, job: Job, timeout: float) -> tuple[int, str]:
    """Exit status (-1: took too long) and the end of what it printed."""
    arguments, additions = client.command(job)
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(job.home),
        "LANG": "C.UTF-8",
        "NO_COLOR": "1",
        **additions,
    }
    started = subprocess.Popen(
        arguments,
        cwd=job.folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        printed, _ = started.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(started.pid, 9)
        printed, _ = started.communicate()
        return -1, printed.decode(errors="replace")[-2000:]
    return started.returncode, printed.decode(errors="replace")[-2000:]
