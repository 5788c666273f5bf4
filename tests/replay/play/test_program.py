"""``replay play`` as people use it: on real terminals and in pipes."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from replay.playing import (
    DOWN,
    END,
    ENVIRONMENT,
    HOME,
    LEFT,
    RIGHT,
    UP,
    Playing,
    at,
    chat,
    record_chat,
    said,
)
from support.paths import VERSION_1 as SAMPLE
from support.server import COMMAND, clean_environment
from support.waiting import DEADLINE

from chatsimples.chat.records import Record
from chatsimples.config.base import make_settings
from chatsimples.config.replay import PlaySettings
from chatsimples.errors import SettingError
from chatsimples.replay.play.program import play


@pytest.fixture
def playing() -> Iterator[Callable[..., Playing]]:
    """Give a function that begins to play; what was begun is ended."""
    begun: list[Playing] = []

    def begin(path: Path | str, *options: str, **more: Any) -> Playing:
        begun.append(Playing(path, *options, **more))
        return begun[-1]

    yield begin
    for each in begun:
        each.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a chat of two hours: n 1 to n 5 within two seconds, and so on, each hour."""
    moments = [hour * 3600 + part / 2 for hour in range(3) for part in range(5)]
    return record_chat(tmp_path / "chat", chat(moments))


def plainly(*arguments: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*COMMAND, "replay", "play", *map(str, arguments)],
        capture_output=True, timeout=DEADLINE, check=False, env=clean_environment(**ENVIRONMENT), **options,
    )  # fmt: skip


def test_it_plays_to_its_end_and_leaves_the_lines_and_the_terminal(
    playing: Callable[..., Playing], tmp_path: Path
) -> None:
    folder = record_chat(tmp_path / "chat", chat([0, 0.1, 0.2, 0.3]))
    seen = playing(folder)
    assert 0 == seen.wait()
    assert ["── 2026-11-19 ──", *(f"15:00:00 ana: n {number}" for number in range(1, 5))] == seen.everything
    assert not seen.screen.cursor.hidden


def test_a_pause_steps_and_q_in_a_shell_whose_terminal_is_restored(
    playing: Callable[..., Playing], folder: Path
) -> None:
    script = "stty -g >before; $PLAY; echo code $?; stty -g >after; cmp before after && echo same"
    seen = playing(folder, through=["/bin/sh", "-c", f"cd {folder}; {script}"])
    seen.sees("n 1")
    seen.press(" ")
    seen.sees("⏸")
    last = seen.rows[-2]
    number = int(last.split()[-1])
    seen.press(".", ".")
    seen.shows(f"n {number + 1}", f"n {number + 2}")
    assert f"{number + 2} of 15" in seen.progress
    seen.press("q")
    assert 0 == seen.wait()
    assert ["code 0", "same"] == seen.rows[-2:]
    assert not any("⏸" in row or "▶" in row for row in seen.everything)


def test_speed_and_jumps(playing: Callable[..., Playing], folder: Path) -> None:
    seen = playing(folder)
    seen.sees("n 1")
    seen.press(" ", "+", "+", "+")
    seen.sees(lambda: "\N{MULTIPLICATION SIGN}8" in seen.progress)
    seen.press("-")
    seen.sees(lambda: "\N{MULTIPLICATION SIGN}4" in seen.progress)
    seen.press(END)
    seen.shows("n 14", "n 15")
    assert "100 %" in seen.progress
    seen.press(LEFT)
    seen.shows("── back to 16:59:52 ──")
    assert "10 of 15" in seen.progress
    seen.press(".")
    seen.shows("── back to 16:59:52 ──", "n 11")
    seen.press(UP)
    seen.shows("── back to 16:59:00 ──")
    seen.press(DOWN, ".")
    seen.shows("── back to 16:59:00 ──", "n 11")
    seen.press(HOME)
    seen.shows("── back to 15:00:00 ──")
    seen.press(RIGHT)
    seen.shows("n 1", "n 2", "n 3", "n 4", "n 5")
    seen.press("?")
    seen.sees("these keys")
    seen.press("q")
    assert 0 == seen.wait()


@pytest.mark.parametrize("options", [("--speed", "100000"), ("--max-idle", "0.1")])
def test_an_hour_of_silence_can_be_shortened(
    playing: Callable[..., Playing], tmp_path: Path, options: tuple[str, ...]
) -> None:
    folder = record_chat(tmp_path / "chat", chat([0, 3600]))
    seen = playing(folder, *options)
    assert 0 == seen.wait()
    assert ["15:00:00 ana: n 1", "16:00:00 ana: n 2"] == seen.rows[1:]


def test_a_loop_begins_again(playing: Callable[..., Playing], tmp_path: Path) -> None:
    folder = record_chat(tmp_path / "chat", chat([0, 0.1]))
    seen = playing(folder, "--loop")
    seen.sees("again from the beginning")
    seen.shows("n 1", "n 2", "── again from the beginning ──", "n 1", "n 2")
    seen.press("q")
    assert 0 == seen.wait()


