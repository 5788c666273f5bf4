"""Conversations are each there once, one is always in front, and what is new in the others is counted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatsimples.chat.records import Record
from chatsimples.client.dialogue.conversations import KEPT, MOST_PRIVATE, Conversation, Conversations, Entry
from chatsimples.client.requests.request import Destination

NAMES = st.one_of(
    st.sampled_from(["ana", "Ana", "ANA", "João", "JOÃO", "bia", "\uff22ia", "ß"]), st.text(max_size=4)
)
PLACES = st.builds(
    lambda name, private: Destination(to=name) if private else Destination(room=name), NAMES, st.booleans()
)


def message(seq: int) -> Entry:
    return Entry(
        Record(seq=seq, at=f"at {seq}", type="message", nick="bia", room="geral", text="oi"), own=False
    )


def join(seq: int) -> Entry:
    return Entry(Record(seq=seq, at=f"at {seq}", type="join", nick="bia", room="geral"), own=False)


def opened(*titles: str) -> Conversations:
    """Open rooms ("#geral", the first at least) and private conversations ("bia")."""
    made = Conversations([titles[0].removeprefix("#")])
    for title in titles[1:]:
        made.open(Destination(room=title[1:]) if title.startswith("#") else Destination(to=title))
    return made


def titles(conversations: Conversations) -> list[str]:
    return [each.title for each in conversations]


def get(conversations: Conversations, title: str) -> Conversation:
    (found,) = [each for each in conversations if each.title == title]
    return found


def test_a_rooms_title_has_its_sign_and_a_persons_none() -> None:
    room, person = Conversation(Destination(room="geral")), Conversation(Destination(to="bia"))
    assert [("geral", "#geral"), ("bia", "bia")] == [(each.name, each.title) for each in (room, person)]


def test_the_first_room_is_in_front_at_first() -> None:
    conversations = Conversations(["geral", "dev"])
    assert ["#geral", "#dev"] == titles(conversations)
    assert "#geral" == conversations.current.title
    assert 2 == len(conversations)


def test_a_new_conversation_stands_last_and_not_in_front() -> None:
    conversations = opened("#geral")
    dev = conversations.open(Destination(room="dev"))
    bia = conversations.open(Destination(to="bia"))
    assert ["#geral", "#dev", "bia"] == titles(conversations)
    assert [dev, bia] == list(conversations)[1:]
    assert "#geral" == conversations.current.title


def test_an_open_conversation_is_not_opened_again() -> None:
    conversations = opened("#geral", "João")
    for name in ("João", "joão", "JOÃO", "Joa\u0303o"):
        assert get(conversations, "João") is conversations.open(Destination(to=name))
    assert ["#geral", "João"] == titles(conversations)


def test_a_room_and_a_person_of_the_same_name_are_two() -> None:
    conversations = opened("#ana", "ana")
    room, person = conversations
    assert (room, person) == (
        conversations.find(Destination(room="Ana")),
        conversations.find(Destination(to="Ana")),
    )
    assert [room] == conversations.rooms


@pytest.mark.parametrize("name", ["\u202eana", "a b\u3000", "\ud800", "\x1b[2J", "x" * 10_000 + "é"])
def test_a_name_that_no_server_of_ours_lets_pass_is_like_itself_only(name: str) -> None:
    conversations = opened("#geral")
    odd = conversations.open(Destination(to=name))
    assert odd is conversations.open(Destination(to=name))
    assert None is conversations.find(Destination(room=name))
    assert 2 == len(conversations)


def test_numbers_count_from_one() -> None:
    conversations = opened("#geral", "#dev", "bia")
    found = [conversations.number(number) for number in (-1, 0, 1, 2, 3, 4)]
    assert [None, None, "#geral", "#dev", "bia", None] == [each and each.title for each in found]


@pytest.mark.parametrize(
    ("by", "title"), [(1, "#dev"), (2, "bia"), (3, "#geral"), (-1, "bia"), (-2, "#dev"), (0, "#geral")]
)
def test_steps_go_round(by: int, title: str) -> None:
    assert title == opened("#geral", "#dev", "bia").step(by).title


def test_steps_begin_at_the_one_in_front() -> None:
    conversations = opened("#geral", "#dev", "bia")
    conversations.show(get(conversations, "bia"))
    assert ("#geral", "#dev") == (conversations.step(1).title, conversations.step(-1).title)


def test_mentions_are_more_urgent_than_messages() -> None:
    conversations = opened("#geral", "#a", "#b", "#c", "#d")
    assert None is conversations.most_urgent()
    get(conversations, "#b").unread = 9
    get(conversations, "#c").unread = 1
    assert get(conversations, "#b") is conversations.most_urgent()
    for title in ("#d", "#c"):
        get(conversations, title).unread = get(conversations, title).mentions = 1
    assert get(conversations, "#c") is conversations.most_urgent()


def test_the_one_in_front_is_never_urgent() -> None:
    conversations = opened("#geral", "#a")
    conversations.current.unread = conversations.current.mentions = 1
    assert None is conversations.most_urgent()


def test_the_previous_one_comes_back_when_the_one_in_front_is_closed() -> None:
    conversations = opened("#geral", "#dev", "bia")
    conversations.show(get(conversations, "#dev"))
    conversations.show(get(conversations, "bia"))
    conversations.close(get(conversations, "bia"))
    assert "#dev" == conversations.current.title
    assert ["#geral", "#dev"] == titles(conversations)


def test_showing_the_conversation_in_front_changes_nothing() -> None:
    conversations = opened("#geral", "#dev", "bia")
    conversations.show(get(conversations, "#dev"))
    conversations.show(get(conversations, "bia"))
    conversations.show(get(conversations, "bia"))
    conversations.close(get(conversations, "bia"))
    assert "#dev" == conversations.current.title


def test_closing_another_conversation_does_not_change_the_previous_one() -> None:
    conversations = opened("#geral", "#dev", "bia", "rui")
    conversations.show(get(conversations, "#dev"))
    conversations.show(get(conversations, "bia"))
    conversations.close(get(conversations, "rui"))
    assert "bia" == conversations.current.title
    conversations.close(get(conversations, "bia"))
    assert "#dev" == conversations.current.title


def test_the_first_one_comes_back_when_the_previous_one_is_closed_too() -> None:
    conversations = opened("#geral", "#dev", "bia", "rui")
    conversations.show(get(conversations, "#dev"))
    conversations.show(get(conversations, "bia"))
    conversations.close(get(conversations, "#dev"))
    conversations.close(get(conversations, "bia"))
    assert "#geral" == conversations.current.title


def test_the_last_one_is_not_closed_nor_one_that_is_not_there() -> None:
    conversations = opened("#geral")
    conversations.close(conversations.current)
    assert ["#geral"] == titles(conversations)
    conversations.open(Destination(to="bia"))
    conversations.close(Conversation(Destination(to="bia")))
    assert ["#geral", "bia"] == titles(conversations)


def test_a_private_conversation_follows_a_change_of_nick() -> None:
    conversations = opened("#bia", "bia")
    conversations.rename("Bia", "beatriz")
    assert ["#bia", "beatriz"] == titles(conversations)
    conversations.rename("beatriz", "Beatriz")
    assert ["#bia", "Beatriz"] == titles(conversations)


def test_a_change_of_nick_does_not_make_two_of_the_same_name() -> None:
    conversations = opened("#geral", "bia", "rui")
    conversations.rename("bia", "RUI")
    conversations.rename("nobody", "eva")
    assert ["#geral", "bia", "rui"] == titles(conversations)


@pytest.mark.parametrize("front", ["#geral", "p0"])
def test_the_private_one_that_has_been_silent_longest_makes_way(front: str) -> None:
    conversations = opened("#geral", "#dev", *(f"p{number}" for number in range(MOST_PRIVATE)))
    for seq, each in enumerate(list(conversations)[2:], 1):
        each.entries.append(message(seq))
    get(conversations, "p1").entries.append(message(MOST_PRIVATE + 1))
    conversations.show(get(conversations, front))
    for name in ("new", "newer"):
        conversations.open(Destination(to=name)).entries.append(message(MOST_PRIVATE + 2))
    gone = {"p0", "p2"} if front == "#geral" else {"p2", "p3"}
    stayed = [f"p{number}" for number in range(MOST_PRIVATE) if f"p{number}" not in gone]
    assert ["#geral", "#dev", *stayed, "new", "newer"] == titles(conversations)
    assert front == conversations.current.title


def test_no_private_one_makes_way_for_a_room_nor_for_one_that_is_open() -> None:
    conversations = opened("#geral", *(f"p{number}" for number in range(MOST_PRIVATE)))
    before = titles(conversations)
    conversations.open(Destination(to="P0"))
    conversations.open(Destination(room="dev"))
    assert [*before, "#dev"] == titles(conversations)


def test_reading_goes_forward_only_and_messages_alone_are_read() -> None:
    room = Conversation(Destination(room="geral"))
    for entry in (message(5), message(3), join(9)):
        room.mark_read(entry)
    assert (5, "at 5") == (room.read_seq, room.read_at)


def test_all_is_read_up_to_the_last_message() -> None:
    room = Conversation(Destination(room="geral"))
    room.unread, room.mentions = 3, 1
    room.entries.extend([message(1), message(2), join(3)])
    room.mark_all_read()
    assert (0, 0, 2, "at 2") == (room.unread, room.mentions, room.read_seq, room.read_at)


def test_with_no_message_nothing_is_read() -> None:
    room = Conversation(Destination(room="geral"))
    room.entries.append(join(3))
    room.mark_all_read()
    assert (0, "") == (room.read_seq, room.read_at)


def test_a_conversation_keeps_the_last_entries_only() -> None:
    room = Conversation(Destination(room="geral"))
    room.entries.extend(message(seq) for seq in range(1, KEPT + 11))
    assert list(range(11, KEPT + 11)) == [entry.record.seq for entry in room.entries]


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("open"), PLACES),
            st.tuples(st.just("show"), st.integers(0, 9)),
            st.tuples(st.just("close"), st.integers(0, 9)),
            st.tuples(st.just("rename"), st.tuples(NAMES, NAMES)),
        ),
        max_size=30,
    )
)
def test_each_conversation_is_there_once_and_one_is_in_front(
    steps: list[tuple[str, object]],
) -> None:
    conversations = Conversations(["geral"])
    model = list(conversations)
    for step, what in steps:
        match step, what:
            case "open", Destination():
                known = conversations.find(what)
                there = conversations.open(what)
                assert known is None or known is there
                model += [there] if known is None else []
            case "show", int():
                conversations.show(model[what % len(model)])
                assert model[what % len(model)] is conversations.current
            case "close", int():
                chosen = model[what % len(model)]
                front = conversations.current
                conversations.close(chosen)
                if len(model) > 1:
                    model.remove(chosen)
                assert chosen is front or front is conversations.current
            case "rename", (str(old), str(new)):
                conversations.rename(old, new)
        assert model == list(conversations)
        assert conversations.current in model
        # Found by its own place, each is itself: no two have the same.
        assert model == [conversations.find(each.destination) for each in model]
