"""The settings of ``chatsimples account``, ``chatsimples token`` and ``chatsimples address``."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from chatsimples.config.base import ENVIRONMENT_PREFIX, AccountsPath, Settings, ShownLanguage, setting
from chatsimples.i18n import N_

RoleOfAccount = Literal["member", "moderator", "admin"]

_Days = Annotated[float, Meta(ge=0, le=36_500)]


class StoreSettings(Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the store of accounts is: the settings of every command that looks into it."""

    section = "accounts"
    prefix = ENVIRONMENT_PREFIX

    accounts: AccountsPath = ""
    logs: Annotated[str, setting(N_("the server's folder"))] = "logs"
    lang: ShownLanguage = ""


class AddSettings(StoreSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of ``chatsimples account add``."""

    section = "account_add"

    role: Annotated[RoleOfAccount, setting(N_("what it may do on the server"))] = "member"
    tokens_only: Annotated[bool, setting(N_("give it no password: it logs in by tokens"))] = False


class TokenSettings(StoreSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of ``chatsimples token add``."""

    section = "token_add"

    days: Annotated[
        int, Meta(ge=0, le=36_500), setting(N_("days for which it is good; 0: until revoked"))
    ] = 90
    label: Annotated[str, Meta(max_length=64), setting(N_("what it is for, to find it in the list"))] = ""


class NetworkSettings(StoreSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of ``chatsimples address ban`` and ``exempt``."""

    section = "address"

    days: Annotated[_Days, setting(N_("days after which it ends, such as 0.5; 0: never"))] = 0.0
    reason: Annotated[str, Meta(max_length=256), setting(N_("why; who is refused is told it"))] = ""