def test_ctrl_c_ends_it_without_a_message(playing: Callable[..., Playing], folder: Path) -> None:
    seen = playing(folder)
    before = seen.attributes
    seen.sees("n 2")
    assert before != seen.attributes
    seen.press("\x03")
    assert 130 == seen.wait()
    assert [] == [row for row in seen.everything if "n " not in row and "──" not in row]


def test_sigterm_restores_the_terminal_too(playing: Callable[..., Playing], folder: Path) -> None:
    seen = playing(folder)
    seen.sees("n 2")
    seen.process.kill(15)
    assert 143 == seen.wait()
    assert not seen.screen.cursor.hidden


def test_ctrl_z_stops_it_and_fg_continues_it(playing: Callable[..., Playing], folder: Path) -> None:
    shell = shutil.which("bash")
    if shell is None:
        pytest.skip("bash is not here")
    seen = playing(
        folder,
        "--speed",
        "0.5",
        through=[shell, "--norc", "--noprofile", "-ic", "$PLAY; stty -a | grep -o '[-]*icanon'; fg"],
    )
    seen.sees("n 2")
    seen.press("\x1a")
    seen.sees(lambda: "icanon" in seen.rows)
    # The shell has printed that, and continues the playback: nothing was missed meanwhile.
    seen.sees("n 3")
    seen.press(" ")
    seen.sees("⏸")
    seen.press("q")
    seen.wait()
    texts = [row.split("ana: ")[1] for row in seen.everything if "ana: " in row]
    assert [f"n {number}" for number in range(1, len(texts) + 1)] == texts


def test_any_size_is_enough_and_a_resize_leaves_nothing_behind(
    playing: Callable[..., Playing], folder: Path
) -> None:
    seen = playing(folder, "--speed", "0.001", columns=100, rows=24)
    seen.sees(lambda: "? keys" in seen.progress)
    for columns, rows in ((30, 10), (12, 5), (5, 3), (2, 3), (120, 30)):
        seen.resize(columns, rows)
        seen.sees(
            lambda: seen.progress.startswith("▶") or seen.screen.columns < 4,
            f"a progress line at {columns} columns",
        )
    seen.sees(lambda: "? keys" in seen.progress)
    seen.press("q")
    assert 0 == seen.wait()
    assert not any("▶" in row for row in seen.rows)


def test_a_terminal_without_escape_sequences_gets_lines_only(
    playing: Callable[..., Playing], tmp_path: Path
) -> None:
    folder = record_chat(tmp_path / "chat", chat([0, 0.1]))
    seen = playing(folder, environ={"TERM": "dumb"})
    assert 0 == seen.wait()
    assert b"\x1b" not in seen.raw
    assert ["── 2026-11-19 ──", "15:00:00 ana: n 1", "15:00:00 ana: n 2"] == seen.rows


def test_colours_are_there_and_can_be_switched_off(playing: Callable[..., Playing], tmp_path: Path) -> None:
    folder = record_chat(tmp_path / "chat", chat([0]))
    coloured = {}
    for name, options, environ in (
        ("on a terminal", (), {}),
        ("off", ("--colors", "off"), {}),
        ("NO_COLOR", (), {"NO_COLOR": "1"}),
    ):
        seen = playing(folder, *options, environ=environ)
        assert 0 == seen.wait()
        coloured[name] = bool(re.search(rb"\x1b\[[0-9;]*m", seen.raw))
    assert {"on a terminal": True, "off": False, "NO_COLOR": False} == coloured


def hostile(folder: Path) -> Path:
    bad = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\r\n\x00"
    return record_chat(
        folder,
        [
            Record(1, at(0), "start", server=bad),
            Record(2, at(0), "join", 1, f"a{bad}", room=f"r{bad}", dialect=bad, identity=bad),
            Record(3, at(0), "nick", 1, f"a{bad}", f"b{bad}", f"r{bad}"),
            Record(4, at(0), "message", 1, f"b{bad}", room=f"r{bad}", text=bad, id=bad),
            Record(5, at(0), "message", 1, f"b{bad}", to=bad, to_conn=1, text=bad),
            Record(6, at(0), f"k{bad}", 1, bad, reason=bad),
            Record(7, at(0), "leave", 1, f"b{bad}", room=f"r{bad}", reason=bad),
            said(8, 0, "the end"),
        ],
    )


def test_a_forged_transcript_does_not_command_the_terminal(
    playing: Callable[..., Playing], tmp_path: Path
) -> None:
    folder = hostile(tmp_path / "chat")
    seen = playing(folder, columns=300)
    assert 0 == seen.wait()
    ours = re.sub(rb"\x1b\[(?:\?25[hl]|J|[0-9;]+m)|\r\r\n|\r\n|\r", b"", seen.raw).decode()
    assert ours.isprintable(), repr(ours)
    assert 8 == sum(row.startswith(("15:00:00", "▶")) for row in seen.rows)
    plain = plainly(folder).stdout.decode()
    assert 8 == plain.count("\n")
    assert plain.replace("\n", "").isprintable()


