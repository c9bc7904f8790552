"""What each vendor is called with: address, key, headers, body changes, profile."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
from typing import Any

import pytest

import gateway.providers
from gateway.chat.errors import NotFound
from gateway.providers import registry
from gateway.providers.account import Account, Secret
from gateway.providers.vendor import Vendor
from gateway.wire.envelope import REMOVE
from gateway.wire.profile import Profile

KEY = Secret(7, "canary-key")
CLIENT = {
    "authorization": "Bearer client-secret",
    "x-api-key": "client-secret",
    "api-key": "client-secret",
    "x-goog-api-key": "client-secret",
    "cookie": "session=client-secret",
    "proxy-authorization": "client-secret",
    "openai-organization": "client-org",
    "x-forwarded-for": "10.0.0.1",
    "anthropic-version": "2026-10-21",
    "anthropic-beta": "context-management-2025-06-27",
    "openai-beta": "responses=v1",
    "user-agent": "claude-cli/2.1.330",
    "x-claude-code-session-id": "s-1",
    "session-id": "s-2",
    "x-session-id": "s-3",
}
NEEDS_ADDRESS = ("azure-openai", "azure-anthropic", "databricks", "openai-compatible", "anthropic-compatible")


def account_of(name: str, **options: Any) -> Account:
    base = "https://acme.example.com" if name in NEEDS_ADDRESS else ""
    return Account(3, f"my-{name}", name, base, (KEY,), options={"project": "p", "region": "us-east-1", **options})


def every() -> list[tuple[str, str, str]]:
    """(vendor, model, dialect) for all vendors, with a model of each kind."""
    found = []
    for name in registry.names():
        for model in ("claude-sonnet-4-5", "gpt-5.4", "gemini-3-pro", "some-model"):
            for dialect in registry.vendor(name).dialects_of(account_of(name), model):
                found.append((name, model, dialect))
    return found


def test_every_vendor_file_is_registered_with_its_own_names() -> None:
    """Adding a vendor is one file and a line; the line and the file must agree."""
    defined = {
        module.VENDOR.name
        for info in pkgutil.iter_modules(gateway.providers.__path__)
        if hasattr(module := importlib.import_module(f"gateway.providers.{info.name}"), "VENDOR")
    }
    assert defined == set(registry.names())
    for name in registry.names():
        found = registry.vendor(name)
        assert found.name == name
        assert found.label
        for alias in found.aliases:
            assert registry.vendor(alias) is found
            assert registry.vendor(alias.upper()) is found
        assert set(registry._VENDORS[name][1]) == set(found.aliases)
    with pytest.raises(KeyError):
        registry.vendor("no-such-vendor")


def test_loading_the_vendors_does_not_load_the_cloud_libraries() -> None:
    """botocore takes 0.6 s and 34 MB, and most installations have no AWS account."""
    program = (
        "import sys; from gateway.providers import registry; [registry.vendor(n) for n in registry.names()];"
        "assert not {'botocore', 'google.auth', 'requests', 'django'} & set(sys.modules), sys.modules.keys()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize(("name", "model", "dialect"), every())
def test_no_credential_of_the_client_reaches_a_provider(name: str, model: str, dialect: str) -> None:
    """LEK-9: only headers listed by name go through, never a key, a cookie or an address of the client's."""
    made = registry.vendor(name).headers(account_of(name), KEY, dialect, CLIENT)
    assert "client-secret" not in str(made)
    assert not {"cookie", "x-forwarded-for", "proxy-authorization"} & set(made)
    assert made.get("openai-organization") is None
    assert made["user-agent"] == "Lynkr"
    assert "canary-key" in str(made)


@pytest.mark.parametrize(("name", "model", "dialect"), every())
@pytest.mark.parametrize("stream", [True, False])
def test_no_key_is_ever_part_of_an_address(name: str, model: str, dialect: str, stream: bool) -> None:
    """LEK-2, LEK-8."""
    found, account = registry.vendor(name), account_of(name)
    assert "canary-key" not in found.url(account, model, dialect, "chat", stream=stream)
    for purpose in ("embeddings", "models", "count_tokens"):
        if found.offers(account, model, purpose):
            assert "canary-key" not in found.url(account, model, dialect, purpose, stream=False)
        else:
            with pytest.raises(NotFound):
                found.url(account, model, dialect, purpose, stream=False)


@pytest.mark.parametrize(("name", "model", "dialect"), every())
def test_every_vendor_makes_a_profile_for_every_model(name: str, model: str, dialect: str) -> None:
    found = registry.vendor(name)
    profile = found.profile(account_of(name), model, dialect)
    assert isinstance(profile, Profile)
    assert profile.account == f"my-{name}"
    assert profile.default_max_tokens > 0
    assert found.check(account_of(name)) == []


