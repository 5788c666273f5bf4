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
import time
from collections.abc import Callable
from pathlib import PurePosixPath
from types import SimpleNamespace

import pytest
from faults.fuzzing import CORPUS, spoiled
from faults.simulated_disk import Disk, standing_in
from support.effort import effort
from support.transcript import Transcript

from chatsimples.chat.records import Record, from_line, to_line
from chatsimples.chat.state import State
from chatsimples.errors import ChatSimplesError, TranscriptDamagedError
from chatsimples.transcript.reader import TranscriptReader
from chatsimples.transcript.recovery import recover
from chatsimples.transcript.verify import verify

LOG = "01KAQ3J5X5W9K3T0V2N8R7C4M7"
AT = "2026-11-22T16:00:00.000000Z"
_TORN = re.compile(r"transcript-[0-9]+\.jsonl\.([0-9]+)(?:\.[0-9]+)?\.broken")
SOUND = ("four-segments", "killed-in-a-write", "small")

Files = dict[str, bytes]


def folder(name: str) -> Files:
    return {path.name: path.read_bytes() for path in sorted((CORPUS / "transcript" / name).iterdir())}


CASES = {path.name: folder(path.name) for path in sorted((CORPUS / "transcript").iterdir())}


def segments(files: Files) -> list[str]:
    return sorted(name for name in files if name.startswith("transcript-") and name.endswith(".jsonl"))


def record_lines(files: Files) -> list[bytes]:
    lines = [line for name in segments(files) for line in files[name].splitlines(keepends=True)]
    return [line for line in lines if line.startswith(b'{"seq":') and line.endswith(b"\n")]


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
                state, told = State(), []
                rules = SimpleNamespace(
                    restore=state.restore, replay=lambda record: (told.append(record), state.evolve(record))
                )
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
            self._check_recovered(recovery.last_seq, recovery.writer.unsealed)
            lines = record_lines(on_disk(self.disk))
            assert lines[len(lines) - len(told) :] == [to_line(record) for record in told]
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

    def _check_recovered(self, last_seq: int, unsealed: int) -> None:
        now = on_disk(self.disk)
        for name, data in self.found.items():
            # What is not there any more was torn, and stands beside it, from the byte on that its name tells.
            torn = [
                (int(found[1]), piece) for other, piece in now.items() if (found := _TORN.fullmatch(other))
            ]
            kept = [
                data[:offset] + piece
                for offset, piece in torn
                if now.get(name, b"").startswith(data[:offset])
            ]
            assert not data or data in (now.get(name), *kept), f"bytes of {name} are gone"
        if not self.verify_all:
            return
        lines, written = by_seq(now), by_seq(self.written)
        first = min(lines, default=last_seq + 1)
        assert list(range(first, last_seq + 1)) == list(lines)
        for seq in range(first, last_seq - unsealed + 1):
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
    outcome = Trial(CASES[name], CASES[name], chance).run()
    assert ("cut" if name == "killed-in-a-write" else "recovered") == outcome


def test_whatever_is_found_is_recovered_or_refused_cleanly(
    chance: random.Random, record_property: Callable[[str, object], None]
) -> None:
    until = time.monotonic() + effort(2.0)
    outcomes: dict[str, int] = {}
    while time.monotonic() < until:
        name, seed = chance.choice(SOUND), chance.randrange(1 << 32)
        found = spoil(CASES[name], random.Random(seed))
        try:
            outcome = Trial(CASES[name], found, random.Random(seed)).run()
        except Exception as error:
            raise AssertionError(f"{name}, spoilt with the seed {seed}: {error!r}") from error
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    record_property("outcomes", outcomes)
    assert {"refused", "cut", "recovered"} == set(outcomes)


def test_every_bit_of_a_small_transcript_counts(chance: random.Random) -> None:
    """Flipped, each of its sealed bits is found; of the others the line stays well formed, or is told."""
    written = CASES["small"]
    (name,) = written
    data = written[name]
    sealed = data.find(b"\n", data.find(b'{"type":"seal"')) + 1
    # In the short form one bit of each byte.
    bits = 8 if effort(0) else 1
    for place in range(len(data)):
        for bit in chance.sample(range(8), bits):
            changed = bytearray(data)
            changed[place] ^= 1 << bit
            trial = Trial(written, {name: bytes(changed)}, chance)
            trial.verify_all = True
            assert trial.run() == "refused" or place >= sealed


@pytest.mark.parametrize("name", ["small", "killed-in-a-write"])
def test_cut_anywhere_a_segment_loses_its_tail_at_most(name: str, chance: random.Random) -> None:
    written = CASES[name]
    last = segments(written)[-1]
    whole = len(written[last])
    # In the short form each byte of the last few lines, and some before them.
    few = {*range(max(0, whole - 400), whole), *chance.sample(range(whole), 50)}
    for size in range(whole) if effort(0) else sorted(few):
        trial = Trial(written, {**written, last: written[last][:size]}, chance)
        assert trial.run() in ("cut", "recovered")
