"""Tokens are random, and only their hashes are kept."""

from __future__ import annotations

import hashlib
import re

from chatsimples.accounts.tokens import new_token, token_hash


def test_tokens_are_random_and_can_be_recognised() -> None:
    tokens = {new_token() for _ in range(100)}
    assert 100 == len(tokens)
    assert all(re.fullmatch(r"cst_[A-Za-z0-9_-]{43}", token) for token in tokens)


def test_a_tokens_hash_is_its_sha256() -> None:
    token = new_token()
    assert hashlib.sha256(token.encode()).digest() == token_hash(token)


def test_what_can_be_no_token_has_no_hash() -> None:
    for text in ("", "cst_", "x" * 47, new_token() + "x", new_token()[:-1], "cst_" + "\ud800" * 43):
        assert b"" == token_hash(text)