@pytest.mark.parametrize(
    ("name", "dialect", "header", "value"),
    [
        ("anthropic", "anthropic", "x-api-key", "canary-key"),
        ("openai", "openai_chat", "authorization", "Bearer canary-key"),
        ("azure-openai", "openai_responses", "api-key", "canary-key"),
        ("azure-anthropic", "anthropic", "x-api-key", "canary-key"),
        ("gemini", "gemini", "x-goog-api-key", "canary-key"),
        ("gemini", "openai_chat", "authorization", "Bearer canary-key"),
        ("bedrock", "bedrock_converse", "authorization", "Bearer canary-key"),
        ("databricks", "anthropic", "authorization", "Bearer canary-key"),
        ("openrouter", "anthropic", "authorization", "Bearer canary-key"),
        ("deepseek", "anthropic", "x-api-key", "canary-key"),
        ("zai", "openai_chat", "authorization", "Bearer canary-key"),
        ("moonshot", "anthropic", "authorization", "Bearer canary-key"),
        ("anthropic-compatible", "anthropic", "x-api-key", "canary-key"),
    ],
)
def test_the_key_goes_where_the_vendor_documents_it(name: str, dialect: str, header: str, value: str) -> None:
    assert registry.vendor(name).headers(account_of(name), KEY, dialect, {})[header] == value


def test_a_local_server_is_called_without_a_key() -> None:
    for name in ("ollama", "llamacpp", "lmstudio"):
        found = registry.vendor(name)
        account = Account(1, name, name)
        assert found.check(account) == []
        assert not {"authorization", "x-api-key"} & set(found.headers(account, None, "openai_chat", {}))
        assert found.url(account, "m", "openai_chat", "chat", stream=True).startswith("http://localhost:")


def test_versions_and_betas_go_to_anthropic_as_the_client_wrote_them() -> None:
    """Two API versions are live; a body written for one is not valid under the other."""
    anthropic = registry.vendor("anthropic")
    made = anthropic.headers(account_of("anthropic"), KEY, "anthropic", CLIENT)
    assert made["anthropic-version"] == "2026-10-21"
    assert made["anthropic-beta"] == "context-management-2025-06-27"
    assert made["x-claude-code-session-id"] == "s-1"
    assert anthropic.headers(account_of("anthropic"), KEY, "anthropic", {})["anthropic-version"] == "2023-06-01"


def agent_body() -> dict[str, Any]:
    return {
        "model": "m",
        "context_management": {"edits": []},
        "output_config": {"effort": "high"},
        "thinking": {"type": "adaptive", "display": "updates"},
        "tools": [
            {
                "name": "Read",
                "input_schema": {},
                "cache_control": {"type": "ephemeral", "ttl": "1h", "scope": "global"},
            },
            {"name": "Deferred", "input_schema": {}, "defer_loading": True, "eager_input_streaming": True},
            {"type": "tool_search_tool_regex_20251119", "name": "search"},
        ],
        "messages": [
            {"role": "user", "content": "hi"},
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "t",
                        "content": [
                            {"type": "tool_reference", "tool_name": "Deferred"},
                            {"type": "text", "text": "ok"},
                        ],
                    }
                ],
            },
        ],
    }


@pytest.mark.parametrize("name", ["anthropic-compatible", "vertex", "azure-anthropic", "openrouter", "deepseek"])
def test_beta_header_and_beta_fields_go_together(name: str) -> None:
    """CCD-9, CCD-10, CCD-11: a server that refuses betas gets neither their header nor their fields."""
    found, body = registry.vendor(name), agent_body()
    account = account_of(name)
    assert "anthropic-beta" not in found.headers(account, KEY, "anthropic", CLIENT)
    changes = found.adapt(account, "claude-sonnet-4-5", "anthropic", body)
    assert changes is not None
    assert changes["context_management"] is REMOVE
    assert changes["thinking"] == {"type": "adaptive"}
    assert changes["tools"] == [
        {"name": "Read", "input_schema": {}, "cache_control": {"type": "ephemeral", "ttl": "1h"}},
        {"name": "Deferred", "input_schema": {}},
    ]
    assert changes["messages"][1]["content"][0]["content"] == [
        {"type": "text", "text": "Tool loaded: Deferred"},
        {"type": "text", "text": "ok"},
    ]
    assert "output_config" not in changes
    assert body == agent_body()
    assert not found.profile(account, "claude-sonnet-4-5", "anthropic").betas


def test_betas_are_kept_where_the_account_says_so() -> None:
    account = account_of("anthropic-compatible", betas=True)
    found = registry.vendor("anthropic-compatible")
    assert found.headers(account, KEY, "anthropic", CLIENT)["anthropic-beta"]
    assert found.adapt(account, "claude-opus-5-5", "anthropic", agent_body()) is None
    assert found.profile(account, "claude-opus-5-5", "anthropic").betas


