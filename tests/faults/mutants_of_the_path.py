"""Faults planted between the sockets: in workers, fan-out, transcript and recovery; see `mutants`."""

from __future__ import annotations

from typing import Any

import msgspec
from faults.mutants import Mutant, Plant, a_checkpoint_forgets_the_ids

from chatsimples.chat import commands
from chatsimples.chat.records import Record, to_line
from chatsimples.chat.rules import Chat
from chatsimples.dialects.base import LineBuffer, LineParser, Lines
from chatsimples.dialects.text import TextParser
from chatsimples.dialects.websocket import WebSocketDialect
from chatsimples.server.broadcaster import catch_up
from chatsimples.server.broadcaster.admission import Admission
from chatsimples.server.broadcaster.fanout import Fanout
from chatsimples.server.broadcaster.loop import Broadcaster
from chatsimples.server.broadcaster.outgoing import Outgoing
from chatsimples.server.broadcaster.outlet import Chunk, Outlet
from chatsimples.server.worker.thread import Worker
from chatsimples.transcript import disk, recovery, segment_file, times
from chatsimples.transcript.index.growing import GrowingIndex
from chatsimples.transcript.reader import Cursor, TranscriptReader
from chatsimples.transcript.segment_file import SegmentFile
from chatsimples.transcript.writer import TranscriptWriter

OF_THE_PATH: list[Mutant] = []


def _path(mutant: Mutant) -> Mutant:
    OF_THE_PATH.append(mutant)
    return mutant


# From sockets to the Queue.


@_path
def a_batch_is_queued_backwards(plant: Plant) -> None:
    def make(queue: Any) -> Any:
        def queueing(self: Worker) -> None:
            self._batch.reverse()
            queue(self)

        return queueing

    plant(Worker, "_queue", make)


@_path
def a_line_that_is_cut_in_two_loses_its_first_part(plant: Plant) -> None:
    def make(next_line: Any) -> Any:
        def taking(self: LineBuffer) -> bytes | None:
            line: bytes | None = next_line(self)
            if line is None and 0 < len(self._buffer) < 4:
                self.clear()
            return line

        return taking

    plant(LineBuffer, "next_line", make)


@_path
def commands_over_the_allowance_are_dropped(plant: Plant) -> None:
    def make(take: Any) -> Any:
        def taking(self: LineParser, limit: int) -> list[Any]:
            taken: list[Any] = take(self, limit)
            if len(taken) == limit:
                self._lines.clear()
            return taken

        return taking

    plant(LineParser, "take", make)


@_path
def a_pause_ends_a_framed_line_too(plant: Plant) -> None:
    plant(TextParser, "awaits_pause", lambda _: property(lambda self: len(self._lines) > 0))


# Admission.


@_path
def commands_of_an_ended_connection_are_carried_out(plant: Plant) -> None:
    plant(Admission, "note_ends", lambda _: lambda self, decided: None)


# The fan-out.


@_path
def the_last_member_is_skipped(plant: Plant) -> None:
    def make(send_all: Any) -> Any:
        def sending(self: Fanout, outgoing: Any, outlets: Any, chunk: Any) -> None:
            few = list(outlets)
            send_all(self, outgoing, few[:-1] if len(few) > 2 else few, chunk)

        return sending

    plant(Fanout, "_send_all", make)


@_path
def what_a_full_socket_does_not_take_is_lost(plant: Plant) -> None:
    def make(hold: Any) -> Any:
        def holding(self: Outlet, chunk: Any, sent: int) -> None:
            if not sent:
                hold(self, chunk, sent)

        return holding

    plant(Outlet, "hold", make)


@_path
def what_was_sent_of_a_chunk_is_sent_again(plant: Plant) -> None:
    def make(drop_sent: Any) -> Any:
        def dropping(self: Outlet, sent: int) -> None:
            drop_sent(self, sent)
            self._offset = 0

        return dropping

    plant(Outlet, "_drop_sent", make)


@_path
def nobody_waits_for_a_full_socket(plant: Plant) -> None:
    plant(
        Fanout,
        "_watch",
        lambda watch: lambda self, outlet, waiting: None if waiting else watch(self, outlet, waiting=False),
    )


