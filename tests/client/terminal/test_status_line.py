"""The status line tells what matters most, in the columns that there are and not one more."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from prompt_toolkit.formatted_text import FormattedText, to_formatted_text
from wcwidth import wcswidth

from chatsimples.client.dialogue.conversations import Conversation, Conversations
from chatsimples.client.protocol.link import Connected, Connecting, LinkState, Waiting
from chatsimples.client.requests.request import Destination
from chatsimples.client.terminal.status_line import Status, completions_line, status_line
from chatsimples.i18n import LANGUAGES, translator
from chatsimples.screen.styled_text import StyledLine, cut, plain, width

WIDE = 1_000
FORBIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
ODD = "漢字ｗ한\u1100\u1161\u0301\u20e3\ufe0f\ufe0e\u200d👩🏽🇵🇹❤#1é\u202e\x1b\n\t\0\ud800\u00ad\u0e33\u0bca "
NAMES = st.one_of(
    st.text(st.sampled_from(ODD), min_size=1, max_size=40),
    st.text(st.characters(), min_size=1, max_size=20),
    st.from_regex(r"[a-z]{1,20}", fullmatch=True),
)
OPENED = st.lists(st.tuples(NAMES, st.booleans(), st.integers(0, 10**6), st.integers(0, 9)), max_size=12)
COLUMNS = st.one_of(st.integers(-2, 30), st.integers(0, 200))
SECONDS = st.floats(0, 10**6)
LINKS: st.SearchStrategy[LinkState] = st.one_of(
    st.just(Connecting()),
    st.just(Connected()),
    st.builds(Waiting, reason=NAMES, until=SECONDS, attempts=st.integers(0, 9)),
)
STATUSES = st.builds(
    Status,
    link=LINKS,
    now=SECONDS,
    address=st.from_regex(r"[a-z.]{1,60}:[0-9]{1,5}", fullmatch=True),
    leaving=st.booleans(),
    nick_wanted=st.booleans(),
    behind=st.integers(0, 10**9),
    lag=SECONDS,
    unprinted=st.integers(0, 10**9),
    unconfirmed=st.integers(0, 10**9),
)


def status(link: LinkState = Connected(), **others: Any) -> Status:  # noqa: B008 - it is frozen
    return Status(link=link, now=100.0, address="here:1", **others)


def opened(*wanted: tuple[str, bool, int, int]) -> Conversations:
    """Open conversations besides the one in front, each with its name, if it is private, and what is new."""
    made = Conversations(["geral"])
    for name, private, unread, mentions in wanted:
        there = made.open(Destination(to=name) if private else Destination(room=name))
        there.unread, there.mentions = unread, mentions
    return made


def shown(given: Status, conversations: Conversations | None = None, columns: int = WIDE) -> str:
    return plain(status_line(given, conversations or opened(), columns, str))


def fits(line: StyledLine, columns: int) -> bool:
    """Tell whether a line fits by our own measure and by that of wcwidth, and moves nothing."""
    text = plain(line)
    assert FORBIDDEN.isdisjoint(unicodedata.category(each) for each in text if each not in "\u200c\u200d")
    assert text == "".join(piece for _, piece, *_ in to_formatted_text(FormattedText(line)))
    return width(line) <= max(0, columns) and 0 <= wcswidth(text) <= max(0, columns)


# The connection.


@pytest.mark.parametrize(
    ("given", "style", "expected"),
    [
        (status(), "", " connected "),
        (status(Connecting()), ".problem", " connecting to here:1… "),
        (status(Waiting("why", 104.6, 1)), ".problem", " offline: reconnecting in 5 s "),
        (status(Waiting("why", 100.1, 1)), ".problem", " offline: reconnecting in 1 s "),
        (status(Waiting("why", 90.0, 1)), ".problem", " offline: reconnecting in 1 s "),
        (status(behind=7), ".unread", " catching up: 7 to come "),
        (status(lag=2.9), "", " connected "),
        (status(lag=3.0), ".unread", " 3 s behind "),
        (status(unprinted=12), ".unread", " 12 lines behind "),
        (status(leaving=True), "", " leaving… "),
        (status(nick_wanted=True), "", " /sair leaves "),
        # What matters more goes first.
        (status(behind=7, lag=9.0, unprinted=12), ".unread", " catching up: 7 to come "),
        (status(lag=9.0, unprinted=12), ".unread", " 9 s behind "),
        (status(Connecting(), behind=7, lag=9.0, unprinted=12), ".problem", " connecting to here:1… "),
        (status(Waiting("", 110.0, 1), nick_wanted=True), "", " /sair leaves "),
        (status(Connecting(), leaving=True, nick_wanted=True), "", " leaving… "),
    ],
)
def test_the_connection_comes_first(given: Status, style: str, expected: str) -> None:
    assert (f"class:status{style}", expected) == status_line(given, opened(), WIDE, str)[0]


@pytest.mark.parametrize("given", [status(leaving=True), status(nick_wanted=True)])
def test_without_a_nick_and_when_leaving_no_conversations_are_shown(given: Status) -> None:
    assert shown(given) == shown(given, opened(("dev", False, 3, 1)))
    assert "geral" not in shown(given)


@pytest.mark.parametrize("link", [Connected(), Connecting(), Waiting("", 110.0, 1)])
def test_unconfirmed_texts_are_counted(link: LinkState) -> None:
    assert "not sent yet" not in shown(status(link))
    line = status_line(status(link, unconfirmed=3), opened(), WIDE, str)
    assert ("class:status.unread", "· not sent yet: 3  ") == line[1]
    assert "#geral" in plain(line)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_is_told_in_the_persons_language(lang: str) -> None:
    translate = translator(lang)
    for link, expected in (
        (Connected(), translate("connected")),
        (Connecting(), translate("connecting to {address}…").format(address="here:1")),
        (Waiting("", 105.0, 1), translate("offline: reconnecting in {seconds} s").format(seconds=5)),
    ):
        line = status_line(status(link, unconfirmed=2), opened(), WIDE, translate)
        assert plain(line).startswith(
            f" {expected} · {translate('not sent yet: {number}').format(number=2)} "
        )


# The conversations.


def test_each_conversation_has_its_number_and_its_unread_count() -> None:
    conversations = opened(("dev", False, 0, 0), ("bia", True, 4, 2), ("canto", False, 5, 0))
    line = status_line(status(), conversations, WIDE, str)
    assert [
        ("class:status.current", " 1:#geral "),
        ("class:status.dim", "2:#dev"),
        ("class:status.mention", "3:bia 4!"),
        ("class:status.unread", "4:#canto 5"),
    ] == [piece for piece in line[1:] if piece[1].strip()]


def test_the_one_in_front_stays_in_its_place() -> None:
    conversations = opened(("dev", False, 0, 0), ("bia", True, 0, 0))
    assert re.search("1:#geral +2:#dev +3:bia", shown(status(), conversations))
    conversations.show(list(conversations)[1])
    line = status_line(status(), conversations, WIDE, str)
    assert ("class:status.current", " 2:#dev ") in line
    assert re.search("1:#geral +2:#dev +3:bia", plain(line))


def test_a_long_name_is_cut_and_a_hostile_one_is_harmless() -> None:
    conversations = opened(("x" * 50, False, 1, 0), ("\x1b[2J\n", True, 0, 0), ("漢" * 20, True, 0, 0))
    text = shown(status(), conversations)
    assert f"2:#{'x' * 14}… 1 " in text
    assert r"3:\x1b[2J\n" in text
    assert f"4:{'漢' * 7}…" in text


@pytest.mark.parametrize("front", range(4))
def test_if_there_is_no_room_those_without_news_give_way_first(front: int) -> None:
    conversations = opened(("dev", False, 0, 0), ("canto", False, 5, 0), ("bia", True, 4, 2))
    every = list(conversations)
    conversations.show(every[front])
    weights = {each: _weight(each, conversations) for each in every}
    before = len(every)
    for columns in range(shown_width(conversations), 0, -1):
        text = shown(status(), conversations, columns)
        inside = [each for place, each in enumerate(every, 1) if re.search(rf"(?<!\S){place}:", text)]
        if every[front] not in inside:
            # No room is left for even its number.
            assert [] == inside
            continue
        assert len(inside) <= before
        before = len(inside)
        outside = [each for each in every if each not in inside]
        assert all(weights[each] >= weights[other] for each in inside for other in outside)
        assert bool(outside) == text.endswith("…") or len(text) == columns
    assert before == 1


def _weight(each: Conversation, conversations: Conversations) -> int:
    if each is conversations.current:
        return 3
    return 2 if each.mentions else int(each.unread > 0)


def shown_width(conversations: Conversations) -> int:
    return len(shown(status(), conversations)) + 1


def test_the_one_in_front_is_cut_rather_than_left_out() -> None:
    conversations = opened(("bia", True, 4, 2))
    assert " connected  1:#g…" == shown(status(), conversations, 17)
    conversations.show(list(conversations)[1])
    assert " connected  2:bi…" == shown(status(), conversations, 17)


def test_among_equals_the_later_give_way_and_it_says_that_there_are_more() -> None:
    conversations = opened(*((f"sala{number}", False, 0, 0) for number in range(30)))
    text = shown(status(), conversations, 60)
    numbers = [int(number) for number in re.findall(r"(\d+):", text)]
    assert list(range(1, len(numbers) + 1)) == numbers
    assert 3 < len(numbers) < 31
    assert text.endswith("…")


def test_with_room_for_all_nothing_is_left_out() -> None:
    conversations = opened(*((f"sala{number}", False, 0, 0) for number in range(30)))
    needed = shown_width(conversations)
    assert "…" not in shown(status(), conversations, needed)
    assert shown(status(), conversations, needed - 1).endswith("…")


@given(STATUSES, OPENED, COLUMNS, st.integers(0, 12), st.sampled_from(LANGUAGES))
@example(status(), [("\ufe0f\u20e3", False, 0, 0)], 21, 1, "en")
@example(status(), [("👩‍👩‍👧" * 9, True, 0, 0)], 23, 1, "en")
def test_it_is_never_wider_than_the_columns(
    given: Status, wanted: list[tuple[str, bool, int, int]], columns: int, front: int, lang: str
) -> None:
    conversations = opened(*wanted)
    conversations.show(conversations.step(front))
    assert fits(status_line(given, conversations, columns, translator(lang)), columns)


@given(OPENED, st.integers(0, 12), st.integers(44, 200))
def test_the_one_in_front_is_always_seen(
    wanted: list[tuple[str, bool, int, int]], front: int, columns: int
) -> None:
    conversations = opened(*wanted)
    conversations.show(conversations.step(front))
    line = status_line(status(), conversations, columns, str)
    (current,) = [text for style, text in line if style == "class:status.current"]
    number = list(conversations).index(conversations.current) + 1
    assert current.startswith(f" {number}:")
    assert current.endswith(" ")


# What Tab completions_line.


def test_completions_stand_in_a_row_with_the_chosen_one_marked() -> None:
    assert [
        ("class:completion", " ana "),
        ("class:completion.current", " bia "),
        ("class:completion", " rui "),
    ] == completions_line(["ana", "bia", "rui"], 1, 80)


def test_nothing_offered_is_nothing_shown() -> None:
    assert [] == completions_line([], 0, 80)


def test_the_chosen_one_comes_into_view_at_the_right_edge() -> None:
    labels = [f"nick{number}" for number in range(9)]
    seen = [plain(completions_line(labels, chosen, 21)) for chosen in range(9)]
    assert [" nick0  nick1  nick2 ", " nick0  nick1  nick2 ", " nick0  nick1  nick2 "] == seen[:3]
    assert [" nick1  nick2  nick3 ", " nick6  nick7  nick8 "] == [seen[3], seen[8]]


def test_offers_are_cut_and_harmless() -> None:
    assert f" {'x' * 31}… " == plain(completions_line(["x" * 50], 0, 80))
    assert r" \x1b[2J " == plain(completions_line(["\x1b[2J"], 0, 80))


@given(st.lists(NAMES, min_size=1, max_size=20), st.data(), COLUMNS)
def test_offers_are_never_wider_than_the_columns_and_the_chosen_one_is_in_view(
    labels: list[str], data: st.DataObject, columns: int
) -> None:
    chosen = data.draw(st.integers(0, len(labels) - 1))
    line = completions_line(labels, chosen, columns)
    assert fits(line, columns)
    current = [text for style, text in line if style == "class:completion.current"]
    assert (1 if columns > 0 else 0) == len(current)
    if columns >= 34:
        # A label of up to 32 columns, and a space on both sides.
        assert not current[0].endswith("…")


@pytest.mark.parametrize("chosen", [0, 5_000, 9_999])
def test_of_thousands_only_those_in_view_are_measured(monkeypatch: pytest.MonkeyPatch, chosen: int) -> None:
    measured: list[str] = []

    def counted(text: str, columns: int) -> str:
        measured.append(text)
        return cut(text, columns)

    monkeypatch.setattr("chatsimples.client.terminal.status_line.cut", counted)
    line = completions_line([f"n{number}" for number in range(10_000)], chosen, 80)
    assert ("class:completion.current", f" n{chosen} ") in line
    assert len(measured) <= 300