def test_a_plain_body_is_left_as_it_is() -> None:
    """THK-1: no change means the bytes can be relayed."""
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "tools": [{"name": "a", "input_schema": {}}]}
    for name in ("anthropic", "anthropic-compatible", "openrouter"):
        assert registry.vendor(name).adapt(account_of(name), "m", "anthropic", body) is None


def test_vertex_speaks_each_model_its_way() -> None:
    vertex, account = registry.vendor("vertex"), account_of("vertex", location="europe-west1")
    base = "https://europe-west1-aiplatform.googleapis.com/v1/projects/p/locations/europe-west1"
    claude = "claude-sonnet-4-5@20250929"
    assert vertex.dialects_of(account, claude) == ("anthropic",)
    models = f"{base}/publishers/anthropic/models"
    assert vertex.url(account, claude, "anthropic", "chat", stream=True) == f"{models}/{claude}:streamRawPredict"
    assert vertex.url(account, claude, "anthropic", "chat", stream=False) == f"{models}/{claude}:rawPredict"
    assert vertex.url(account, claude, "anthropic", "count_tokens", stream=False) == f"{models}/count-tokens:rawPredict"
    chat = vertex.adapt(account, claude, "anthropic", {"model": claude})
    assert chat == {"anthropic_version": "vertex-2023-10-16", "model": REMOVE}
    assert vertex.adapt(account, claude, "anthropic", {"model": claude}, "count_tokens") == {
        "anthropic_version": "vertex-2023-10-16"
    }
    assert vertex.dialects_of(account, "gemini-3-pro") == ("gemini",)
    streamed = vertex.url(account, "gemini-3-pro", "gemini", "chat", stream=True)
    assert streamed == f"{base}/publishers/google/models/gemini-3-pro:streamGenerateContent?alt=sse"
    assert vertex.dialects_of(account, "meta/llama-4-maverick") == ("openai_chat",)
    world = account_of("vertex")
    assert vertex.url(world, "gemini-3-pro", "gemini", "chat", stream=False).startswith(
        "https://aiplatform.googleapis.com/v1/projects/p/locations/global/"
    )


def test_a_bedrock_model_is_one_escaped_segment_in_its_own_region() -> None:
    bedrock = registry.vendor("bedrock")
    arn = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc123"
    url = bedrock.url(Account(1, "b", "bedrock"), arn, "bedrock_converse", "chat", stream=True)
    assert url == (
        "https://bedrock-runtime.eu-west-1.amazonaws.com/model/"
        "arn%3Aaws%3Abedrock%3Aeu-west-1%3A123456789012%3Aapplication-inference-profile%2Fabc123/converse-stream"
    )
    own = Account(1, "b", "bedrock", "https://vpce-1.bedrock-runtime.eu-west-1.vpce.amazonaws.com/")
    assert bedrock.url(own, "amazon.nova-pro-v1:0", "bedrock_converse", "chat", stream=False) == (
        "https://vpce-1.bedrock-runtime.eu-west-1.vpce.amazonaws.com/model/amazon.nova-pro-v1%3A0/converse"
    )


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("gpt-4o", ("openai_chat", "openai_responses")),
        ("gpt-5.4", ("openai_responses", "openai_chat")),
        ("o3", ("openai_responses", "openai_chat")),
        ("gpt-5.1-codex", ("openai_responses",)),
        ("gpt-5-pro", ("openai_responses",)),
        ("my-finetune", ("openai_chat", "openai_responses")),
    ],
)
def test_reasoning_models_of_openai_prefer_responses_for_crossing(model: str, expected: tuple[str, ...]) -> None:
    for name in ("openai", "azure-openai"):
        assert registry.vendor(name).dialects_of(account_of(name), model) == expected


def test_the_account_may_choose_the_dialects() -> None:
    account = account_of("openai", dialects=["openai_chat"])
    assert registry.vendor("openai").dialects_of(account, "gpt-5.4") == ("openai_chat",)
    assert any(
        "no-such" in text for text in registry.vendor("openai").check(account_of("openai", dialects=["no-such"]))
    )


def test_profiles_say_what_models_refuse() -> None:
    openai, account = registry.vendor("openai"), account_of("openai")
    reasoning = openai.profile(account, "gpt-6.1-sol", "openai_chat")
    assert not reasoning.sampling
    assert reasoning.max_tokens_field == "max_completion_tokens"
    assert reasoning.system_role == "developer"
    assert reasoning.thinking == "effort"
    assert reasoning.efforts[-1] == "xhigh"
    assert "tools_need_responses" in reasoning.quirks
    assert openai.profile(account, "gpt-6.1-sol", "openai_responses").efforts[-1] == "max"
    plain = openai.profile(account, "gpt-4o", "openai_chat")
    assert plain.sampling
    assert plain.max_tokens_field == "max_tokens"
    assert plain.thinking == "none"
    assert not plain.tool_images


