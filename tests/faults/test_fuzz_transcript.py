"""Whatever stands in a transcript's folder, recovery, ``verify`` and the reader end cleanly.

1. Recovery either recovers or says that it does not; nothing else is raised. ``verify`` agrees with it.
2. What is recovered and sealed is what was written; so is every whole line before the first change.
3. Nothing is thrown away: what is cut off stands beside it as ``.broken``; refused, all stays as it was.
4. Damage that is told stands at the first change, or after it and not after the next seal.
5. After recovery the log goes on, and an independent judge (`support.transcript`) finds it sound.
6. A reader gives records or says that the transcript is damaged, and comes to an end.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest
from faults.fuzzing import CORPUS, spoiled
from faults.simulated_disk import Disk, standing_in
from support.effort import LONG, few, rounds
from support.transcript import Transcript

from chatsimples.chat import commands
from chatsimples.chat.commands import OPERATOR
from chatsimples.chat.limits import Limits
from chatsimples.chat.records import Record, from_line, to_line, to_lines
from chatsimples.chat.rules import Chat
from chatsimples.chat.state import State
from chatsimples.errors import ChatSimplesError, TranscriptDamagedError
from chatsimples.transcript.reader import TranscriptReader
from chatsimples.transcript.recovery import Recovery, recover
from chatsimples.transcript.verify import verify

LOG = "01KAQ3J5X5W9K3T0V2N8R7C4M7"
AT = "2026-11-22T16:00:00.000000Z"
NOW = 1_795_359_600_000_000
_TORN = re.compile(r"transcript-[0-9]+\.jsonl\.([0-9]+)(?:\.[0-9]+)?\.broken")
_SEAL = re.compile(rb'\{"type":"seal","seq":([0-9]+),"sha256":"[0-9a-f]{64}"\}\n')
_HEADER = re.compile(rb'\{"type":"transcript","version":1,[^\n]*\n')
OUTCOMES = {
    "small": "recovered",
    "four-segments": "recovered",
    "killed-in-a-write": "cut",
    "small-2": "recovered",
    "version-1-then-2": "recovered",
    "cut-inside-an-ending": "cut",
}
"""Of those that are sound, but for what a kill has torn: what comes of them."""
SOUND = sorted(OUTCOMES)
NONSENSE = ("hello-twice", "join-without-hello")
"""What no server writes, though each line is a record: it is taken as it is."""
REFUSED = (
    "back-to-version-1", "hello-in-version-1", "introduced-by-its-join", "negative-limits",
    "start-without-limits", "unknown-limits",
)  # fmt: skip

Files = dict[str, bytes]


def folder(name: str) -> Files:
    return {path.name: path.read_bytes() for path in sorted((CORPUS / "transcript" / name).iterdir())}


CASES = {path.name: folder(path.name) for path in sorted((CORPUS / "transcript").iterdir())}


def segments(files: Files) -> list[str]:
    return sorted(name for name in files if name.startswith("transcript-") and name.endswith(".jsonl"))


def record_lines(files: Files) -> list[bytes]:
    lines = [line for name in segments(files) for line in files[name].splitlines(keepends=True)]
    return [line for line in lines if line.startswith(b'{"seq":') and line.endswith(b"\n")]


def sealed_to(files: Files) -> int:
    """Return the last seq that a seal stands behind."""
    return max(
        (int(found[1]) for name in segments(files) for found in _SEAL.finditer(files[name])), default=0
    )


def is_kept(name: str, data: bytes, now: Files) -> bool:
    """Tell whether what was found in a file is there, but for what may be made again."""
    there = now.get(name, b"")
    if not data:
        return True
    if there.startswith(data):
        # A segment of version 1 may have got its last seal.
        added = there[len(data) :]
        return not added or bool(_SEAL.fullmatch(added))
    # A checkpoint is a cache; a header of version 1 without a record gives way to one of version 2.
    return name.startswith("checkpoint-") or bool(_HEADER.fullmatch(data))


def by_seq(files: Files) -> dict[int, bytes]:
    return {from_line(line).seq: line for line in record_lines(files)}


def on_disk(disk: Disk) -> Files:
    return {PurePosixPath(name).name: bytes(file.data) for name, file in disk.files.items()}


def first_change(before: Files, after: Files) -> tuple[str, int] | None:
    """Return in which segment and at which byte they first differ, None if in none."""
    for name in sorted({*segments(before), *segments(after)}):
        old, new = before.get(name, b""), after.get(name, b"")
        if old != new or (name in before) != (name in after):
            same = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), None)
            return name, min(len(old), len(new)) if same is None else same
    return None


def lines_before(files: Files, change: tuple[str, int] | None) -> int:
    """Count the records' lines that are whole before a change."""
    if change is None:
        return len(record_lines(files))
    name, offset = change
    kept = {each: files[each] for each in segments(files) if each < name}
    kept[name] = files.get(name, b"")[:offset]
    return len(record_lines(kept))


