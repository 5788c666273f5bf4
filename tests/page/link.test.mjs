import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_TIMING, retryDelay } from "../../chatsimples/page/js/core/timing.js";
import { arrival, Network, welcome } from "./fakes.mjs";

function connected() {
  const network = new Network();
  const all = { network, ...network.link() };
  all.link.start();
  network.socket.open();
  network.socket.receive(welcome(10));
  network.socket.receive(...arrival(11));
  return all;
}

test("the waits double from a tenth of a second to ten seconds, with jitter", () => {
  assert.deepEqual([100, 200, 400, 10_000], [0, 1, 2, 20].map((attempts) => retryDelay(DEFAULT_TIMING, attempts, 1)));
  assert.equal(50, retryDelay(DEFAULT_TIMING, 0, 0));
});

test("a lost connection is made anew, after longer and longer waits", () => {
  const { network, link, states } = connected();
  network.socket.end();
  assert.deepEqual(["connecting", "connected", "lost"], states);
  network.clock.pass(99);
  assert.equal(1, network.sockets.length);
  network.clock.pass(1);
  network.socket.end();
  network.clock.pass(199);
  assert.equal(2, network.sockets.length);
  network.clock.pass(1);
  assert.deepEqual([3, "connecting"], [network.sockets.length, link.state]);
});

test("a nudge tries at once", () => {
  const { network, link } = connected();
  network.socket.end();
  link.nudge();
  assert.equal(2, network.sockets.length);
});

test("a connection without a welcome is given up", () => {
  const network = new Network();
  const { link } = network.link();
  link.start();
  network.socket.open();
  network.clock.pass(DEFAULT_TIMING.connect + 2_000);
  assert.equal(true, network.sockets[0].closed);
});

test("a silent connection is asked for a sign of life, and given up without one", () => {
  const { network, link } = connected();
  network.clock.pass(DEFAULT_TIMING.quiet + 2_000);
  assert.equal(1, network.socket.sentOf("ping").length);
  network.socket.receive({ type: "pong" });
  network.clock.pass(DEFAULT_TIMING.quiet + 2_000);
  assert.deepEqual([2, "connected"], [network.socket.sentOf("ping").length, link.state]);
  network.clock.pass(DEFAULT_TIMING.dead + 1_000);
  assert.deepEqual([true, 2], [network.sockets[0].closed, network.sockets.length]);
});

test("after a sleep the connection is asked at once, and answered or given up in seconds", () => {
  const { network } = connected();
  network.clock.time += 3_600_000;
  network.clock.pass(1_000);
  assert.equal(1, network.socket.sentOf("ping").length);
  network.clock.pass(DEFAULT_TIMING.awake + 1_000);
  assert.deepEqual([true, 2], [network.sockets[0].closed, network.sockets.length]);
});

test("lines that are not of the protocol end the connection", () => {
  const { network, link, events } = connected();
  network.socket.onmessage({ data: "HTTP/1.1 200 OK" });
  assert.deepEqual(["violated", "lost"], [events.at(-1).type, link.state]);
});

test("what comes late on a connection that was given up is not heard", () => {
  const { network, events } = connected();
  const late = network.socket;
  late.end();
  const before = events.length;
  late.onmessage?.({ data: JSON.stringify(welcome(10)) });
  assert.equal(before, events.length);
});

test("a link that is stopped stays so", () => {
  const { network, link } = connected();
  link.stop();
  network.clock.pass(60_000);
  assert.deepEqual([1, "idle"], [network.sockets.length, link.state]);
});
