"""What ``chatsimples account`` does."""

from __future__ import annotations

import click

from chatsimples.accounts.passwords import Argon2Hasher
from chatsimples.accounts.programs.asking import ask_password
from chatsimples.accounts.programs.opening import opened, shown_time
from chatsimples.accounts.roles import ROLES
from chatsimples.accounts.scram import Keys
from chatsimples.accounts.store import check_account_name
from chatsimples.config.accounts import AddSettings, StoreSettings
from chatsimples.errors import SettingError
from chatsimples.i18n import N_, Translate


def add(name: str, settings: AddSettings, translate: Translate) -> int:
    """Add an account."""
    with opened(settings, translate) as store:
        # Before anybody types a password for nothing.
        check_account_name(name)
        password, scram = ("", None) if settings.tokens_only else _kept(ask_password(name, translate))
        account = store.add(name, settings.role, password, scram=scram)
    click.echo(translate(N_("added: {name}, {role}")).format(name=account.name, role=account.role))
    return 0


def show(settings: StoreSettings, translate: Translate) -> int:
    """List the accounts."""
    _ = translate
    with opened(settings, translate) as store:
        for account in store.accounts():
            marks: list[str] = [account.role]
            if account.locked:
                marks.append(_(N_("locked")))
            if not account.password:
                marks.append(_(N_("no password")))
            click.echo(f"{account.name:<32} {shown_time(account.created)}  {', '.join(marks)}")
    return 0


def change_password(name: str, settings: StoreSettings, translate: Translate) -> int:
    """Give an account another password."""
    with opened(settings, translate) as store:
        account = store.get(name)
        store.set_password(name, *_kept(ask_password(account.name, translate)))
    text = translate(N_("{name} has another password; whoever was logged in with the old one is out"))
    click.echo(text.format(name=account.name))
    return 0


def change_role(words: tuple[str, str], settings: StoreSettings, translate: Translate) -> int:
    """Give an account another role."""
    name, role = words
    if role not in ROLES:
        text = translate(N_("there is no role {role}; there are {roles}"))
        raise SettingError(text.format(role=repr(role), roles=", ".join(ROLES)))
    with opened(settings, translate) as store:
        account = store.get(name)
        store.set_role(name, role)
    click.echo(translate(N_("{name} is {role} now")).format(name=account.name, role=role))
    return 0


def lock(name: str, settings: StoreSettings, translate: Translate) -> int:
    """Lock an account."""
    return _set_locked(name, settings, translate, locked=True)


def unlock(name: str, settings: StoreSettings, translate: Translate) -> int:
    """Unlock an account."""
    return _set_locked(name, settings, translate, locked=False)


def remove(name: str, settings: StoreSettings, translate: Translate) -> int:
    """Remove an account."""
    with opened(settings, translate) as store:
        account = store.get(name)
        store.remove(name)
    click.echo(translate(N_("removed: {name}")).format(name=account.name))
    return 0


def _kept(password: str) -> tuple[str, Keys | None]:
    """Return what is kept of a password: its hash, and what SCRAM needs."""
    hasher = Argon2Hasher()
    return hasher.hash(password), hasher.scram_keys(password)


def _set_locked(name: str, settings: StoreSettings, translate: Translate, *, locked: bool) -> int:
    with opened(settings, translate) as store:
        account = store.get(name)
        store.set_locked(name, locked=locked)
    text = N_("locked: {name}") if locked else N_("unlocked: {name}")
    click.echo(translate(text).format(name=account.name))
    return 0
