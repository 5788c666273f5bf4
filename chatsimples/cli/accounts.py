"""The commands under ``chatsimples account``, ``chatsimples token`` and ``chatsimples address``."""

from __future__ import annotations

from chatsimples.cli.command import Argument, Command
from chatsimples.config.accounts import AddSettings, NetworkSettings, StoreSettings, TokenSettings
from chatsimples.i18n import N_

_NAME = Argument(name="name", metavar="NAME")
_NETWORK = Argument(name="network", metavar="NETWORK")
_PLACE = ("accounts", "/var/lib/chatsimples/accounts.db")
_LOGS = ("logs", "/var/lib/chatsimples")

ACCOUNT_HELP = N_(
    "Accounts: who may have a name, and what they may do. A server that runs knows of a change within a "
    "second."
)

ACCOUNT = (
    Command(
        name="add",
        program="chatsimples.accounts.programs.account:add",
        short=N_("Add an account."),
        help=(
            N_(
                "Add an account. Its password is asked for or, without a terminal, the first line of "
                "standard input. Nobody else gets its name as a nick, nor one that looks like it."
            ),
        ),
        settings=AddSettings,
        example_setting=_PLACE,
        examples=(
            (
                N_("Somebody who may remove others from the chat"),
                "chatsimples account add ana --role moderator",
            ),
            (N_("With a password from a file"), "chatsimples account add ana <password.txt"),
            (N_("A program, which logs in by a token"), "chatsimples account add robot --tokens-only"),
        ),
        argument=_NAME,
    ),
    Command(
        name="list",
        program="chatsimples.accounts.programs.account:show",
        help=(N_("List the accounts: name, since when, role."),),
        settings=StoreSettings,
        example_setting=_PLACE,
        examples=((N_("Which accounts there are"), "chatsimples account list"),),
        prints_a_result=True,
    ),
    Command(
        name="passwd",
        program="chatsimples.accounts.programs.account:change_password",
        short=N_("Give an account another password."),
        help=(N_("Give an account another password. Whoever is logged in as it is logged out."),),
        settings=StoreSettings,
        example_setting=_PLACE,
        examples=((N_("Somebody has forgotten the old one"), "chatsimples account passwd ana"),),
        argument=_NAME,
    ),
    Command(
        name="role",
        program="chatsimples.accounts.programs.account:change_role",
        short=N_("Give an account another role."),
        help=(N_("Give an account another role: member, moderator or admin."),),
        settings=StoreSettings,
        example_setting=_PLACE,
        examples=((N_("Let somebody moderate"), "chatsimples account role ana moderator"),),
        argument=Argument(name="words", metavar="NAME ROLE", count=2),
    ),
    Command(
        name="lock",
        program="chatsimples.accounts.programs.account:lock",
        short=N_("Let nobody log in as an account."),
        help=(N_("Let nobody log in as an account, and log out whoever is. Its name stays its own."),),
        settings=StoreSettings,
        example_setting=_PLACE,
        examples=((N_("Somebody's password is known to others"), "chatsimples account lock ana"),),
        argument=_NAME,
    ),
    Command(
        name="unlock",
        program="chatsimples.accounts.programs.account:unlock",
        help=(N_("Let people log in as an account again."),),
        settings=StoreSettings,
        example_setting=_PLACE,
        examples=((N_("All is well again"), "chatsimples account unlock ana"),),
        argument=_NAME,
    ),
    Command(
        name="remove",
        program="chatsimples.accounts.programs.account:remove",
        short=N_("Remove an account and its tokens."),
        help=(
            N_("Remove an account and its tokens. Nobody can register its name again; what it said stays."),
        ),
        settings=StoreSettings,
        example_setting=_PLACE,
        examples=((N_("Somebody comes no more"), "chatsimples account remove ana"),),
        argument=_NAME,
    ),
)

TOKEN_HELP = N_("Tokens: what programs log in with, instead of an account's password.")

TOKEN = (
    Command(
        name="add",
        program="chatsimples.accounts.programs.token:add",
        short=N_("Make a token of an account, and show it once."),
        help=(N_("Make a token of an account, and show it: this once, as only its hash is kept."),),
        settings=TokenSettings,
        example_setting=_PLACE,
        examples=(
            (
                N_("For a program that reports every night"),
                "chatsimples token add robot --days 30 --label night >token.txt",
            ),
        ),
        argument=Argument(name="account", metavar="ACCOUNT"),
    ),
    Command(
        name="list",
        program="chatsimples.accounts.programs.token:show",
        help=(N_("List the tokens of accounts, or of all: number, account, end, last use, label."),),
        settings=StoreSettings,
        example_setting=_PLACE,
        examples=((N_("Which of them nobody uses any more"), "chatsimples token list"),),
        argument=Argument(name="names", metavar="[ACCOUNT]...", count=-1),
        prints_a_result=True,
    ),
    Command(
        name="revoke",
        program="chatsimples.accounts.programs.token:revoke",
        short=N_("Take a token back."),
        help=(N_("Take a token back, by its number in the list. Its account is logged out everywhere."),),
        settings=StoreSettings,
        example_setting=_PLACE,
        examples=((N_("The token number 3 has been seen by others"), "chatsimples token revoke 3"),),
        argument=Argument(name="number", metavar="NUMBER", type=int),
    ),
)

ADDRESS_HELP = N_(
    "Addresses and networks (CIDR) from which nobody may come, or somebody may come in any case. The one "
    "that says most exactly where somebody is counts."
)

ADDRESS = (
    Command(
        name="ban",
        program="chatsimples.accounts.programs.address:ban",
        short=N_("Let nobody in from an address or a network."),
        help=(N_("Let nobody in from an address or a network. Who is in already has to go, at once."),),
        settings=NetworkSettings,
        example_setting=_LOGS,
        examples=(
            (N_("One address, for a day"), "chatsimples address ban 192.0.2.7 --days 1 --reason spam"),
            (N_("A network, until it is taken back"), "chatsimples address ban 2001:db8::/32"),
        ),
        argument=_NETWORK,
    ),
    Command(
        name="exempt",
        program="chatsimples.accounts.programs.address:exempt",
        short=N_("Let an address or a network in, whatever is banned."),
        help=(
            N_(
                "Let an address or a network in though a larger one is banned, and let any number of "
                "connections come from it."
            ),
        ),
        settings=NetworkSettings,
        example_setting=_LOGS,
        examples=((N_("A school behind one address"), "chatsimples address exempt 198.51.100.4"),),
        argument=_NETWORK,
    ),
    Command(
        name="remove",
        program="chatsimples.accounts.programs.address:remove",
        help=(N_("Take back what is said of an address or a network."),),
        settings=StoreSettings,
        example_setting=_LOGS,
        examples=((N_("Let them in again"), "chatsimples address remove 192.0.2.7"),),
        argument=_NETWORK,
    ),
    Command(
        name="list",
        program="chatsimples.accounts.programs.address:show",
        help=(N_("List what is said of addresses, until when, and why."),),
        settings=StoreSettings,
        example_setting=_LOGS,
        examples=((N_("Who is not let in"), "chatsimples address list"),),
        prints_a_result=True,
    ),
)
