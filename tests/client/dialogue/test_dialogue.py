"""Typed lines are sent, and records shown: in front at once, elsewhere counted until one looks."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from client.simulation import Side, SimulatedServer
from client.unset import COLUMNS, PREFERENCES

from chatsimples.chat.records import Record
from chatsimples.client.dialogue.conversations import KEPT, MOST_PRIVATE, Conversations
from chatsimples.client.dialogue.dialogue import Dialogue
from chatsimples.client.protocol.core import Core
from chatsimples.client.protocol.events import Event, RecordReceived
from chatsimples.client.protocol.replies import ServerLimits
from chatsimples.client.rendering.renderer import Columns, Renderer
from chatsimples.client.requests.request import Destination
from chatsimples.client.storage.read_markers import ReadMarkers
from chatsimples.errors import Refusal
from chatsimples.screen.styled_text import plain

_TIME = re.compile(r"^\d\d:\d\d ")
_DAY = re.compile(r"── \w+day, \w+ \d+, \d{4} ──")


class Person(Side):
    """A person at a simulated server."""

    def __init__(
        self,
        nick: str,
        server: SimulatedServer,
        path: Path,
        rooms: tuple[str, ...] = ("geral",),
        **preferences: Any,
    ) -> None:
        core = Core(nick, rooms)
        self.markers = ReadMarkers(path)
        self.now = 0.0
        self.dialogue = Dialogue(
            core,
            Conversations(list(rooms)),
            "here:1",
            Renderer(str, columns=Columns(COLUMNS.times, 0)),
            markers=self.markers,
            preferences=msgspec.structs.replace(PREFERENCES, **preferences),
            translate=str,
            clock=lambda: self.now,
        )
        self.shown: list[str] = []
        super().__init__(core, server)

    def hear(self, event: Event) -> None:
        self._shown(self.dialogue.received(event))

    def _shown(self, lines: list[Any]) -> None:
        texts = [_TIME.sub("", plain(line)).strip() for line in lines]
        self.shown += [text for text in texts if not _DAY.fullmatch(text)]

    def type(self, text: str) -> list[str]:
        """Type, and give what is shown then."""
        self.shown.clear()
        self._shown(self.dialogue.typed(text))
        self.settle()
        return list(self.shown)

    def go(self, number: int) -> list[str]:
        """Look at a conversation, and give what is shown then."""
        self.shown.clear()
        self._shown(self.dialogue.show(self.dialogue.conversations.number(number)))
        self.settle()
        return list(self.shown)

    def news(self) -> list[str]:
        """Give what is shown that nothing typed has led to."""
        self.shown.clear()
        self.settle()
        return list(self.shown)

    def counts(self) -> list[tuple[str, int, int]]:
        return [(each.title, each.unread, each.mentions) for each in self.dialogue.conversations]


@pytest.fixture
def server() -> SimulatedServer:
    return SimulatedServer()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "marks.json"


@pytest.fixture
def ana(server: SimulatedServer, path: Path) -> Person:
    return Person("ana", server, path)


@pytest.fixture
def bia(server: SimulatedServer, path: Path) -> Person:
    return Person("bia", server, path)


def test_the_first_lines_say_where_one_is_and_how_to_go_on(ana: Person) -> None:
    assert [
        "* connected to here:1: you are ana in #geral",
        "* Everything that is said here is recorded, private messages too.",
        "* /ajuda or F1 shows what you can do, /sair leaves",
        "* ana has entered #geral",
    ] == ana.shown


def test_a_text_is_pending_until_it_is_on_record(ana: Person) -> None:
    ana.dialogue.typed("oi")
    (line,) = ana.dialogue.unconfirmed_lines(9)
    assert "…" == plain(line)[0]
    assert plain(line).endswith(" ana: oi")
    assert ["ana: oi"] == ana.news()
    assert [] == ana.dialogue.unconfirmed_lines(9)


def test_messages_in_another_room_are_counted_and_shown_there(ana: Person, bia: Person) -> None:
    ana.type("/entrar dev")
    bia.type("um")
    bia.type("dois")
    assert [] == ana.news()
    assert [("#geral", 2, 0), ("#dev", 0, 0)] == ana.counts()
    shown = ana.go(1)
    assert "── #geral ── people: 2 ──" == shown[0]
    assert ["bia: um", "bia: dois"] == shown[-2:]
    assert [("#geral", 0, 0), ("#dev", 0, 0)] == ana.counts()


def test_unread_messages_begin_with_a_line_that_says_since_when(ana: Person, bia: Person) -> None:
    bia.type("lido")
    ana.news()
    ana.type("/entrar dev")
    bia.type("novo")
    ana.news()
    shown = ana.go(1)
    place = shown.index("bia: lido")
    assert re.fullmatch(r"── new since (\d{4}-\d\d-\d\d )?\d\d:\d\d ──", shown[place + 1])
    assert "bia: novo" == shown[place + 2]


def test_a_mention_elsewhere_is_shown_at_once_and_rings(ana: Person, bia: Person) -> None:
    ana.type("/entrar dev")
    ana.dialogue.take_bell()
    bia.type("viste, ANA?")
    assert ["#geral bia: viste, ANA?"] == ana.news()
    assert ana.dialogue.take_bell()
    assert [("#geral", 1, 1), ("#dev", 0, 0)] == ana.counts()
    assert "dev" == ana.dialogue.current.name


def test_a_part_of_a_word_is_no_mention(ana: Person, bia: Person) -> None:
    bia.type("banana e anabela")
    ana.news()
    assert not ana.dialogue.take_bell()


@pytest.mark.parametrize(("bell", "rings"), [("mentions", False), ("all", True), ("off", False)])
def test_the_bell_follows_the_preference(
    server: SimulatedServer, path: Path, bia: Person, bell: str, rings: bool
) -> None:
    ana = Person("ana", server, path, bell=bell)
    bia.type("olá")
    ana.news()
    assert rings == ana.dialogue.take_bell()
    ana.dialogue.take_bell()
    bia.type("ana?")
    ana.news()
    assert (bell != "off") == ana.dialogue.take_bell()


def test_a_private_message_is_shown_at_once_and_opens_a_conversation(ana: Person, bia: Person) -> None:
    bia.type("/msg ana só para ti")
    assert ["[bia → ana] só para ti"] == [line for line in ana.news() if "só" in line]
    assert ana.dialogue.take_bell()
    assert [("#geral", 0, 0), ("bia", 1, 1)] == ana.counts()
    assert "bia: só para ti" == ana.go(2)[-1]
    assert ["ana: percebido"] == ana.type("percebido")
    assert ("ana", "bia") == (ana.server.records[-1].nick, ana.server.records[-1].to)
    assert ["[ana → bia] percebido"] == bia.news()


def test_a_conversation_is_opened_by_name_and_closed(ana: Person, bia: Person) -> None:
    ana.type("/conversa bia")
    assert ["ana: olá"] == ana.type("olá")
    assert "bia" == ana.server.records[-1].to
    ana.type("/deixar")
    assert [("#geral", 0, 0)] == ana.counts()
    assert "geral" == ana.dialogue.current.name


def test_a_private_conversation_follows_a_change_of_nick(ana: Person, bia: Person) -> None:
    ana.type("/conversa bia")
    bia.type("/apelido beatriz")
    ana.news()
    ana.type("ainda tu?")
    assert "beatriz" == ana.server.records[-1].to


def test_a_room_is_left_and_the_one_before_it_comes_back(ana: Person) -> None:
    ana.type("/entrar dev")
    ana.type("/deixar")
    assert [("#geral", 0, 0)] == ana.counts()
    with pytest.raises(Refusal, match="bad_request"):
        ana.type("/deixar")


def test_entering_a_room_makes_it_the_current_one_at_once(ana: Person) -> None:
    ana.dialogue.typed("/entrar #dev")
    ana.dialogue.typed("em dev")
    ana.settle()
    assert ("dev", "em dev") == (ana.server.records[-1].room, ana.server.records[-1].text)


def test_a_room_that_can_not_be_entered_is_closed_again(ana: Person) -> None:
    for number in range(31):
        ana.type(f"/entrar r{number}")
    assert "! you can be in at most 32 rooms" == ana.type("/entrar demais")[-1]
    assert "r30" == ana.dialogue.current.name
    assert 32 == len(ana.dialogue.conversations)


def test_a_room_begins_with_messages_from_before(ana: Person, server: SimulatedServer, path: Path) -> None:
    for number in range(30):
        ana.type(f"m{number}")
    bia = Person("bia", server, path)
    said = [line for line in bia.shown if line.startswith("ana: ")]
    assert [f"ana: m{number}" for number in range(10, 30)] == said
    assert "* bia has entered #geral" == bia.shown[-1]
    assert bia.shown.index("ana: m29") < bia.shown.index("* bia has entered #geral")


def test_history_pages_back_to_the_beginning(ana: Person, server: SimulatedServer, path: Path) -> None:
    for number in range(30):
        ana.type(f"m{number}")
    bia = Person("bia", server, path, history=5)
    first = bia.type("/historico 20")
    assert [f"ana: m{number}" for number in range(5, 25)] == first[1:-1]
    assert ("── #geral ── earlier ──", "── #geral ── now ──") == (first[0], first[-1])
    second = bia.type("/history 20")
    assert [f"ana: m{number}" for number in range(5)] == second[1:6]
    assert "* nothing was said in #geral before" == second[6]


def test_history_goes_to_a_day_and_pages_back_from_there(
    ana: Person, server: SimulatedServer, path: Path
) -> None:
    for number in range(30):
        ana.type(f"m{number}")
    bia = Person("bia", server, path, history=5)
    day = datetime.fromisoformat(server.records[-1].at).astimezone().date()
    shown = bia.type(f"/historico {day}")
    assert [f"ana: m{number}" for number in range(20)] == shown[1:-1]
    assert ("── #geral ── earlier ──", "── #geral ── now ──") == (shown[0], shown[-1])
    assert ["* nothing was said in #geral before"] == bia.type("/historico 20")
    assert ["* nothing was said there since then"] == bia.type(f"/history {day + timedelta(days=2)}")


def test_the_read_marker_is_kept_between_runs(ana: Person, server: SimulatedServer, path: Path) -> None:
    bia = Person("bia", server, path)
    ana.type("lido")
    bia.news()
    bia.dialogue.keep_markers()
    bia.markers.save()
    bia.core.bye()
    bia.settle()
    ana.type("novo")
    again = Person("bia", server, path)
    place = again.shown.index("ana: lido")
    assert again.shown[place + 1].startswith("── new since ")
    assert "ana: novo" == again.shown[place + 2]


def test_without_unread_messages_no_line_says_so(ana: Person, server: SimulatedServer, path: Path) -> None:
    bia = Person("bia", server, path)
    ana.type("lido")
    bia.news()
    bia.dialogue.keep_markers()
    bia.markers.save()
    bia.core.bye()
    bia.settle()
    again = Person("bia", server, path)
    assert "ana: lido" in again.shown
    assert [] == [line for line in again.shown if "new since" in line]


def test_a_cut_loses_nothing_and_its_joins_and_leaves_are_no_news(ana: Person, bia: Person) -> None:
    ana.news()
    bia.cut()
    ana.type("perdeste isto?")
    bia.dialogue.typed("escrito sem rede")
    assert 1 == len(bia.dialogue.unconfirmed_lines(9))
    bia.shown.clear()
    bia.connect()
    assert ["* connected again", "ana: perdeste isto?", "bia: escrito sem rede"] == bia.shown


def test_in_large_rooms_only_leaves_of_those_who_spoke_are_shown(
    ana: Person, server: SimulatedServer, path: Path
) -> None:
    others = [Person(f"p{number}", server, path) for number in range(12)]
    others[0].type("eu falo")
    ana.news()
    others[0].core.bye()
    others[0].settle()
    others[1].core.bye()
    others[1].settle()
    assert ["* p0 has left #geral"] == ana.news()


@pytest.mark.parametrize(("joins", "shown"), [("all", True), ("quiet", True), ("off", False)])
def test_joins_follow_the_preference(server: SimulatedServer, path: Path, joins: str, shown: bool) -> None:
    ana = Person("ana", server, path, joins=joins)
    Person("bia", server, path)
    assert shown == ("* bia has entered #geral" in ana.news())


def test_several_lines_are_said_one_after_the_other(ana: Person) -> None:
    assert ["ana: um", "ana: dois"] == ana.type("um\n\ndois\n")


def test_only_the_first_of_several_lines_is_a_command(ana: Person, bia: Person) -> None:
    ana.type("um\n/sair")
    assert not ana.dialogue.over
    assert ["um", "/sair"] == ana.server.said()
    ana.type("/msg bia um\ndois")
    assert [("bia", "um"), ("bia", "dois")] == [(each.to, each.text) for each in ana.server.records[-2:]]
    with pytest.raises(Refusal):
        ana.type("/sair\num")


def test_if_one_line_is_refused_none_is_said(ana: Person) -> None:
    with pytest.raises(Refusal):
        ana.type("um\nd\x1bois\ntrês")
    assert [] == ana.server.said()


def test_questions_are_answered(ana: Person, bia: Person) -> None:
    ana.news()
    assert ["* #geral (2): ana, bia"] == ana.type("/quem")
    assert ["* rooms: #geral (2)"] == ana.type("/salas")
    assert ["* #dev (0): nobody"] == ana.type("/quem dev")
    assert ["* you are now eva"] == ana.type("/apelido eva")


def test_the_help_is_one_screen(ana: Person) -> None:
    assert len(ana.type("/ajuda")) <= 22
    assert len(ana.type("/help rooms")) <= 22


def test_a_refused_text_is_shown(ana: Person) -> None:
    shown = ana.type("/msg ninguem olá")
    assert "! not said: olá (nobody here is called ninguem)" == shown[-1]


def test_a_text_whose_record_does_not_come_is_shown_too(ana: Person) -> None:
    ana.dialogue.typed("oi")
    sent = json.loads(ana.core.data_to_send())
    known: dict[str, Any] = {"type": "duplicate", "id": sent["id"], "seq": 9}
    (event,) = ana.core.receive_data(json.dumps(known).encode() + b"\n")
    assert ["ana: oi"] == [plain(line) for line in ana.dialogue.received(event)]


def test_a_refusal_is_explained(ana: Person) -> None:
    with pytest.raises(Refusal) as refused:
        ana.type("/nada")
    shown = plain(ana.dialogue.explain(refused.value))
    assert "! there is no command /nada; /ajuda shows what there is" == _TIME.sub("", shown)


def test_people_are_known_with_the_last_speakers_first(
    ana: Person, server: SimulatedServer, path: Path
) -> None:
    bia = Person("bia", server, path)
    rui = Person("rui", server, path)
    ana.now = 1.0
    bia.type("um")
    ana.news()
    ana.now = 2.0
    rui.type("dois")
    ana.news()
    assert ["rui", "bia"] == [nick for nick in ana.dialogue.current.people.nicks() if nick != "ana"]


def test_private_conversations_are_bounded_and_the_silent_ones_go_first(
    ana: Person, server: SimulatedServer, path: Path
) -> None:
    for number in range(MOST_PRIVATE + 3):
        somebody = Person(f"p{number}", server, path, joins="off")
        somebody.type("/msg ana olá")
        somebody.core.bye()
        somebody.settle()
    ana.news()
    names = [each.title for each in ana.dialogue.conversations]
    assert ["#geral", *(f"p{number}" for number in range(3, MOST_PRIVATE + 3))] == names


def test_only_the_first_unconfirmed_texts_are_shown(ana: Person) -> None:
    ana.dialogue.typed("\n".join(map(str, range(1_000))))
    assert ["ana: 0", "ana: 1"] == [plain(line).lstrip("… ") for line in ana.dialogue.unconfirmed_lines(2)]


def test_a_room_one_is_not_in_can_not_be_left(ana: Person) -> None:
    with pytest.raises(Refusal, match="not_in_room"):
        ana.type("/deixar dev")


def test_leaving_a_room_that_is_not_in_front_is_shown(ana: Person) -> None:
    ana.type("/entrar dev")
    assert ["* ana has left #geral"] == ana.type("/deixar geral")


def test_a_private_text_waits_for_an_addressee_who_is_slower_to_return(
    ana: Person, server: SimulatedServer, path: Path
) -> None:
    bia = Person("bia", server, path)
    ana.now = 100.0
    bia.cut()
    ana.cut()
    ana.dialogue.typed("/msg bia um")
    ana.shown.clear()
    ana.connect()
    assert "* connected again" == ana.shown[0]
    assert [] == [line for line in ana.shown if "not said" in line]
    assert 1 == len(ana.dialogue.unconfirmed_lines(9))
    bia.connect()
    ana.dialogue.send_postponed()
    ana.settle()
    assert "[ana → bia] um" == ana.shown[-1]
    assert [] == ana.dialogue.unconfirmed_lines(9)
    bia.cut()
    ana.now += 60.0
    assert "! not said: dois (nobody here is called bia)" == ana.type("/msg bia dois")[-1]


def test_ones_own_messages_are_never_unread(ana: Person, server: SimulatedServer, path: Path) -> None:
    ana.type("lido")
    ana.dialogue.keep_markers()
    ana.markers.save()
    ana.type("isto disse eu")
    ana.core.bye()
    ana.settle()
    again = Person("ana", server, path)
    assert [] == [line for line in again.shown if "new since" in line]


def test_messages_that_are_not_kept_can_be_paged_back_to(server: SimulatedServer, path: Path) -> None:
    ana = Person("ana", server, path, rooms=("geral", "dev"))
    bia = Person("bia", server, path, rooms=("dev",))
    ana.news()
    for number in range(KEPT + 30):
        bia.type(f"m{number}")
        ana.news()
    shown = ana.go(2)
    assert f"bia: m{KEPT + 29}" == shown[-1]
    assert any("not shown here: 3" in line for line in shown)
    earlier = ana.type("/historico 100")
    said = [line for line in earlier if line.startswith("bia: ")]
    first = int(next(line for line in shown if line.startswith("bia: ")).removeprefix("bia: m"))
    assert [f"bia: m{number}" for number in range(first)] == said


def test_a_room_in_the_background_keeps_the_newest_of_a_long_history(
    server: SimulatedServer, path: Path
) -> None:
    bia = Person("bia", server, path, rooms=("dev",))
    for number in range(KEPT + 100):
        bia.type(f"m{number}")
    ana = Person("ana", server, path, rooms=("geral", "dev"), history=1_000)
    assert f"bia: m{KEPT + 99}" in ana.go(2)


def test_after_a_gap_nothing_of_the_other_log_is_shown(path: Path) -> None:
    old, new = SimulatedServer(), SimulatedServer(log="01KAQ3J5X5W9K3T0V2N8R7C4M7")
    ana = Person("ana", old, path, rooms=("geral", "dev"))
    bia = Person("bia", old, path, rooms=("dev",))
    bia.type("velho")
    ana.news()
    ana.cut()
    ana.server = new
    ana.connect()
    bia = Person("bia", new, path, rooms=("dev",))
    bia.type("novo")
    ana.news()
    shown = ana.go(2)
    assert "bia: novo" in shown
    assert [] == [line for line in shown if "velho" in line]


def test_a_read_marker_beyond_the_log_is_ignored(ana: Person, server: SimulatedServer, path: Path) -> None:
    for number in range(30):
        ana.type(f"m{number}")
    poisoned = ReadMarkers(path)
    assert ana.core.position is not None
    poisoned.put(ana.core.position.log, "bia", "geral", (1 << 63) - 1, "2026-11-22T15:04:05.000000Z")
    poisoned.save()
    bia = Person("bia", server, path)
    assert [f"ana: m{number}" for number in range(10, 30)] == [
        line for line in bia.shown if line.startswith("ana: ")
    ]


def test_a_room_with_a_forbidden_name_is_shown_escaped(ana: Person) -> None:
    room = ana.dialogue.conversations.open(Destination(room="e\x07\n\u202e"))
    room.begun = True
    ana.dialogue.conversations.show(room)
    ana.dialogue.typed("/historico")
    asked = json.loads(ana.core.data_to_send())
    end = {"type": "history_end", "room": "e", "complete": True, "id": asked["id"]}
    (event,) = ana.core.receive_data(json.dumps(end).encode() + b"\n")
    assert ["* nothing was said in #e\\x07\\n\\u202e before"] == [
        _TIME.sub("", plain(line)) for line in ana.dialogue.received(event)
    ]


def test_postponed_texts_are_said_before_the_next_typed_one(ana: Person, bia: Person) -> None:
    bia.cut()
    ana.cut()
    ana.dialogue.typed("/msg bia um")
    ana.connect()
    bia.connect()
    ana.type("/msg bia dois")
    assert ["um", "dois"] == ana.server.said()


def test_a_gap_is_shown_where_no_messages_from_before_are_wanted(path: Path) -> None:
    ana = Person("ana", SimulatedServer(), path, history=0)
    ana.cut()
    ana.server = SimulatedServer(log="01KAQ3J5X5W9K3T0V2N8R7C4M7")
    ana.shown.clear()
    ana.connect()
    assert any("what was said meanwhile can't be shown here" in line for line in ana.shown)


def test_a_change_of_nick_in_two_shared_rooms_is_one_line(server: SimulatedServer, path: Path) -> None:
    ana = Person("ana", server, path, rooms=("geral", "dev"))
    bia = Person("bia", server, path, rooms=("geral", "dev"))
    ana.news()
    bia.type("/apelido eva")
    assert ["* bia is now eva"] == ana.news()
    # In the other room it is part of the conversation, once.
    assert 1 == ana.go(2).count("* bia is now eva")


def test_ones_own_new_nick_is_shown_once_whatever_is_in_front(server: SimulatedServer, path: Path) -> None:
    ana = Person("ana", server, path, rooms=("geral", "dev"))
    assert ["* you are now eva"] == ana.type("/apelido eva")
    ana.type("/conversa bia")
    assert ["* you are now ana"] == ana.type("/apelido ana")


def test_a_new_nick_is_shown_in_the_private_conversation_with_that_person(
    server: SimulatedServer, path: Path
) -> None:
    ana = Person("ana", server, path, rooms=("geral", "dev"))
    bia = Person("bia", server, path, rooms=("geral", "dev"))
    rui = Person("rui", server, path)
    ana.type("/conversa bia")
    bia.type("/apelido eva")
    rui.type("/apelido rute")
    assert ["* bia is now eva"] == ana.news()


def test_a_quit_from_two_shared_rooms_is_one_line(server: SimulatedServer, path: Path) -> None:
    ana = Person("ana", server, path, rooms=("geral", "dev"))
    bia = Person("bia", server, path, rooms=("geral", "dev"))
    ana.news()
    bia.core.bye()
    bia.settle()
    assert ["* bia has left #geral"] == ana.news()


@pytest.mark.parametrize("kind", ["hello", "bye"])
def test_the_arrival_and_the_end_of_a_connection_are_not_shown(ana: Person, kind: str) -> None:
    record = Record(99, "2026-11-22T15:04:05.000000Z", kind, 1, "ana")
    event = RecordReceived(record, own=True, past=False, command=None)
    assert [] == ana.dialogue.received(event)


def test_a_text_beyond_the_servers_limit_is_refused_before_it_is_sent(ana: Person) -> None:
    ana.core.limits = ServerLimits(max_text=10)
    with pytest.raises(Refusal, match="text_too_long") as refused:
        ana.dialogue.typed("demasiado longo")
    assert "a text has at most 10 bytes; this one has 15" in plain(ana.dialogue.explain(refused.value))
    assert b"" == ana.core.data_to_send()
    assert ["ana: curto"] == ana.type("curto")
