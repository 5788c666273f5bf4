import assert from "node:assert/strict";
import { test } from "node:test";
import { TimeMachine } from "../../chatsimples/page/js/model/time_machine.js";
import { Range } from "../../chatsimples/page/js/model/timeline.js";
import { record, settled } from "./fakes.mjs";

const START = Date.parse("2026-11-22T15:00:00Z");
const SECOND = 1_000;

function at(seconds) {
  return new Date(START + seconds * SECOND).toISOString();
}

function entry(seq, seconds) {
  return { seq, at: at(seconds), own: false, record: record(seq, "message", { at: at(seconds), text: `m${seq}` }) };
}

/** A room whose records were made at these seconds, and a machine for it; it notes what it asks. */
async function opened(...seconds) {
  const all = seconds.map((each, index) => entry(index + 1, each));
  const asked = [];
  const machine = new TimeMachine({
    changed() {},
    tell: (moment) => new Date(moment).toISOString(),
    async fetch(wanted) {
      asked.push(wanted);
      const { after, before = Infinity, limit } = wanted;
      const isOnwards = after !== undefined || wanted.at !== undefined;
      const found = all.filter((each) => each.seq > (after ?? 0) && each.seq < before && each.at >= (wanted.at ?? ""));
      const entries = isOnwards ? found.slice(0, limit) : found.slice(-limit);
      const range = new Range(entries.length < found.length ? entries[0].seq - 1 : 0, entries.at(-1)?.seq ?? 0, entries);
      range.ended = entries.length === found.length;
      return range;
    },
  });
  assert.equal(all.length > 0, await machine.open());
  return { machine, asked };
}

function shown(machine) {
  return machine.range.entries.map((each) => each.seq);
}

test("it opens at the end, and knows how long all of it took", async () => {
  const { machine, asked } = await opened(0, 10, 90);
  assert.deepEqual([90_000, [1, 2, 3], Infinity], [machine.duration, shown(machine), machine.next()]);
  assert.ok(asked.every((each) => each.all));
  assert.equal(at(5), machine.clock(5_000));
});

test("a place shows what was said until then, and what comes next is known", async () => {
  const { machine } = await opened(0, 10, 90);
  machine.seek(10_000);
  assert.ok(Number.isNaN(machine.next()));
  await settled();
  assert.deepEqual([[1, 2], 90_000], [shown(machine), machine.next()]);
  machine.seek(-1);
  await settled();
  assert.deepEqual([[], 0], [shown(machine), machine.next()]);
});

test("what comes is shown when its time has come, and not before", async () => {
  const { machine } = await opened(0, 10, 90);
  machine.seek(0);
  await settled();
  assert.deepEqual([9_999, [1]], [machine.play(9_999), shown(machine)]);
  assert.deepEqual([10_000, [1, 2]], [machine.play(10_000), shown(machine)]);
  assert.deepEqual([90_000, [1, 2, 3], Infinity], [machine.more(5), shown(machine), machine.next()]);
});

test("of places that are wanted one after the other, the last one counts", async () => {
  const { machine, asked } = await opened(...Array.from({ length: 50 }, (_, index) => index));
  for (const time of [40_000, 5_000, 20_000]) machine.seek(time);
  await settled();
  assert.deepEqual([21, 21_000], [shown(machine).length, machine.next()]);
  assert.ok(asked.length <= 6, String(asked.length));
});

test("a long history is fetched piece by piece, nothing of it is passed over, and only so much is kept", async () => {
  const { machine } = await opened(...Array.from({ length: 20_000 }, (_, index) => index));
  machine.seek(-1);
  await settled();
  const seen = [];
  let last = 0;
  while (machine.next() !== Infinity) {
    machine.more(200);
    for (const each of machine.range.entries.filter(({ seq }) => seq > last)) seen.push(each.seq);
    last = seen.at(-1);
    assert.ok(machine.range.entries.length + machine.ahead.length < 8_000);
    await settled();
  }
  assert.deepEqual(Array.from({ length: 20_000 }, (_, index) => index + 1), seen);
});

test("who scrolls up sees what was said before", async () => {
  const { machine } = await opened(...Array.from({ length: 300 }, (_, index) => index));
  while (!machine.range.complete) await machine.earlier();
  assert.equal(300, shown(machine).length);
});

test("however far somebody scrolls up, so many records are kept, and what was dropped is played", async () => {
  const { machine } = await opened(...Array.from({ length: 20_000 }, (_, index) => index));
  while (!machine.range.complete) {
    await machine.earlier();
    assert.ok(machine.range.entries.length + machine.ahead.length <= 6_100);
  }
  const first = machine.range.entries.length;
  assert.ok(Number.isNaN(machine.next()));
  await settled();
  machine.more(10);
  const seqs = shown(machine);
  assert.equal(first + 10, seqs.at(-1));
  assert.deepEqual(seqs.map((_, index) => seqs[0] + index), seqs);
});

test("a room in which nothing was said has no history", async () => {
  const { machine } = await opened();
  assert.deepEqual([0, Infinity, ""], [machine.duration, machine.next(), machine.clock(0)]);
});
