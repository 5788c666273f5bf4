import assert from "node:assert/strict";
import { test } from "node:test";
import { Core } from "../../chatsimples/page/js/core/core.js";
import { Backlog } from "../../chatsimples/page/js/model/backlog.js";
import { Conversation } from "../../chatsimples/page/js/model/conversations.js";
import { History } from "../../chatsimples/page/js/model/history.js";
import { Range, Timeline } from "../../chatsimples/page/js/model/timeline.js";
import { record, welcome } from "./fakes.mjs";

const LAST = 10_000;
const AT = "2026-11-22T15:00:00Z";

function entry(seq) {
  return { seq, at: AT, own: false, record: record(seq, "message", { room: "geral", text: `m${seq}` }) };
}

function entries(from, to) {
  return Array.from({ length: to - from + 1 }, (_, index) => entry(from + index));
}

/** A room in which every record is a message, seen from its end; its server answers each question. */
function room() {
  let next = 0;
  const core = new Core({ nick: "ana", newId: () => `id${++next}` });
  const backlog = new Backlog(core);
  const conversation = new Conversation({ room: "geral" });
  const asked = [];
  const history = new History({ core, backlog, changed() {}, send: () => queueMicrotask(answer) });
  core.connectionMade();
  core.receive(JSON.stringify(welcome(LAST)));
  core.linesToSend();
  conversation.timeline.begin(LAST);

  function answer() {
    for (const line of core.linesToSend()) {
      const { id, before, after, at, limit } = JSON.parse(line);
      asked.push({ before, after, at });
      const all = at ? entries(5_000, LAST) : after === undefined ? entries(1, before - 1) : entries(after + 1, LAST);
      const found = before === undefined ? all.slice(0, limit) : all.slice(-limit);
      for (const each of found) backlog.add(each.record, false);
      const end = { type: "history_end", room: "geral", complete: found.length === all.length, id };
      core.receive(JSON.stringify(end));
      backlog.answered(id, end);
    }
  }

  return { conversation, history, asked, timeline: conversation.timeline };
}

test("scrolling up goes on before what is here, to the beginning of the room", async () => {
  const { conversation, history, timeline } = room();
  while (!timeline.live.complete) await history.earlier(conversation, timeline.live);
  assert.deepEqual([1, LAST], [timeline.live.entries[0].seq, timeline.live.entries.length]);
});

test("a message in the far past is fetched with what is around it, and a gap stays before what is said now", async () => {
  const { conversation, history, timeline } = room();
  assert.equal(300, await history.reach(conversation, { seq: 300 }));
  const [past, live] = timeline.ranges;
  assert.deepEqual([240, 359, Infinity], [past.entries[0].seq, past.to, live.to]);
  assert.equal(past, timeline.rangeOf(300));
});

test("the first message from a time on is found", async () => {
  const { conversation, history, asked } = room();
  assert.equal(5_000, await history.reach(conversation, { at: AT }));
  assert.deepEqual({ before: undefined, after: undefined, at: AT }, asked[0]);
});

test("what is here is not asked for again, and what does not exist is not there", async () => {
  const { conversation, history, asked } = room();
  await history.reach(conversation, { seq: 300 });
  assert.equal(320, await history.reach(conversation, { seq: 320 }));
  assert.equal(2, asked.length);
  conversation.timeline.end();
  assert.equal(0, await history.reach(conversation, { seq: LAST + 5 }));
});

test("scrolling down from the past comes to what is said now without a gap", async () => {
  const { conversation, history, timeline } = room();
  await history.reach(conversation, { seq: 9_000 });
  while (timeline.ranges.length > 1) await history.later(conversation, timeline.ranges[0]);
  assert.equal(Infinity, timeline.ranges[0].to);
  const seqs = timeline.live.entries.map((each) => each.seq);
  assert.deepEqual(entries(seqs[0], LAST).map((each) => each.seq), seqs);
});

test("however far somebody scrolls, so many messages are kept and no more", async () => {
  const { conversation, history, timeline } = room();
  let looked = timeline.live;
  for (let steps = 0; steps < 95; steps++) {
    await history.earlier(conversation, looked);
    timeline.keepAround(looked, looked.first, 1_000);
  }
  const kept = timeline.ranges.reduce((sum, each) => sum + each.entries.length, 0);
  assert.ok(kept < 3_500, String(kept));
  assert.equal(2, timeline.ranges.length);
  assert.deepEqual([Infinity, LAST], [timeline.live.to, timeline.live.entries.at(-1).seq]);
  while (timeline.ranges.length > 1) await history.later(conversation, looked);
  const seqs = timeline.live.entries.map((each) => each.seq);
  assert.deepEqual(entries(seqs[0], LAST).map((each) => each.seq), seqs);
});

test("places that nobody looks at any more are forgotten, one after the other", () => {
  const timeline = new Timeline();
  timeline.begin(100_000);
  for (let from = 0; from < 10; from++) timeline.add(new Range(from * 5_000, from * 5_000 + 900, entries(from * 5_000 + 1, from * 5_000 + 900)));
  const looked = timeline.ranges[4];
  timeline.keepAround(looked, looked.first);
  assert.ok(timeline.ranges.includes(looked));
  assert.deepEqual([4, Infinity], [timeline.ranges.length, timeline.live.to]);
});
