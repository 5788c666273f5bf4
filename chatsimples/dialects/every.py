"""All dialects by name."""

from __future__ import annotations

from chatsimples.dialects.base import Dialect, InputLimits, SecretSource
from chatsimples.dialects.jsonl import JsonDialect
from chatsimples.dialects.refused import HttpDialect, IrcDialect
from chatsimples.dialects.text import TextDialect
from chatsimples.i18n import Translate

DEFAULT_DIALECT = TextDialect.name
"""What a connection speaks as long as its first bytes have not told, and if they tell nothing else."""


def every_dialect(limits: InputLimits, translate: Translate, new_session: SecretSource) -> dict[str, Dialect]:
    """Make one of each dialect, in the language of ``translate``.

    They are asked in this order whether they claim a connection's first bytes.
    """
    dialects: list[Dialect] = [
        JsonDialect(limits, translate, new_session),
        # Before HTTP, where any word in capitals can begin a request.
        IrcDialect(translate),
        HttpDialect(translate),
        TextDialect(limits, translate),
    ]
    return {dialect.name: dialect for dialect in dialects}
