"""What is typed is asked for, what happens is shown: in front at once, elsewhere counted until one looks."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from client.simulation import Side, SimulatedServer

from chatsimples.client.dialogue.conversations import KEPT, MOST_PRIVATE, Conversations
from chatsimples.client.dialogue.dialogue import Dialogue, Wishes
from chatsimples.client.dialogue.display import Columns, Display
from chatsimples.client.dialogue.memory import Marks
from chatsimples.client.protocol.core import Core
from chatsimples.client.protocol.events import Event
from chatsimples.client.requests.requests import Place
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
        marks: Path,
        rooms: tuple[str, ...] = ("geral",),
        **wishes: Any,
    ) -> None:
        core = Core(nick, rooms)
        self.marks = Marks(marks)
        self.now = 0.0
        self.dialogue = Dialogue(
            core,
            Conversations(list(rooms)),
            "here:1",
            Display(str, columns=Columns(nick_width=0)),
            marks=self.marks,
            wishes=Wishes(**wishes),
            translate=str,
            clock=lambda: self.now,
        )
        self.shown: list[str] = []
        super().__init__(core, server)

    def hear(self, event: Event) -> None:
        self._shown(self.dialogue.heard(event))

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
def marks(tmp_path: Path) -> Path:
    return tmp_path / "marks.json"


@pytest.fixture
def ana(server: SimulatedServer, marks: Path) -> Person:
    return Person("ana", server, marks)


@pytest.fixture
def bia(server: SimulatedServer, marks: Path) -> Person:
    return Person("bia", server, marks)


def test_the_first_lines_tell_where_one_is_and_how_to_go_on(ana: Person) -> None:
    assert [
        "* connected to here:1: you are ana in #geral",
        "* Everything that is said here is recorded, private messages too.",
        "* /ajuda or F1 shows what you can do, /sair leaves",
        "* ana has entered #geral",
    ] == ana.shown


def test_a_text_is_pending_until_it_is_on_record(ana: Person) -> None:
    ana.dialogue.typed("oi")
    (line,) = ana.dialogue.pending(9)
    assert "…" == plain(line)[0]
    assert plain(line).endswith(" ana: oi")
    assert ["ana: oi"] == ana.news()
    assert [] == ana.dialogue.pending(9)


def test_what_is_said_in_another_room_is_counted_and_shown_there(ana: Person, bia: Person) -> None:
    ana.type("/entrar dev")
    bia.type("um")
    bia.type("dois")
    assert [] == ana.news()
    assert [("#geral", 2, 0), ("#dev", 0, 0)] == ana.counts()
    shown = ana.go(1)
    assert "── #geral ── people: 2 ──" == shown[0]
    assert ["bia: um", "bia: dois"] == shown[-2:]
    assert [("#geral", 0, 0), ("#dev", 0, 0)] == ana.counts()


def test_new_messages_begin_with_a_line_that_says_since_when(ana: Person, bia: Person) -> None:
    bia.type("lido")
    ana.news()
    ana.type("/entrar dev")
    bia.type("novo")
    ana.news()
    shown = ana.go(1)
    place = shown.index("bia: lido")
    assert re.fullmatch(r"── new since (\d{4}-\d\d-\d\d )?\d\d:\d\d ──", shown[place + 1])
    assert "bia: novo" == shown[place + 2]


def test_what_names_me_elsewhere_is_shown_at_once_and_rings(ana: Person, bia: Person) -> None:
    ana.type("/entrar dev")
    ana.dialogue.rang = False
    bia.type("viste, ANA?")
    assert ["#geral bia: viste, ANA?"] == ana.news()
    assert ana.dialogue.rang
    assert [("#geral", 1, 1), ("#dev", 0, 0)] == ana.counts()
    assert "dev" == ana.dialogue.current.name


def test_a_part_of_a_word_is_no_mention(ana: Person, bia: Person) -> None:
    bia.type("banana e anabela")
    ana.news()
    assert not ana.dialogue.rang


@pytest.mark.parametrize(("bell", "rings"), [("mentions", False), ("all", True), ("off", False)])
def test_the_bell_is_a_wish(
    server: SimulatedServer, marks: Path, bia: Person, bell: str, rings: bool
) -> None:
    ana = Person("ana", server, marks, bell=bell)
    bia.type("olá")
    ana.news()
    assert rings == ana.dialogue.rang
    ana.dialogue.rang = False
    bia.type("ana?")
    ana.news()
    assert (bell != "off") == ana.dialogue.rang


def test_a_private_message_is_shown_at_once_and_has_a_conversation_of_its_own(
    ana: Person, bia: Person
) -> None:
    bia.type("/msg ana só para ti")
    assert ["[bia → ana] só para ti"] == [line for line in ana.news() if "só" in line]
    assert ana.dialogue.rang
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


def test_a_room_that_can_not_be_entered_goes_away_again(ana: Person) -> None:
    for number in range(31):
        ana.type(f"/entrar r{number}")
    assert "! you can be in at most 32 rooms" == ana.type("/entrar demais")[-1]
    assert "r30" == ana.dialogue.current.name
    assert 32 == len(ana.dialogue.conversations)


def test_a_room_begins_with_what_was_said_before(ana: Person, server: SimulatedServer, marks: Path) -> None:
    for number in range(30):
        ana.type(f"m{number}")
    bia = Person("bia", server, marks)
    said = [line for line in bia.shown if line.startswith("ana: ")]
    assert [f"ana: m{number}" for number in range(10, 30)] == said
    assert "* bia has entered #geral" == bia.shown[-1]
    assert bia.shown.index("ana: m29") < bia.shown.index("* bia has entered #geral")


def test_history_pages_back_to_the_beginning(ana: Person, server: SimulatedServer, marks: Path) -> None:
    for number in range(30):
        ana.type(f"m{number}")
    bia = Person("bia", server, marks, history=5)
    first = bia.type("/historico 20")
    assert [f"ana: m{number}" for number in range(5, 25)] == first[1:-1]
    assert ("── #geral ── earlier ──", "── #geral ── now ──") == (first[0], first[-1])
    second = bia.type("/history 20")
    assert [f"ana: m{number}" for number in range(5)] == second[1:6]
    assert "* nothing was said in #geral before" == second[6]


def test_the_place_where_reading_stopped_is_kept_between_runs(
    ana: Person, server: SimulatedServer, marks: Path
) -> None:
    bia = Person("bia", server, marks)
    ana.type("lido")
    bia.news()
    bia.dialogue.keep_marks()
    bia.marks.save()
    bia.core.bye()
    bia.settle()
    ana.type("novo")
    again = Person("bia", server, marks)
    place = again.shown.index("ana: lido")
    assert again.shown[place + 1].startswith("── new since ")
    assert "ana: novo" == again.shown[place + 2]


def test_with_nothing_new_no_line_says_so(ana: Person, server: SimulatedServer, marks: Path) -> None:
    bia = Person("bia", server, marks)
    ana.type("lido")
    bia.news()
    bia.dialogue.keep_marks()
    bia.marks.save()
    bia.core.bye()
    bia.settle()
    again = Person("bia", server, marks)
    assert "ana: lido" in again.shown
    assert [] == [line for line in again.shown if "new since" in line]


def test_a_cut_loses_nothing_and_comings_and_goings_are_no_news(ana: Person, bia: Person) -> None:
    ana.news()
    bia.cut()
    ana.type("perdeste isto?")
    bia.dialogue.typed("escrito sem rede")
    assert 1 == len(bia.dialogue.pending(9))
    bia.shown.clear()
    bia.connect()
    assert ["* connected again", "ana: perdeste isto?", "bia: escrito sem rede"] == bia.shown


def test_in_large_rooms_only_those_who_spoke_come_and_go_visibly(
    ana: Person, server: SimulatedServer, marks: Path
) -> None:
    others = [Person(f"p{number}", server, marks) for number in range(12)]
    others[0].type("eu falo")
    ana.news()
    others[0].core.bye()
    others[0].settle()
    others[1].core.bye()
    others[1].settle()
    assert ["* p0 has left #geral"] == ana.news()


@pytest.mark.parametrize(("joins", "shown"), [("all", True), ("quiet", True), ("off", False)])
def test_who_comes_and_goes_is_a_wish(server: SimulatedServer, marks: Path, joins: str, shown: bool) -> None:
    ana = Person("ana", server, marks, joins=joins)
    Person("bia", server, marks)
    assert shown == ("* bia has entered #geral" in ana.news())


def test_one_line_after_the_other_is_said(ana: Person) -> None:
    assert ["ana: um", "ana: dois"] == ana.type("um\n\ndois\n")


def test_only_the_first_of_several_lines_is_a_command(ana: Person, bia: Person) -> None:
    ana.type("um\n/sair")
    assert not ana.dialogue.over
    assert ["um", "/sair"] == ana.server.said()
    ana.type("/msg bia um\ndois")
    assert [("bia", "um"), ("bia", "dois")] == [(each.to, each.text) for each in ana.server.records[-2:]]
    with pytest.raises(Refusal):
        ana.type("/sair\num")


def test_if_one_line_can_not_be_said_none_is(ana: Person) -> None:
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


def test_a_refused_text_is_shown(ana: Person) -> None:
    shown = ana.type("/msg ninguem olá")
    assert "! not said: olá (nobody here is called ninguem)" == shown[-1]


def test_a_text_whose_record_does_not_come_is_shown_all_the_same(ana: Person) -> None:
    ana.dialogue.typed("oi")
    sent = json.loads(ana.core.to_send())
    known: dict[str, Any] = {"type": "duplicate", "id": sent["id"], "seq": 9}
    (event,) = ana.core.receive(json.dumps(known).encode() + b"\n")
    assert ["ana: oi"] == [plain(line) for line in ana.dialogue.heard(event)]


def test_a_refusal_is_explained(ana: Person) -> None:
    with pytest.raises(Refusal) as refused:
        ana.type("/nada")
    shown = plain(ana.dialogue.explain(refused.value))
    assert "! there is no command /nada; /ajuda shows what there is" == _TIME.sub("", shown)


def test_people_are_known_with_the_last_speakers_first(
    ana: Person, server: SimulatedServer, marks: Path
) -> None:
    bia = Person("bia", server, marks)
    rui = Person("rui", server, marks)
    ana.now = 1.0
    bia.type("um")
    ana.news()
    ana.now = 2.0
    rui.type("dois")
    ana.news()
    assert ["rui", "bia"] == [nick for nick in ana.dialogue.current.people.nicks() if nick != "ana"]


def test_private_conversations_are_bounded_and_the_silent_ones_go_first(
    ana: Person, server: SimulatedServer, marks: Path
) -> None:
    for number in range(MOST_PRIVATE + 3):
        somebody = Person(f"p{number}", server, marks, joins="off")
        somebody.type("/msg ana olá")
        somebody.core.bye()
        somebody.settle()
    ana.news()
    names = [each.title for each in ana.dialogue.conversations]
    assert ["#geral", *(f"p{number}" for number in range(3, MOST_PRIVATE + 3))] == names


def test_many_texts_on_their_way_are_not_all_drawn(ana: Person) -> None:
    ana.dialogue.typed("\n".join(map(str, range(1_000))))
    assert ["ana: 0", "ana: 1"] == [plain(line).lstrip("… ") for line in ana.dialogue.pending(2)]


def test_a_room_one_is_not_in_can_not_be_left(ana: Person) -> None:
    with pytest.raises(Refusal, match="not_in_room"):
        ana.type("/deixar dev")


def test_leaving_a_room_that_is_not_in_front_is_told(ana: Person) -> None:
    ana.type("/entrar dev")
    assert ["* ana has left #geral"] == ana.type("/deixar geral")


def test_a_private_text_waits_for_whoever_is_slower_to_come_back(
    ana: Person, server: SimulatedServer, marks: Path
) -> None:
    bia = Person("bia", server, marks)
    ana.now = 100.0
    bia.cut()
    ana.cut()
    ana.dialogue.typed("/msg bia um")
    ana.shown.clear()
    ana.connect()
    assert "* connected again" == ana.shown[0]
    assert [] == [line for line in ana.shown if "not said" in line]
    assert 1 == len(ana.dialogue.pending(9))
    bia.connect()
    ana.dialogue.say_again()
    ana.settle()
    assert "[ana → bia] um" == ana.shown[-1]
    assert [] == ana.dialogue.pending(9)
    bia.cut()
    ana.now += 60.0
    assert "! not said: dois (nobody here is called bia)" == ana.type("/msg bia dois")[-1]


def test_ones_own_words_are_not_new(ana: Person, server: SimulatedServer, marks: Path) -> None:
    ana.type("lido")
    ana.dialogue.keep_marks()
    ana.marks.save()
    ana.type("isto disse eu")
    ana.core.bye()
    ana.settle()
    again = Person("ana", server, marks)
    assert [] == [line for line in again.shown if "new since" in line]


def test_what_is_not_kept_any_more_can_be_paged_back_to(server: SimulatedServer, marks: Path) -> None:
    ana = Person("ana", server, marks, rooms=("geral", "dev"))
    bia = Person("bia", server, marks, rooms=("dev",))
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


def test_a_room_behind_keeps_the_newest_of_a_long_history(server: SimulatedServer, marks: Path) -> None:
    bia = Person("bia", server, marks, rooms=("dev",))
    for number in range(KEPT + 100):
        bia.type(f"m{number}")
    ana = Person("ana", server, marks, rooms=("geral", "dev"), history=1_000)
    assert f"bia: m{KEPT + 99}" in ana.go(2)


def test_after_a_gap_nothing_of_the_other_log_is_shown(marks: Path) -> None:
    old, new = SimulatedServer(), SimulatedServer(log="01KAQ3J5X5W9K3T0V2N8R7C4M7")
    ana = Person("ana", old, marks, rooms=("geral", "dev"))
    bia = Person("bia", old, marks, rooms=("dev",))
    bia.type("velho")
    ana.news()
    ana.cut()
    ana.server = new
    ana.connect()
    bia = Person("bia", new, marks, rooms=("dev",))
    bia.type("novo")
    ana.news()
    shown = ana.go(2)
    assert "bia: novo" in shown
    assert [] == [line for line in shown if "velho" in line]


def test_a_mark_of_what_was_not_said_yet_is_none(ana: Person, server: SimulatedServer, marks: Path) -> None:
    for number in range(30):
        ana.type(f"m{number}")
    poisoned = Marks(marks)
    poisoned.put(ana.core.position.log, "bia", "geral", (1 << 63) - 1, "2026-11-22T15:04:05.000000Z")
    poisoned.save()
    bia = Person("bia", server, marks)
    assert [f"ana: m{number}" for number in range(10, 30)] == [
        line for line in bia.shown if line.startswith("ana: ")
    ]


def test_a_room_whose_name_no_server_should_let_pass_is_shown_escaped(ana: Person) -> None:
    ana.dialogue.conversations.show(ana.dialogue.conversations.open(Place(room="e\x07\n\u202e")))
    ana.dialogue.typed("/historico")
    asked = json.loads(ana.core.to_send())
    end = {"type": "history_end", "room": "e", "complete": True, "id": asked["id"]}
    (event,) = ana.core.receive(json.dumps(end).encode() + b"\n")
    assert ["* nothing was said in #e\\x07\\n\\u202e before"] == [
        _TIME.sub("", plain(line)) for line in ana.dialogue.heard(event)
    ]


def test_what_waits_for_somebody_is_said_before_what_is_typed_next(ana: Person, bia: Person) -> None:
    bia.cut()
    ana.cut()
    ana.dialogue.typed("/msg bia um")
    ana.connect()
    bia.connect()
    ana.type("/msg bia dois")
    assert ["um", "dois"] == ana.server.said()


def test_a_gap_is_told_where_no_messages_from_before_are_wanted(marks: Path) -> None:
    ana = Person("ana", SimulatedServer(), marks, history=0)
    ana.cut()
    ana.server = SimulatedServer(log="01KAQ3J5X5W9K3T0V2N8R7C4M7")
    ana.shown.clear()
    ana.connect()
    assert any("what was said meanwhile can't be shown here" in line for line in ana.shown)