@_path
def what_waits_in_memory_has_no_bound(plant: Plant) -> None:
    plant(Outlet, "backlog_full", lambda _: property(lambda self: False))


@_path
def a_frame_lacks_its_last_line(plant: Plant) -> None:
    def make(frame: Any) -> Any:
        def framing(self: WebSocketDialect, lines: Lines) -> Lines:
            whole = bytes(lines)
            most = whole.rfind(b"\n", 0, -1) + 1
            framed: Lines = frame(self, whole[:most] if most else whole)
            return framed

        return framing

    plant(WebSocketDialect, "frame", make)


@_path
def a_goodbye_does_not_wait_for_the_rest(plant: Plant) -> None:
    def make(_say_goodbye: Any) -> Any:
        def saying(self: Outlet) -> None:
            data, self.goodbye = self.goodbye, b""
            self.push(Chunk(data, self.position))

        return saying

    plant(Outlet, "say_goodbye", make)


@_path
def a_step_of_catching_up_repeats_a_record(plant: Plant) -> None:
    def make(read: Any) -> Any:
        def reading(self: Cursor, keys: Any) -> Any:
            given = read(self, keys)
            lines = given[0] if given else []
            if len(lines) > 1 and lines[-1][0].seq % 7 == 0:
                self.seq -= 1
                self._path = None
            return given

        return reading

    plant(Cursor, "read_for", make)


@_path
def a_resumption_begins_one_record_too_early(plant: Plant) -> None:
    plant(TranscriptReader, "cursor", lambda cursor: lambda self, after: cursor(self, max(after - 1, 0)))


@_path
def a_resumption_begins_one_record_too_late(plant: Plant) -> None:
    plant(TranscriptReader, "cursor", lambda cursor: lambda self, after: cursor(self, after + 1))


@_path
def whoever_resumes_misses_what_was_said_to_it_before(plant: Plant) -> None:
    def make(is_for_it_alone: Any) -> Any:
        def knowing_no_session(self: Outlet, record: Record) -> bool:
            return self.conn in (record.conn, record.to_conn) and bool(is_for_it_alone(self, record))

        return knowing_no_session

    plant(Outlet, "_is_for_it_alone", make)


@_path
def a_room_is_heard_only_after_ones_own_join(plant: Plant) -> None:
    plant(Outlet, "subscribe", lambda subscribe: lambda self, key, seq: subscribe(self, key, seq + 1))


@_path
def a_room_is_heard_after_one_has_left_it(plant: Plant) -> None:
    plant(Outlet, "unsubscribe", lambda unsubscribe: lambda self, key, seq: unsubscribe(self, key, seq + 3))


@_path
def people_with_nc_hear_themselves(plant: Plant) -> None:
    plant(
        Outgoing,
        "add_to_room",
        lambda add: lambda self, record, line, key, but_not=0: add(self, record, line, key),
    )


@_path
def what_a_visitor_heard_is_told_again_once_it_speaks_json(plant: Plant) -> None:
    def make(go_live: Any) -> Any:
        def going(self: Outlet) -> None:
            former = self.former
            go_live(self)
            self.former = former

        return going

    plant(Outlet, "go_live", make)


@_path
def quiet_records_are_told_to_those_who_catch_up(plant: Plant) -> None:
    def make(hears: Any) -> Any:
        return lambda self, record: hears(self, msgspec.structs.replace(record, quiet=False))

    plant(Outlet, "hears", make)


@_path
def history_goes_one_too_far(plant: Plant) -> None:
    plant(
        TranscriptReader,
        "backwards_for",
        lambda back: lambda self, before, keys: back(self, before + 1, keys),
    )


@_path
def history_from_a_time_on_misses_the_first_record(plant: Plant) -> None:
    plant(times, "first_since", lambda since: lambda path, at: (since(path, at) or 0) + 1)


