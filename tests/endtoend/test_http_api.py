"""The HTTP API: the same chat for programs that make requests."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import quote

import pytest
from support.accounts import make_account
from support.api import Answer, ApiClient, make_token
from support.clients import Clients
from support.server import Server, run_command

SERVER_OPTIONS = ("--message-rate", "0", "--max-line", "30000")
LONG_TEXT = json.dumps({"text": 5_000 * "x"})


@pytest.fixture(scope="module")
def token(server: Server) -> str:
    make_account(server.logs, "alerta")
    return make_token(server.logs, "alerta")


@pytest.fixture
def clients() -> Iterator[Clients]:
    # Callers stay in their rooms.
    opener = Clients(may_look=False)
    yield opener
    opener.close()


@pytest.fixture
def robot(server: Server, token: str) -> ApiClient:
    return ApiClient.owner(server, token)


@pytest.fixture
def rui(server: Server) -> ApiClient:
    return ApiClient.guest(server, "rui")


# Saying.


def test_what_a_program_says_is_heard_and_stands_on_record(
    server: Server, clients: Clients, robot: ApiClient
) -> None:
    ana = clients.json(server, "ana")
    answer = robot.say("olá, ação 🙂", "chave-1")
    assert 201 == answer.status
    heard = ana.expect(type="message", nick="alerta")
    assert ("olá, ação 🙂", "chave-1") == (heard["text"], heard["id"])
    assert {"log": ana.welcome["log"], "seq": heard["seq"], "time": heard["at"]} == answer.json


def test_the_same_key_says_nothing_twice(robot: ApiClient, server: Server) -> None:
    first, second = robot.say("uma vez", "k"), robot.say("uma vez", "k")
    assert (201, 200) == (first.status, second.status)
    assert first.json == second.json
    assert 1 == len(server.transcript.having(type="message", id="k"))


def test_who_asks_at_the_same_time_with_one_key_gets_one_message(robot: ApiClient, server: Server) -> None:
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda: answers.append(robot.say("juntos", "j").json["seq"]))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 6 == len(answers)
    assert 1 == len(set(answers))


def test_a_caller_joins_once_and_not_for_each_message(robot: ApiClient, server: Server) -> None:
    for number in range(3):
        assert 201 == robot.say(f"{number}", room="uma-sala").status
    assert 1 == len(server.transcript.having(type="join", room="uma-sala"))


def test_a_guest_says_how_to_call_them(rui: ApiClient, server: Server) -> None:
    assert 201 == rui.say("oi").status
    assert 201 == ApiClient.guest(server, "josé").say("oi").status
    assert 201 == ApiClient(server, X_Nick="joão".encode().decode("latin-1")).say("oi").status
    said = {each.said["nick"] for each in server.transcript.having(type="message", text="oi")}
    assert {"rui", "josé", "joão"} <= said


def test_an_account_that_is_here_already_has_a_second_name(server: Server, clients: Clients) -> None:
    make_account(server.logs, "bia")
    token = make_token(server.logs, "bia")
    bia = clients.json(server)
    bia.ask("hello", token=token)
    bia.expect(type="welcome")
    robot = ApiClient.owner(server, token)
    assert 201 == robot.say("do programa").status
    assert "bia.api" == bia.expect(type="message", text="do programa")["nick"]


# Reading.


def test_records_are_the_transcripts_lines_a_page_at_a_time(server: Server, rui: ApiClient) -> None:
    for number in range(7):
        rui.say(f"frase {number}", room="leitura")
    lines = [each.said for each in server.transcript.having(type="message", room="leitura")]
    read, target, pages = [], "/api/rooms/leitura/records?after=0&limit=3", 0
    while target:
        page = rui.get(target)
        assert (200, "application/jsonl") == (page.status, page.headers["content-type"])
        read += page.records
        found = re.search(r'<([^>]*)>; rel="next"', page.headers.get("link", ""))
        target, pages = found[1] if found else "", pages + 1
    assert lines == read
    assert 3 <= pages
    back = rui.get(f"/api/rooms/leitura/records?before={lines[-1]['seq']}&limit=2")
    assert lines[4:6] == back.records
    assert 'rel="prev"' in back.headers["link"]
    at = rui.get(f"/api/rooms/leitura/records?at={quote(lines[5]['at'])}")
    assert lines[5:] == at.records
    everything = rui.get("/api/rooms/leitura/records?after=0&all=true").records
    assert "join" == everything[0]["type"]
    assert lines == everything[1:]


def test_members_and_rooms_are_listed(server: Server, rui: ApiClient, robot: ApiClient) -> None:
    rui.say("oi", room="lista")
    robot.say("oi", room="lista")
    assert {"room": "lista", "members": ["alerta", "rui"], "count": 2} == rui.get(
        "/api/rooms/lista/members"
    ).json
    part = rui.get("/api/rooms/lista/members?limit=1").json
    assert (["alerta"], "alerta") == (part["members"], part["next"])
    assert ["rui"] == rui.get("/api/rooms/lista/members?after=alerta").json["members"]
    assert {"room": "lista", "members": 2} in rui.get("/api/rooms").json["rooms"]


def test_health_needs_nobody_and_leaves_no_record(server: Server) -> None:
    before = server.transcript.last_seq
    client = ApiClient(server)
    for path in ("/healthz", "/api/health", "/healthz"):
        answer = client.get(path)
        assert (200, {"status": "ok"}) == (answer.status, answer.json)
    assert before == server.transcript.last_seq


# Following.


def test_a_stream_is_the_rooms_records_and_goes_on_after_a_cut(server: Server, rui: ApiClient) -> None:
    with closing(rui.follow("ao-vivo")) as stream:
        seqs = [rui.say(f"a{number}", room="ao-vivo").json["seq"] for number in range(3)]
        got = [stream.expect(type="message")["seq"] for _ in seqs]
    assert seqs == got
    seqs = [rui.say(f"b{number}", room="ao-vivo").json["seq"] for number in range(3)]
    with closing(rui.follow("ao-vivo", stream.last_id)) as stream:
        assert stream.resumed
        got = [stream.expect(type="message")["seq"] for _ in seqs]
    assert seqs == got


def test_a_stream_begins_with_what_is_in_no_memory_any_more(server: Server, rui: ApiClient) -> None:
    first = rui.say("primeira", room="longa").json
    for number in range(60):
        rui.say(f"{number} " + 4_000 * "x", room="longa")
    with closing(rui.follow("longa", f"{first['log']}/{first['seq'] - 1}")) as stream:
        got = [json.loads(stream.next())["text"].partition(" ")[0] for _ in range(61)]
    assert ["primeira", *(f"{number}" for number in range(60))] == got


def test_a_position_of_another_log_is_told_to_be_none(rui: ApiClient) -> None:
    with closing(rui.follow("geral", "01M8MJ8GY9X404EXSKYNBXBNGX/3")) as stream:
        assert not stream.resumed
        seq = rui.say("agora").json["seq"]
        assert seq == stream.expect(type="message")["seq"]


def test_who_reads_slowly_holds_up_nobody_and_misses_nothing(server: Server, rui: ApiClient) -> None:
    with closing(rui.follow("cheia", receive_buffer=4_096)) as slow, closing(rui.follow("cheia")) as quick:
        texts = [f"{number:03} " + 4_000 * "y" for number in range(150)]
        for text in texts:
            rui.say(text, room="cheia")
            assert text == quick.expect(type="message")["text"]
        assert texts == [slow.expect(type="message")["text"] for _ in texts]


# Hooks.


def test_a_hook_says_what_is_posted_as_json_or_as_a_form(
    server: Server, clients: Clients, token: str
) -> None:
    ana = clients.json(server, "ana")
    client = ApiClient(server)
    body = '{"text": "Deploy <https://ci.example/7|#7> falhou &amp; parou\\n\\nlinha dois", "username": "CI"}'
    answer = client.request("POST", f"/hooks/{token}", body, Content_Type="application/json")
    assert (200, b"ok") == (answer.status, answer.body)
    said = [ana.expect(type="message", nick="alerta")["text"] for _ in range(2)]
    assert ["Deploy #7 (https://ci.example/7) falhou & parou", "linha dois"] == said
    form = "payload=" + quote('{"attachments":[{"fallback":"disco cheio"}],"channel":"#geral"}')
    answer = client.request("POST", f"/hooks/{token}", form, Content_Type="application/x-www-form-urlencoded")
    assert (200, b"ok") == (answer.status, answer.body)
    ana.expect(type="message", nick="alerta", text="disco cheio")


def test_a_token_stands_in_no_log(server: Server, token: str) -> None:
    client = ApiClient(server)
    client.request("POST", f"/hooks/{token}", "{", Content_Type="application/json")
    client.request("POST", "/hooks/cst_errado", '{"text":"x"}', Content_Type="application/json")
    logged = b"".join(path.read_bytes() for path in server.logs.iterdir() if path.suffix == ".jsonl")
    assert token.encode() not in logged
    assert b"cst_errado" not in logged
    assert token not in server.stderr


# What is refused.


@pytest.mark.parametrize(
    ("method", "target", "body", "headers", "expected"),
    [
        ("GET", "/api/rooms", None, {}, (401, "login_required")),
        ("GET", "/api/rooms", None, {"Authorization": "Bearer cst_nada"}, (401, "login_failed")),
        ("GET", "/api/rooms", None, {"Authorization": "Basic eDp5"}, (401, "login_failed")),
        ("GET", "/api/rooms", None, {"X-Nick": "a b"}, (400, "bad_nick")),
        ("GET", "/api/rooms", None, {"X-Nick": "alerta"}, (403, "nick_registered")),
        ("GET", "/api/rooms?limit=0", None, {"X-Nick": "rui"}, (400, "bad_request")),
        ("GET", "/api/rooms/a%20b/members", None, {"X-Nick": "rui"}, (400, "bad_room")),
        ("GET", "/api/rooms/x/records?before=3&at=x", None, {"X-Nick": "rui"}, (400, "bad_request")),
        ("GET", "/api/rooms/x/records?after=-1", None, {"X-Nick": "rui"}, (400, "bad_request")),
        ("GET", "/api/rooms/x/stream?since=7", None, {"X-Nick": "rui"}, (400, "bad_request")),
        ("POST", "/api/rooms/x/messages", "{", {"X-Nick": "rui"}, (400, "bad_json")),
        ("POST", "/api/rooms/x/messages", "{}", {"X-Nick": "rui"}, (400, "bad_request")),
        ("POST", "/api/rooms/x/messages", '{"text":"a\\nb"}', {"X-Nick": "rui"}, (400, "bad_text")),
        ("POST", "/api/rooms/x/messages", LONG_TEXT, {"X-Nick": "rui"}, (413, "text_too_long")),
        ("POST", "/api/rooms/x/messages", 40_000 * "x", {"X-Nick": "rui"}, (413, "too_large")),
        ("PUT", "/api/rooms/x/messages", None, {}, (405, "method_not_allowed")),
        ("GET", "/api/rooms/x/messages", None, {}, (405, "method_not_allowed")),
        ("GET", "/api/nada", None, {}, (404, "not_found")),
    ],
)  # fmt: skip
def test_what_can_not_be_is_refused_by_status_and_code(  # noqa: PLR0917 - the columns of a table
    server: Server,
    token: str,
    method: str,
    target: str,
    body: str | None,
    headers: dict[str, str],
    expected: tuple[int, str],
) -> None:
    told = {"Content-Type": "application/json"} if body else {}
    answer = ApiClient(server, **headers).request(method, target, body, **told)
    assert expected == (answer.status, answer.code)
    assert answer.json["error"]["text"]
    assert (answer.status == 401) == ("www-authenticate" in answer.headers)
    assert (answer.status == 405) == ("allow" in answer.headers)


def test_a_body_of_another_kind_is_refused(rui: ApiClient) -> None:
    answer = rui.request("POST", "/api/rooms/x/messages", '{"text":"x"}', Content_Type="text/plain")
    assert (415, "media_type") == (answer.status, answer.code)


def test_closed_rooms_are_closed_by_every_road(server: Server, clients: Clients, robot: ApiClient) -> None:
    make_account(server.logs, "dona")
    dona = clients.json(server)
    dona.ask("hello", token=make_token(server.logs, "dona"), rooms=["fechada"])
    dona.expect(type="role", room="fechada")
    dona.ask("set", room="fechada", settings={"invite_only": True, "secret": True}, id="s")
    dona.answer("s")
    dona.say("segredo", "m", room="fechada")
    assert (403, "room_closed") == _refusal(robot.say("x", room="fechada"))
    assert 403 == robot.follow("fechada").status
    assert b"" == robot.get("/api/rooms/fechada/records?after=0&all=true").body
    assert 0 == robot.get("/api/rooms/fechada/members").json["count"]
    assert "fechada" not in {each["room"] for each in robot.get("/api/rooms").json["rooms"]}
    dona.ask("invite", room="fechada", nick="alerta", id="i")
    dona.answer("i")
    assert 201 == robot.say("obrigado", room="fechada").status
    with closing(robot.follow("fechada")) as stream:
        dona.ask("ban", room="fechada", nick="alerta", id="b")
        assert "banned" == stream.expect(type="leave")["reason"]
        assert b"" == stream.next()
        assert "banned" == stream.ended
    assert (403, "room_closed") == _refusal(robot.say("x", room="fechada"))


def test_a_room_with_a_key_is_entered_with_it(server: Server, clients: Clients) -> None:
    make_account(server.logs, "caio")
    caio = clients.json(server)
    caio.ask("hello", token=make_token(server.logs, "caio"), rooms=["chaveada"])
    caio.expect(type="role", room="chaveada")
    caio.ask("set", room="chaveada", settings={"key": "abre-té"}, id="s")
    caio.answer("s")
    lia = ApiClient.guest(server, "lia")
    assert (403, "bad_key") == _refusal(lia.say("x", room="chaveada"))
    lia.headers["X-Room-Key"] = quote("abre-té")
    assert 201 == lia.say("x", room="chaveada").status


def test_a_token_that_is_taken_back_ends_its_streams(server: Server) -> None:
    make_account(server.logs, "breve")
    robot = ApiClient.owner(server, make_token(server.logs, "breve"))
    with closing(robot.follow()) as stream:
        listed = run_command("token", "list", "breve", "--logs", server.logs).stdout
        number = re.search(r"\d+", listed)
        assert number, listed
        run_command("token", "revoke", number[0], "--logs", server.logs)
        while stream.next():
            pass
        assert stream.ended in {"session_ended", "revoked"}
    assert (401, "login_failed") == _refusal(robot.say("x"))


def _refusal(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.code
