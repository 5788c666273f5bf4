"""What ``chatsimples address`` does."""

from __future__ import annotations

import click

from chatsimples.accounts.networks import check_network
from chatsimples.accounts.programs.opening import opened, shown_time
from chatsimples.config.accounts import NetworkSettings, StoreSettings
from chatsimples.errors import ChatSimplesError
from chatsimples.i18n import N_, Translate

_SECONDS_A_DAY = 86_400


def ban(network: str, settings: NetworkSettings, translate: Translate) -> int:
    """Refuse whoever comes from an address or a network."""
    return _put(network, settings, translate, exempt=False)


def exempt(network: str, settings: NetworkSettings, translate: Translate) -> int:
    """Let an address or a network in whatever is said of a larger one, in any number."""
    return _put(network, settings, translate, exempt=True)


def remove(network: str, settings: StoreSettings, translate: Translate) -> int:
    """Take back what was said of an address or a network."""
    with opened(settings, translate) as store:
        known = check_network(network)
        if not store.remove_network(known):
            text = translate(N_("nothing is said of {network}; see: chatsimples address list"))
            raise ChatSimplesError(text.format(network=known))
    click.echo(translate(N_("removed: {name}")).format(name=known))
    return 0


def show(settings: StoreSettings, translate: Translate) -> int:
    """List what is said of addresses."""
    _ = translate
    words = {False: _(N_("banned")), True: _(N_("exempt"))}
    text = _(N_("{network:<43} {what:<8} until {expires:<17} {reason}"))
    with opened(settings, translate) as store:
        for each in store.networks():
            line = text.format(
                network=each.network, what=words[each.exempt], expires=shown_time(each.expires),
                reason=each.reason,
            )  # fmt: skip
            click.echo(line.rstrip())
    return 0


def _put(network: str, settings: NetworkSettings, translate: Translate, *, exempt: bool) -> int:
    if not settings.reason.isprintable():
        raise ChatSimplesError(translate(N_("a reason has no control characters")))
    with opened(settings, translate) as store:
        known = check_network(network)
        seconds = round(settings.days * _SECONDS_A_DAY)
        store.put_network(known, exempt=exempt, reason=settings.reason, seconds=seconds)
    text = N_("exempt: {network}") if exempt else N_("banned: {network}")
    click.echo(translate(text).format(network=known))
    return 0
