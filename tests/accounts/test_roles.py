"""The roles of accounts are the ones that settings can name."""

from __future__ import annotations

from typing import get_args

from chatsimples.accounts.roles import ROLES
from chatsimples.config.accounts import RoleOfAccount


def test_roles_are_told_from_the_least_to_the_most() -> None:
    assert ("member", "moderator", "admin") == ROLES == get_args(RoleOfAccount)
