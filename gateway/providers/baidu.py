"""Baidu Qianfan, API v2 (cloud.baidu.com/doc/qianfan-api): OpenAI's chat below qianfan.baidubce.com/v2, Bearer key
(``bce-v3/ALTAK-...``). Option ``appid`` selects an application (header appid)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from .account import Account, Secret
from .hosted import Hosted


class Baidu(Hosted):
    name: ClassVar[str] = "baidu"
    aliases = ("qianfan",)
    label: ClassVar[str] = "Baidu Qianfan"
    default_base_url = "https://qianfan.baidubce.com/v2"
    dialects = ("openai_chat",)
    roots = {"openai_chat": ("/v2",)}
    limits = {"max_tokens_field": "max_tokens"}

    def headers(
        self, account: Account, secret: Secret | None, dialect: str, client: Mapping[str, str]
    ) -> dict[str, str]:
        made = super().headers(account, secret, dialect, client)
        appid = account.options.get("appid")
        if isinstance(appid, str) and appid.isprintable():
            made["appid"] = appid
        return made


VENDOR = Baidu()
