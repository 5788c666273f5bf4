"""How the commands open the store, and tell what was wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from chatsimples.accounts.store import Store, store_path
from chatsimples.config.accounts import StoreSettings
from chatsimples.errors import BadNetworkError, ChatSimplesError, Refusal, UnknownAccountError, explain
from chatsimples.i18n import N_, Translate

_PRIVATE_FOLDER = 0o700


@contextmanager
def opened(settings: StoreSettings, translate: Translate) -> Iterator[Store]:
    """Open the store that settings name, and make it if it is not there.

    Raises:
        ChatSimplesError: it can't be opened, or what was done with it was refused.
    """
    _ = translate
    path = store_path(settings.accounts, settings.logs)
    path.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
    try:
        with Store(path) as store:
            yield store
    except UnknownAccountError as error:
        text = _(N_("there is no account {name} in {file}"))
        raise ChatSimplesError(text.format(name=error.name, file=path)) from None
    except BadNetworkError as error:
        text = _(N_("{text} is neither an address nor a network, such as 192.0.2.7 or 2001:db8::/32"))
        raise ChatSimplesError(text.format(text=repr(error.text))) from None
    except Refusal as refusal:
        raise ChatSimplesError(explain(refusal.code, refusal.detail, translate)) from None


def shown_time(seconds: int) -> str:
    """Write a time for a list: in UTC to the minute; a dash for none."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%MZ}" if seconds else "-"
