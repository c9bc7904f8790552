"""What makes vectors: one row, chosen in the admin or in a file, and its account kept from disappearing."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from caching.models import EmbeddingSettings
from gateway.configuration.exporting import text, tree
from gateway.configuration.loading import load
from gateway.configuration.nodes import Invalid
from gateway.configuration.writing import apply
from gateway.models import ProviderAccount
from gateway.ports import Embedding
from gateway.snapshot import build
from tests.fakes import script
from tests.fakes.upstream import Upstream

KEY = "sk-canary-of-the-embedder"
LIST, ADD, CHANGE = (reverse(f"admin:caching_embeddingsettings_{page}", args=args) for page, args in (
    ("changelist", ()), ("add", ()), ("change", (1,))
))  # fmt: skip
BY_ACCOUNT = {"kind": "account", "account": "emb", "model": "text-embed", "dimension": 256, "milliseconds": 80}


@pytest.fixture
def client(db: str) -> Client:
    found = Client()
    found.force_login(User.objects.create_superuser("root", "", "irrelevant"))
    return found


def provider(port: int = 1, **more: Any) -> dict[str, Any]:
    address = f"http://127.0.0.1:{port}/v1"
    return {"name": "emb", "vendor": "openai-compatible", "base_url": address, "secret": KEY, **more}


def put(value: Any, **options: Any) -> list[str]:
    return apply(load(yaml.safe_dump(value)), **options).lines


def test_the_settings_of_a_file_are_in_the_snapshot_and_again_in_an_export(db: str) -> None:
    assert build().embedding == Embedding("embedded", milliseconds=150)
    assert "embedding" not in tree()
    lines = put({"providers": [provider()], "embedding": BY_ACCOUNT})
    assert "+ embedding: emb/text-embed" in lines
    assert build().embedding == Embedding("account", "emb", "text-embed", 256, 80)
    assert tree()["embedding"] == BY_ACCOUNT
    exported = load(text())
    assert apply({"embedding": exported["embedding"]}).lines == []


def test_what_a_file_does_not_say_of_another_model_is_not_left_of_the_old_one(db: str) -> None:
    put({"providers": [provider()], "embedding": BY_ACCOUNT})
    [line] = put({"embedding": {"account": "emb", "model": "other"}})
    assert line == '~ embedding: model "text-embed" -> "other"; dimension 256 -> none'
    assert build().embedding == Embedding("account", "emb", "other", None, 80)
    put({"embedding": {"kind": "embedded"}})
    assert build().embedding == Embedding("embedded", milliseconds=80)
    assert tree()["embedding"] == {"kind": "embedded", "milliseconds": 80}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "embedding.kind: is required"),
        ({"kind": "magic"}, "embedding.kind: must be one of embedded, account, off"),
        ({"kind": "account", "model": "m"}, "embedding.account: is required"),
        ({"account": "emb"}, "embedding.model: is required"),
        ({"account": "emp", "model": "m"}, "embedding.account: no provider is called emp; did you mean emb?"),
        ({"kind": "embedded", "model": "m"}, "embedding.model: belongs to kind: account"),
        ({"account": "emb", "model": "m", "dimension": 0}, "embedding.dimension: must be a whole number from 1"),
        ({"kind": "off", "milliseconds": 0}, "embedding.milliseconds: must be a whole number from 1 to 10000"),
        ({"kind": "off", "modle": "m"}, "embedding.modle: unknown field; did you mean model?"),
    ],
)
def test_mistakes_in_a_file_are_explained(db: str, given: dict[str, Any], problem: str) -> None:
    with pytest.raises(Invalid) as caught:
        put({"providers": [provider()], "embedding": given})
    assert any(found.startswith(problem) for found in caught.value.problems), caught.value.problems
    assert not EmbeddingSettings.objects.exists()


def test_an_account_that_is_switched_off_makes_nothing(db: str) -> None:
    put({"providers": [provider()], "embedding": BY_ACCOUNT})
    ProviderAccount.objects.update(enabled=False)
    assert build().embedding == Embedding("off", milliseconds=80)


def test_an_account_that_makes_vectors_is_not_pruned_away(db: str) -> None:
    put({"providers": [provider()], "embedding": BY_ACCOUNT})
    lines = put({"providers": []}, prune=True)
    assert lines == ["- provider emb, disabled: it is still named"]
    assert put({"providers": [], "embedding": {"kind": "off"}}, prune=True)[-1] == "- provider emb"


def test_the_admin_has_one_row_and_says_what_is_wrong_with_it(client: Client) -> None:
    put({"providers": [provider()]})
    emb = ProviderAccount.objects.get()
    assert client.get(LIST).headers["location"] == ADD
    wrong = client.post(ADD, {"kind": "account", "milliseconds": 100})
    assert "Name the account whose model makes the vectors." in wrong.content.decode()
    form = {"kind": "account", "account": emb.pk, "model": "text-embed", "dimension": "", "milliseconds": 100}
    assert client.post(ADD, form).status_code == 302
    assert build().embedding == Embedding("account", "emb", "text-embed", None, 100)
    assert client.get(LIST).headers["location"] == CHANGE
    assert client.get(ADD).status_code == 403
    assert "Try it" in client.get(CHANGE).content.decode()
    assert client.post(reverse("admin:caching_embeddingsettings_delete", args=(1,))).status_code == 403
    assert client.post(CHANGE, {"kind": "off", "milliseconds": 100}).status_code == 302
    assert build().embedding == Embedding("off", milliseconds=100)
    assert AuditEvent.objects.filter(object_type__icontains="embeddingsettings").count() == 2
    assert "/admin/caching/embeddingsettings/" in client.get(reverse("admin:index")).content.decode()


def tried(client: Client) -> str:
    page = reverse("admin:caching_embeddingsettings_try_it", args=(1,))
    answer = client.get(page)
    assert answer.headers["location"] == CHANGE
    return str(list(get_messages(answer.wsgi_request))[-1])


def test_settings_are_tried_from_the_admin(client: Client) -> None:
    with Upstream() as upstream:
        put({"providers": [provider(upstream.port)], "embedding": {**BY_ACCOUNT, "milliseconds": 5000}})
        assert tried(client).startswith("emb/text-embed@256#")
        assert "256 numbers in" in tried(client)
        assert "1.00 alike." in tried(client)
        upstream.when_beside(lambda _: script.error(401, f"wrong key {KEY}"))
        assert tried(client) == "No vectors: the account emb makes no vectors with text-embed (status 4xx)."
    put({"embedding": {"kind": "off"}})
    assert tried(client) == "No vectors: these settings name nothing that makes them."