class Replayed:
    """What recovery tells the rules: a state, and the records that it was told."""

    def __init__(self, state: State) -> None:
        self.told: list[Record] = []
        self.restore = state.restore
        self.snapshot = state.snapshot
        self._evolve = state.evolve

    def replay(self, record: Record) -> None:
        self.told.append(record)
        self._evolve(record)


class Trial:
    """A folder as it was written, and as it is found.

    Args:
        written: a sound one; of the cases of the corpus that were never sound, what is found.
        found: what is found.
        chance: decides whether recovery checks all.
    """

    def __init__(self, written: Files, found: Files, chance: random.Random) -> None:
        self.written = written
        self.found = found
        self.change = first_change(written, found)
        self.disk = Disk(chance)
        self.folder = self.disk.path("/logs")
        for name, data in found.items():
            (self.folder / name).write_bytes(data)
        self.verify_all = chance.random() < 0.7

    def run(self) -> str:
        """Let everything be done with the folder; return what came of it."""
        with standing_in(self.disk):
            self._read()
            damage = self._verify()
            try:
                rules = Replayed(State())
                recovery = recover(
                    self.folder,  # type: ignore[arg-type] # a path of the disk
                    rules=rules,
                    new_log=lambda: LOG,
                    durability="os",
                    segment_size=1 << 20,
                    verify_all=self.verify_all,
                )
            except ChatSimplesError as error:
                assert isinstance(error, TranscriptDamagedError)
                self._check_refused(damage)
                return "refused"
            assert not isinstance(damage, TranscriptDamagedError) or not self.verify_all, damage
            self._check_recovered(recovery.last_seq)
            lines = record_lines(on_disk(self.disk))
            told = [to_line(record) for record in rules.told]
            assert lines[len(lines) - len(told) :] == told
            recovery.writer.append(
                to_line(Record(recovery.last_seq + 1, AT, "stop")), recovery.last_seq + 1, 1
            )
            recovery.writer.close()
            self._check_that_it_goes_on(recovery.last_seq + 1)
            return "cut" if recovery.torn else "recovered"

    def _read(self) -> None:
        reader = TranscriptReader(self.folder)  # type: ignore[arg-type] # a path of the disk
        most = 2 + sum(data.count(b"\n") for data in self.found.values())
        try:
            cursor = reader.cursor(0)
            for _ in range(most):
                if not cursor.read(300):
                    break
            else:
                raise AssertionError("a reader that does not come to an end")
        except ChatSimplesError:
            pass
        try:
            for steps, _ in enumerate(reader.backwards(1 << 40, 300)):
                assert steps < most, "a reader that does not come to an end"
        except ChatSimplesError:
            pass

    def _verify(self) -> ChatSimplesError | None:
        try:
            verify(self.folder)  # type: ignore[arg-type] # a path of the disk
        except TranscriptDamagedError as error:
            self._check_place(error)
            return error
        except ChatSimplesError as error:
            return error
        return None

    def _check_place(self, damage: TranscriptDamagedError) -> None:
        name = damage.path.name
        data = self.found[name]
        assert 0 <= damage.offset <= len(data)
        assert damage.line == data[: damage.offset].count(b"\n") + 1
        if self.change is None or segments(self.found) != segments(self.written):
            return
        changed, offset = self.change
        assert name >= changed, f"told before the change at {self.change}: {damage}"
        if name == changed:
            begin = data.rfind(b"\n", 0, offset) + 1
            seal = data.find(b'\n{"type":"seal"', offset)
            assert begin <= damage.offset, f"told before the change at {self.change}: {damage}"
            assert damage.offset <= (seal + 1 if seal >= 0 else len(data)), f"told too late: {damage}"

    def _check_refused(self, damage: ChatSimplesError | None) -> None:
        assert isinstance(damage, TranscriptDamagedError), "verify has found nothing"
        left = on_disk(self.disk)
        for name, data in self.found.items():
            # A segment that never got its header may have been set aside by then.
            assert left.get(name, left.get(f"{name}.0.broken")) == data or not data

    def _check_recovered(self, last_seq: int) -> None:
        now = on_disk(self.disk)
        for name, data in self.found.items():
            # What is not there any more was torn, and stands beside it, from the byte on that its name tells.
            torn = [
                (int(found[1]), piece) for other, piece in now.items() if (found := _TORN.fullmatch(other))
            ]
            kept = [data[:at] + piece for at, piece in torn if is_kept(name, data[:at], now)]
            assert data in kept or is_kept(name, data, now), f"bytes of {name} are gone"
        if not self.verify_all:
            return
        lines, written = by_seq(now), by_seq(self.written)
        first = min(lines, default=last_seq + 1)
        assert list(range(first, last_seq + 1)) == list(lines)
        for seq in range(first, min(sealed_to(self.found), last_seq) + 1):
            assert written[seq] == lines[seq], "what is sealed is not what was written"
        if segments(self.found)[:1] == segments(self.written)[:1]:
            assert lines_before(self.written, self.change) <= len(lines), "whole lines are gone"
        for seq in list(written)[: lines_before(self.written, self.change)]:
            assert lines.get(seq, written[seq]) == written[seq], "a line before the change is another"

    def _check_that_it_goes_on(self, last_seq: int) -> None:
        if not self.verify_all:
            # What was not looked at may be damaged.
            return
        assert last_seq == verify(self.folder).last_seq  # type: ignore[arg-type] # a path of the disk
        if (self.folder / "transcript-000000000001.jsonl").exists():
            assert last_seq == Transcript.read(self.folder).sealed_to  # type: ignore[arg-type] # likewise