def test_in_a_pipe_every_selected_record_has_a_line_at_once(folder: Path) -> None:
    # With any of it, this would take longer than `plainly` waits.
    done = plainly(folder, "--loop", "--speed", "0.001")
    assert (0, b"") == (done.returncode, done.stderr)
    expected = [
        f"2026-11-19 {15 + hour}:00:0{part // 2} ana: n {5 * hour + part + 1}"
        for hour in range(3)
        for part in range(5)
    ]
    assert expected == done.stdout.decode().splitlines()


def test_in_a_pipe_arrivals_and_ends_of_connections_have_no_line(tmp_path: Path) -> None:
    records = [
        Record(1, at(0), "hello", 1, "ana", dialect="json"),
        Record(2, at(0), "join", 1, "ana", room="geral"),
        Record(3, at(1), "leave", 1, "ana", room="geral", reason="quit"),
        Record(4, at(1), "bye", 1, "ana", reason="quit"),
    ]
    printed = plainly(record_chat(tmp_path / "chat", records), "--times", "off").stdout.decode()
    assert ["* ana has entered #geral", "* ana has left #geral"] == printed.splitlines()


@pytest.mark.parametrize(
    ("options", "seqs"),
    [
        ({}, range(1, 26)),
        ({"from": "5", "to": "9"}, range(5, 10)),
        ({"room": "sockets"}, (3, 17, 18, 19, 22, 24)),
        ({"nick": "zé"}, (13, 14, 16)),
    ],
)
def test_the_sample_is_printed_record_by_record(
    options: dict[str, str],
    seqs: Iterable[int],
    capsys: pytest.CaptureFixture[str],
    set_zone: Callable[[str], None],
) -> None:
    set_zone("UTC0")
    room = re.compile("^#[a-z]+ ", re.MULTILINE)

    def printed(**chosen: str) -> list[str]:
        assert 0 == play(str(SAMPLE), make_settings(PlaySettings, {"times": "off", **chosen}), str)
        # Where there is only one room, lines don't tell it.
        return room.sub("", capsys.readouterr().out).splitlines()

    every = printed()
    assert 25 == len(every)
    assert [every[seq - 1] for seq in seqs] == printed(**options)


def test_standard_input_is_played_plainly_and_on_a_terminal_with_keys(
    playing: Callable[..., Playing], folder: Path
) -> None:
    path = next(folder.iterdir())
    done = plainly("-", input=path.read_bytes())
    assert 15 == len(done.stdout.splitlines())
    seen = playing("-", through=["/bin/sh", "-c", f"cat {path} | $PLAY"])
    seen.sees("n 2")
    seen.press(" ")
    seen.sees("⏸")
    seen.press("q")
    assert 0 == seen.wait()


def test_a_reader_of_the_beginning_alone_causes_no_error(tmp_path: Path) -> None:
    folder = record_chat(tmp_path / "chat", chat(range(20_000)))
    process = subprocess.Popen(
        [*COMMAND, "replay", "play", str(folder)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment(**ENVIRONMENT),
    )  # fmt: skip
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().endswith(b"n 1\n")
        process.stdout.close()
        assert b"" == process.stderr.read()
    assert process.returncode in (0, 1)


def test_an_empty_selection_is_a_message_for_a_person_and_nothing_for_a_program(
    playing: Callable[..., Playing], folder: Path
) -> None:
    seen = playing(folder, "--from", "100")
    assert 0 == seen.wait()
    assert ["nothing of it is selected"] == seen.rows
    done = plainly(folder, "--from", "100")
    assert (0, b"", b"") == (done.returncode, done.stdout, done.stderr)


def test_an_output_that_is_not_utf_8_gets_escapes_and_no_error(tmp_path: Path) -> None:
    folder = record_chat(tmp_path / "chat", [said(1, 0, "olá →")])
    done = subprocess.run(
        [*COMMAND, "replay", "play", str(folder)],
        capture_output=True, timeout=DEADLINE, check=False,
        env=clean_environment(**{**ENVIRONMENT, "PYTHONIOENCODING": "ascii"}),
    )  # fmt: skip
    assert (0, rb"2026-11-19 15:00:00 ana: ol\xe1 \u2192" + b"\n") == (done.returncode, done.stdout)


def test_damage_is_one_line_of_error(playing: Callable[..., Playing], folder: Path) -> None:
    path = next(folder.iterdir())
    path.write_bytes(path.read_bytes().replace(b'"n 3"', b"3"))
    seen = playing(folder)
    assert 1 == seen.wait()
    # The path may be so long that a row ends anywhere.
    assert "isnorecord" in "".join(seen.rows).replace(" ", "")
    assert "Traceback" not in " ".join(seen.rows)
    assert not seen.screen.cursor.hidden
    done = plainly(folder)
    assert (1, 1) == (done.returncode, done.stderr.count(b"\n"))


@pytest.mark.parametrize("wrong", [{"from": "yesterday"}, {"to": "25:00"}])
def test_a_wrong_setting_is_wrong_usage(folder: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(SettingError) as caught:
        play(str(folder), make_settings(PlaySettings, wrong), str)
    assert 2 == caught.value.exit_code
