import assert from "node:assert/strict";
import { test } from "node:test";
import { MOST, ServerStatus } from "../../chatsimples/page/js/model/server_status.js";
import { nice } from "../../chatsimples/page/js/view/plot.js";

function told(uptime, more = {}) {
  return {
    type: "status", uptime, seq: 1, connections: { json: 1 }, records: 0, deliveries: 0, bytes: 0,
    turns: { count: 0, busy: 0, histogram: [] }, backlog: 0, catching_up: 0, queue: 0, rss: 0, ...more,
  };
}

function server() {
  const asked = { count: 0, can: true };
  const clock = { time: 0 };
  const status = new ServerStatus({
    now: () => clock.time,
    ask() {
      if (asked.can) asked.count += 1;
      return asked.can;
    },
  });
  return { status, asked, clock };
}

test("rates are differences, by the server's clock", () => {
  const { status } = server();
  status.take(told(10, { records: 100, deliveries: 1_000, bytes: 5_000 }));
  status.take(told(12, { records: 150, deliveries: 1_600, bytes: 9_000, turns: { count: 0, busy: 0.5, histogram: [] } }));
  const [first, second] = status.samples;
  assert.ok(Number.isNaN(first.records));
  assert.deepEqual([25, 300, 2_000, 0.25], [second.records, second.deliveries, second.bytes, second.busy]);
});

test("a process that has begun anew has no rate at first", () => {
  const { status } = server();
  status.take(told(1_000, { records: 100 }));
  status.take(told(3, { records: 5 }));
  status.take(told(4, { records: 7 }));
  assert.deepEqual([NaN, NaN, 2], status.samples.map((each) => each.records));
});

test("how long turns took is told of those since the last answer", () => {
  const { status } = server();
  status.take(told(1, { turns: { count: 10, busy: 0, histogram: [[1, 10]] } }));
  status.take(told(2, { turns: { count: 110, busy: 0, histogram: [[0.5, 90], [1, 18], [50, 2]] } }));
  status.take(told(3, { turns: { count: 110, busy: 0, histogram: [[0.5, 90], [1, 18], [50, 2]] } }));
  const [, second, third] = status.samples;
  assert.deepEqual([0.5, 50, NaN, NaN], [second.p50, second.p99, third.p50, third.p99]);
});

test("it asks once, until there is an answer or none can be expected any more", () => {
  const { status, asked, clock } = server();
  status.poll();
  clock.time += 1_000;
  status.poll();
  assert.equal(1, asked.count);
  clock.time += 10_000;
  status.poll();
  assert.equal(2, asked.count);
  status.take(told(1));
  status.poll();
  assert.equal(3, asked.count);
});

test("what can't be asked now is asked next time, and who may not know is told so", () => {
  const { status, asked } = server();
  asked.can = false;
  status.poll();
  asked.can = true;
  status.poll();
  assert.equal(1, asked.count);
  status.refused();
  assert.equal(true, status.isRefused);
  status.take(told(1));
  assert.equal(false, status.isRefused);
});

test("only the last minutes are kept", () => {
  const { status } = server();
  for (let uptime = 1; uptime <= MOST + 50; uptime++) status.take(told(uptime));
  assert.deepEqual([MOST, 51], [status.samples.length, status.samples[0].status.uptime]);
});

test("a scale ends with a round number", () => {
  assert.deepEqual([1, 2, 5, 10, 200, 1_000_000], [1, 1.2, 4, 7, 119, 999_999].map(nice));
});