@_path
def history_onwards_begins_with_the_record_that_is_known(plant: Plant) -> None:
    def make(search_for: Any) -> Any:
        def searching(reader: Any, asked: Any, most: int) -> Any:
            return search_for(reader, msgspec.structs.replace(asked, after=max(-1, asked.after - 1)), most)

        return searching

    plant(catch_up, "search_for", make)


@_path
def history_of_messages_has_other_records_in_it(plant: Plant) -> None:
    def make(search_for: Any) -> Any:
        return lambda reader, asked, most: search_for(reader, msgspec.structs.replace(asked, all=True), most)

    plant(catch_up, "search_for", make)


@_path
def the_index_knows_one_record_of_a_batch(plant: Plant) -> None:
    def make(note: Any) -> Any:
        return lambda self, start, _, records, lines: note(self, start, len(lines[0]), records[:1], lines[:1])

    plant(GrowingIndex, "note", make)


@_path
def a_connection_is_closed_before_the_rest_has_gone(plant: Plant) -> None:
    plant(Outlet, "idle", lambda _: property(lambda self: True))


# The transcript.


@_path
def fan_out_comes_before_the_append(plant: Plant) -> None:
    def make(append_then_fan_out: Any) -> Any:
        def fanning_out(self: Broadcaster, decided: Any) -> None:
            deliver = self._fanout.deliver
            if decided is not self._undelivered:
                records = [each for each in decided if isinstance(each, Record)]
                deliver(decided, [to_line(record) for record in records], self._chat.state.seq)
            self._fanout.deliver = lambda *_: None  # type: ignore[method-assign]
            try:
                append_then_fan_out(self, decided)
            finally:
                self._fanout.deliver = deliver  # type: ignore[method-assign]

        return fanning_out

    plant(Broadcaster, "_append_then_fan_out", make)


@_path
def what_a_full_disk_did_not_take_is_not_tried_again(plant: Plant) -> None:
    def make(not_written: Any) -> Any:
        def forgetting(self: Broadcaster) -> None:
            self._undelivered = []
            not_written(self)

        return forgetting

    plant(Broadcaster, "_not_written", make)


@_path
def a_short_write_is_taken_for_a_whole_one(plant: Plant) -> None:
    def write_some(fd: int, data: bytes) -> None:
        # Looked up in each call: a disk in memory stands in for the system's by then.
        vars(disk)["os"].write(fd, data)

    plant(segment_file, "write_all", lambda _: write_some)


@_path
def a_write_that_failed_is_not_taken_back(plant: Plant) -> None:
    plant(SegmentFile, "_cut", lambda _: lambda self, cause: None)


@_path
def nothing_is_synced(plant: Plant) -> None:
    plant(SegmentFile, "sync", lambda _: lambda self: None)


@_path
def a_torn_tail_stays_where_it_is(plant: Plant) -> None:
    plant(recovery, "_cut", lambda _: lambda path, offset, size: None)


@_path
def recovery_cuts_a_line_too_much(plant: Plant) -> None:
    def make(cut: Any) -> Any:
        def cutting(path: Any, offset: int, size: int) -> Any:
            data = path.read_bytes()[:offset]
            last = data[:-1].rfind(b"\n") + 1
            return (
                cut(path, last, size)
                if last and not data[last:].startswith(b'{"type"')
                else cut(path, offset, size)
            )

        return cutting

    plant(recovery, "_cut", make)


@_path
def whom_a_crash_left_open_stays(plant: Plant) -> None:
    def make(apply: Any) -> Any:
        def applying(self: Chat, command: Any, now: int) -> Any:
            if isinstance(command, commands.Start):
                self.state.connections.clear()
            return apply(self, command, now)

        return applying

    plant(Chat, "apply", make)


@_path
def a_segment_ends_without_a_seal(plant: Plant) -> None:
    def make(roll: Any) -> Any:
        def rolling(self: TranscriptWriter) -> None:
            self.unsealed = 0
            roll(self)

        return rolling

    plant(TranscriptWriter, "roll", make)


@_path
def a_checkpoint_is_older_than_its_segment(plant: Plant) -> None:
    a_checkpoint_forgets_the_ids(plant)
