"""What ``chatsimples token`` does."""

from __future__ import annotations

import click

from chatsimples.accounts.programs.opening import opened, shown_time
from chatsimples.config.accounts import StoreSettings, TokenSettings
from chatsimples.errors import ChatSimplesError
from chatsimples.i18n import N_, Translate


def add(account: str, settings: TokenSettings, translate: Translate) -> int:
    """Make a token, and show it: this once."""
    with opened(settings, translate) as store:
        token = store.add_token(account, settings.label, settings.days)
    click.echo(translate(N_("This token is shown only now; whoever has it is logged in by it:")), err=True)
    click.echo(token)
    return 0


def show(names: tuple[str, ...], settings: StoreSettings, translate: Translate) -> int:
    """List tokens, without what they are."""
    text = translate(N_("{number:>5}  {account:<32} until {expires:<17} last used {used:<17} {label}"))
    with opened(settings, translate) as store:
        for name in names:
            store.get(name)
        for token in [each for name in names or ("",) for each in store.tokens(name)]:
            line = text.format(
                number=token.number, account=token.account, expires=shown_time(token.expires),
                used=shown_time(token.used), label=token.label,
            )  # fmt: skip
            click.echo(line.rstrip())
    return 0


def revoke(number: int, settings: StoreSettings, translate: Translate) -> int:
    """Take a token back."""
    with opened(settings, translate) as store:
        if not store.revoke(number):
            text = translate(N_("there is no token {number}; see: chatsimples token list"))
            raise ChatSimplesError(text.format(number=number))
    click.echo(translate(N_("revoked: {number}; its account is logged out")).format(number=number))
    return 0