def spoil(files: Files, chance: random.Random) -> Files:
    """Change a folder: bytes, lines or whole files."""
    found = dict(files)
    name = chance.choice(sorted(found))
    lines = found[name].splitlines(keepends=True)
    match chance.choice(("bytes", "bytes", "cut", "cut", "lines", "lines", "file", "swap", "zeros")):
        case "bytes":
            found[name] = spoiled(found[name], chance, list(files.values()))
        case "cut":
            last = chance.choice((name, segments(found)[-1]))
            found[last] = found[last][: chance.randint(0, len(found[last]))]
        case "lines":
            _spoil_lines(lines, chance)
            found[name] = b"".join(lines)
        case "file":
            del found[name]
        case "swap":
            other = chance.choice(sorted(found))
            found[name], found[other] = found[other], found[name]
        case "zeros":
            begin = chance.randint(0, len(found[name]))
            size = chance.choice((1, 16, 512))
            end = begin + size if chance.random() < 0.5 else len(found[name])
            found[name] = found[name][:begin] + bytes(min(size, end - begin)) + found[name][end:]
    return found


def _spoil_lines(lines: list[bytes], chance: random.Random) -> None:
    if not lines:
        return
    first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.choice(("swap", "double", "drop", "move")):
        case "swap":
            lines[first], lines[second] = lines[second], lines[first]
        case "double":
            lines.insert(second, lines[first])
        case "drop":
            del lines[first]
        case "move":
            lines.append(lines.pop(first))


@pytest.mark.parametrize("name", CASES)
def test_the_corpus_is_recovered_or_refused_cleanly(name: str, chance: random.Random) -> None:
    for _ in range(3):
        Trial(CASES[name], CASES[name], chance).run()


