"""The roles that an account can have on a server."""

from __future__ import annotations

from typing import Literal, get_args

Role = Literal["member", "moderator", "admin"]
"""From the least to the most; who has no account is a guest, and has none."""

ROLES: tuple[Role, ...] = get_args(Role)