def test_a_models_thinking_is_said_in_the_words_of_the_dialect() -> None:
    router, account = registry.vendor("openrouter"), account_of("openrouter")
    assert router.profile(account, "anthropic/claude-opus-5.5", "anthropic").thinking == "adaptive"
    assert router.profile(account, "anthropic/claude-opus-5.5", "openai_chat").thinking == "effort"
    assert router.profile(account, "anthropic/claude-opus-5.5", "openai_chat").cache_control
    deepseek = registry.vendor("deepseek")
    chat = deepseek.profile(account_of("deepseek"), "deepseek-v4-pro", "openai_chat")
    assert chat.reasoning_content
    assert chat.efforts == ("low", "high", "max")
    assert deepseek.profile(account_of("deepseek"), "deepseek-v4-pro", "anthropic").thinking == "budget"
    bedrock = registry.vendor("bedrock").profile(account_of("bedrock"), "us.anthropic.claude-sonnet-4-5-20250929-v1:0")
    assert bedrock.thinking == "budget"
    assert not bedrock.betas


def test_an_account_may_correct_a_profile_and_name_a_family() -> None:
    account = account_of(
        "openai-compatible",
        profile={"vision": False, "mine": {"context_window": 9000, "nonsense": 1}},
        family={"mine": "deepseek-v4-pro"},
        deployments={"mine": "prod-7"},
    )
    profile = registry.vendor("openai-compatible").profile(account, "mine")
    assert profile.model == "prod-7"
    assert not profile.vision
    assert profile.context_window == 9000
    assert profile.reasoning_content
    assert registry.vendor("openai-compatible").embeddings_body(account, "mine", {"model": "mine", "input": "a"}) == {
        "model": "prod-7",
        "input": "a",
    }


def test_static_headers_cannot_smuggle_or_replace_a_key() -> None:
    account = account_of(
        "openai",
        headers={
            "X-Team": "a",
            "Authorization": "Bearer evil",
            "X-Bad": "a\r\nX-Evil: 1",
            "Bad Name": "x",
            "Host": "evil",
            "n": 1,
        },
    )
    made = registry.vendor("openai").headers(account, KEY, "openai_chat", {})
    assert made["x-team"] == "a"
    assert made["authorization"] == "Bearer canary-key"
    assert not {"x-bad", "bad name", "host", "n"} & set(made)
    problems = registry.vendor("openai").check(account)
    assert len(problems) == 5
    assert "evil" not in " ".join(problems).replace("X-Evil", "")


def test_a_client_header_with_a_line_break_is_not_forwarded() -> None:
    client = {"anthropic-beta": "a\r\nx-evil: 1"}
    assert "anthropic-beta" not in registry.vendor("anthropic").headers(
        account_of("anthropic"), KEY, "anthropic", client
    )


def test_ollama_loads_the_model_with_the_context_the_account_asks_for() -> None:
    """Its default context cuts an agent's prompt short without a word."""
    ollama = registry.vendor("ollama")
    account = Account(1, "o", "ollama", options={"num_ctx": 65536, "keep_alive": "30m"})
    assert ollama.dialects_of(account, "qwen3-coder") == ("ollama",)
    assert ollama.profile(account, "qwen3-coder").context_window == 65536
    assert ollama.adapt(account, "q", "ollama", {"model": "q", "options": {"temperature": 0}}) == {
        "options": {"num_ctx": 65536, "temperature": 0},
        "keep_alive": "30m",
    }
    assert ollama.adapt(Account(1, "o", "ollama"), "q", "ollama", {"model": "q"}) is None


def test_what_is_misconfigured_is_said_with_its_fix() -> None:
    cases = [
        ("azure-openai", Account(1, "az", "azure-openai"), ("base_url", "key")),
        ("vertex", Account(1, "vx", "vertex"), ("options.project",)),
        ("bedrock", Account(1, "bd", "bedrock"), ("options.region",)),
        ("openai", Account(1, "oa", "openai", "https://user:pw@api.openai.com/v1", (KEY,)), ("user name or password",)),
    ]
    for name, account, words in cases:
        problems = " ".join(registry.vendor(name).check(account))
        for word in words:
            assert word in problems
        assert "canary-key" not in problems
        assert "pw@" not in problems


def test_the_contract_of_a_vendor_has_defaults_that_add_up() -> None:
    for name in registry.names():
        found = registry.vendor(name)
        assert isinstance(found, Vendor)
        assert "chat" in found.purposes
        assert found.dialects