@pytest.mark.parametrize("name", SOUND)
def test_what_is_sound_is_recovered(name: str, chance: random.Random) -> None:
    assert OUTCOMES[name] == Trial(CASES[name], CASES[name], chance).run()


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_that_is_well_formed_is_taken(name: str, chance: random.Random) -> None:
    assert "recovered" == Trial(CASES[name], CASES[name], chance).run()


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_of_its_version_is_refused(name: str, chance: random.Random) -> None:
    trial = Trial(CASES[name], CASES[name], chance)
    trial.verify_all = True
    assert "refused" == trial.run()


@pytest.mark.parametrize("name", [*SOUND, *NONSENSE])
@pytest.mark.parametrize("again", [False, True])
def test_a_chat_goes_on_with_what_was_recovered(name: str, again: bool, tmp_path: Path) -> None:
    for file, data in CASES[name].items():
        (tmp_path / file).write_bytes(data)
    if again:
        # Killed when it had just recovered.
        recovered(tmp_path, State()).writer.close()
    state = State()
    recovery = recovered(tmp_path, state)
    chat = Chat(recovery.log, state)
    for command in (commands.Start(OPERATOR, "test", Limits(3, 0, 60.0)), commands.Stop(OPERATOR)):
        records = [each for each in chat.apply(command, NOW) if isinstance(each, Record)]
        recovery.writer.append(to_lines(records), records[-1].seq, len(records))
    recovery.writer.close()
    assert ({}, {}, {}) == (state.connections, state.nicks, state.rooms)
    if name not in NONSENSE:
        Transcript.read(tmp_path).check(stopped=True)


def recovered(folder: Path, state: State) -> Recovery:
    rules = Replayed(state)
    return recover(folder, rules=rules, new_log=lambda: LOG, durability="os", segment_size=1 << 20)


def test_whatever_is_found_is_recovered_or_refused_cleanly(
    chance: random.Random, record_property: Callable[[str, object], None]
) -> None:
    outcomes: dict[str, int] = {}
    for _ in rounds(60):
        name, seed = chance.choice(SOUND), chance.randrange(1 << 32)
        found = spoil(CASES[name], random.Random(seed))
        try:
            outcome = Trial(CASES[name], found, random.Random(seed)).run()
        except Exception as error:
            raise AssertionError(f"{name}, spoilt with the seed {seed}: {error!r}") from error
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    record_property("outcomes", outcomes)
    assert {"refused", "cut", "recovered"} == set(outcomes)


@pytest.mark.parametrize("name", few(["small-2", "small"]))
def test_every_bit_of_a_small_transcript_counts(name: str, chance: random.Random) -> None:
    """Flipped, each of its sealed bits is found; of the others the line stays well formed, or is told."""
    written = CASES[name]
    ((segment, data),) = written.items()
    sealed = data.find(b"\n", data.find(b'{"type":"seal"')) + 1
    # In the short form one bit of each byte.
    bits = 8 if LONG else 1
    for place in range(len(data)):
        for bit in chance.sample(range(8), bits):
            changed = bytearray(data)
            changed[place] ^= 1 << bit
            trial = Trial(written, {segment: bytes(changed)}, chance)
            trial.verify_all = True
            assert trial.run() == "refused" or place >= sealed


@pytest.mark.parametrize(
    "name", few(["version-1-then-2", "cut-inside-an-ending", "small", "killed-in-a-write"], 2)
)
def test_cut_anywhere_a_segment_loses_its_tail_at_most(name: str, chance: random.Random) -> None:
    written = CASES[name]
    last = segments(written)[-1]
    whole = len(written[last])
    # In the short form each byte of the last line or two, some of the last few lines, and some before them.
    ends = {*range(max(0, whole - 120), whole), *range(max(0, whole - 400), whole, 3)}
    some = {*ends, *chance.sample(range(whole), 40)}
    for size in range(whole) if LONG else sorted(some):
        trial = Trial(written, {**written, last: written[last][:size]}, chance)
        assert trial.run() in ("cut", "recovered")
