"""Signing for AWS and tokens from Google."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import jwt

from gateway.chat.errors import UpstreamRejected, UpstreamUnavailable
from gateway.providers.account import Account, Secret
from gateway.providers.bedrock import Bedrock
from gateway.providers.vendor import Call
from gateway.providers.vertex import Vertex

ARN = "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-5-20250929-v1:0"
ACCESS, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


async def no_fetch(call: Call) -> tuple[int, bytes]:
    raise AssertionError("nothing is to be fetched here")


def call_of(vendor: Bedrock | Vertex, account: Account, secret: Secret | None, model: str, dialect: str) -> Call:
    url = vendor.url(account, model, dialect, "chat", stream=True)
    return Call("POST", url, vendor.headers(account, secret, dialect, {}), b'{"messages":[]}')


def expected_signature(call: Call, region: str, secret: str) -> str:
    """AWS Signature Version 4 as its documentation describes it (the path is encoded a second time for all but S3)."""
    parts = urlsplit(call.url)
    signed = call.headers["authorization"].split("SignedHeaders=")[1].split(",")[0]
    values = {**call.headers, "host": parts.netloc}
    canonical = "\n".join(
        [
            call.method,
            quote(parts.path, safe="/~-._"),
            "",
            *[f"{name}:{values[name].strip()}" for name in signed.split(";")],
            "",
            signed,
            hashlib.sha256(call.body).hexdigest(),
        ]
    )
    stamp = call.headers["x-amz-date"]
    scope = f"{stamp[:8]}/{region}/bedrock/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{secret}".encode()
    for word in (stamp[:8], region, "bedrock", "aws4_request"):
        key = hmac.new(key, word.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    "written",
    [
        f"{ACCESS}:{SECRET}",
        json.dumps({"access_key_id": ACCESS, "secret_access_key": SECRET}),
        json.dumps({"AWS_ACCESS_KEY_ID": ACCESS, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": "tok"}),
    ],
)
async def test_a_bedrock_call_is_signed_as_aws_checks_it(written: str) -> None:
    """The signed path must be the path that is sent, escapes and all, or every ARN is a 403."""
    bedrock, secret = Bedrock(), Secret(1, written)
    account = Account(1, "aws", "bedrock", secrets=(secret,))
    call = call_of(bedrock, account, secret, ARN, "bedrock_converse")
    assert "authorization" not in call.headers
    signed = await bedrock.authorize(call, account, secret, no_fetch)
    assert signed.url == call.url
    assert "%3A" in signed.url
    assert f"Credential={ACCESS}/" in signed.headers["authorization"]
    assert "/eu-west-1/bedrock/aws4_request" in signed.headers["authorization"]
    assert signed.headers["authorization"].endswith(f"Signature={expected_signature(signed, 'eu-west-1', SECRET)}")
    assert signed.headers.get("x-amz-security-token") == ("tok" if "TOKEN" in written else None)
    assert SECRET not in str(signed.headers)
    assert SECRET not in repr(signed)


async def test_the_standard_aws_chain_is_used_when_there_is_no_secret(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    credentials = tmp_path / "credentials"
    credentials.write_text(f"[team]\naws_access_key_id = {ACCESS}\naws_secret_access_key = {SECRET}\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    bedrock = Bedrock()
    account = Account(1, "aws", "bedrock", options={"region": "us-west-2", "profile": "team"})
    call = call_of(bedrock, account, None, "amazon.nova-pro-v1:0", "bedrock_converse")
    signed = await asyncio.gather(*[bedrock.authorize(call, account, None, no_fetch) for _ in range(5)])
    for one in signed:
        assert one.headers["authorization"].endswith(expected_signature(one, "us-west-2", SECRET))
    missing = Account(2, "none", "bedrock", options={"region": "us-west-2"})
    with pytest.raises(UpstreamRejected) as caught:
        await bedrock.authorize(call, missing, None, no_fetch)
    assert caught.value.account_fault
    assert caught.value.http_status == 502


async def test_a_bedrock_api_key_is_a_bearer_token_and_nothing_is_signed() -> None:
    bedrock, secret = Bedrock(), Secret(1, "ABSKQmVkcm9ja0FQSUtleS1leGFtcGxl")
    account = Account(1, "aws", "bedrock", secrets=(secret,), options={"region": "us-east-1"})
    call = call_of(bedrock, account, secret, "amazon.nova-pro-v1:0", "bedrock_converse")
    assert call.headers["authorization"] == f"Bearer {secret.value}"
    assert await bedrock.authorize(call, account, secret, no_fetch) is call


@pytest.fixture(scope="module")
def service_account() -> dict[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    encoding, none = serialization.Encoding.PEM, serialization.NoEncryption()
    public = key.public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
    return {
        "type": "service_account",
        "project_id": "acme-1",
        "private_key_id": "k1",
        "private_key": key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, none).decode(),
        "client_email": "lynkr@acme-1.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
        "public": public.decode(),
    }


def vertex_of(service_account: dict[str, str]) -> tuple[Vertex, Account, Secret]:
    given = {name: value for name, value in service_account.items() if name != "public"}
    secret = Secret(5, json.dumps(given))
    return Vertex(), Account(9, "vx", "vertex", secrets=(secret,)), secret


async def test_a_service_account_is_exchanged_for_one_token_however_many_wait(service_account: dict[str, str]) -> None:
    vertex, account, secret = vertex_of(service_account)
    asked: list[Call] = []

    async def fetch(call: Call) -> tuple[int, bytes]:
        asked.append(call)
        await asyncio.sleep(0.01)
        return 200, json.dumps({"access_token": "ya29.minted", "expires_in": 3599}).encode()

    call = call_of(vertex, account, secret, "gemini-2.5-pro", "gemini")
    assert "/projects/acme-1/" in call.url
    done = await asyncio.gather(*[vertex.authorize(call, account, secret, fetch) for _ in range(10)])
    assert {one.headers["authorization"] for one in done} == {"Bearer ya29.minted"}
    assert len(asked) == 1
    form = parse_qs(asked[0].body.decode())
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    claims = jwt.decode(form["assertion"][0], certs=service_account["public"], audience=service_account["token_uri"])
    assert claims["iss"] == service_account["client_email"]
    assert claims["exp"] - claims["iat"] == 3600
    assert "private" not in str(call.headers)


async def test_a_token_near_its_end_is_renewed(service_account: dict[str, str]) -> None:
    vertex, account, secret = vertex_of(service_account)
    given = iter([("first", 60), ("second", 3600)])

    async def fetch(call: Call) -> tuple[int, bytes]:
        token, seconds = next(given)
        return 200, json.dumps({"access_token": token, "expires_in": seconds}).encode()

    call = call_of(vertex, account, secret, "gemini-2.5-pro", "gemini")
    seen = [(await vertex.authorize(call, account, secret, fetch)).headers["authorization"] for _ in range(3)]
    assert seen == ["Bearer first", "Bearer second", "Bearer second"]


@pytest.mark.parametrize(
    ("status", "error"), [(400, UpstreamRejected), (401, UpstreamRejected), (503, UpstreamUnavailable)]
)
async def test_a_refused_token_is_the_accounts_fault_and_a_busy_server_is_not(
    service_account: dict[str, str], status: int, error: type[Exception]
) -> None:
    vertex, account, secret = vertex_of(service_account)

    async def fetch(call: Call) -> tuple[int, bytes]:
        return status, b'{"error":"invalid_grant","error_description":"canary"}'

    call = call_of(vertex, account, secret, "gemini-2.5-pro", "gemini")
    with pytest.raises(error) as caught:
        await vertex.authorize(call, account, secret, fetch)
    assert "canary" not in str(caught.value)


async def test_tokens_and_express_keys_are_used_as_they_are() -> None:
    vertex = Vertex()
    for value, header in (("ya29.abc", "authorization"), ("AQ.express-key", "x-goog-api-key")):
        secret = Secret(1, value)
        account = Account(1, "vx", "vertex", secrets=(secret,), options={"project": "p"})
        call = call_of(vertex, account, secret, "gemini-2.5-pro", "gemini")
        assert value in call.headers[header]
        assert await vertex.authorize(call, account, secret, no_fetch) is call
