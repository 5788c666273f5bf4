import assert from "node:assert/strict";
import { test } from "node:test";
import { arrival, LOG, Network, record, welcome } from "./fakes.mjs";

function connected(options) {
  const network = new Network();
  const all = { network, ...network.link(options) };
  all.link.start();
  network.socket.open();
  network.socket.receive(welcome(10));
  network.socket.receive(...arrival(11));
  return all;
}

function reconnected({ network }, ...lines) {
  network.socket.end();
  network.clock.pass(100);
  network.socket.open();
  network.socket.receive(...lines);
}

test("a hello says the nick, the rooms and the session's secret", () => {
  const { network } = connected({ session: "s".repeat(32), rooms: ["geral", "turma"] });
  assert.deepEqual(network.socket.sent[0], {
    type: "hello", nick: "ana", rooms: ["geral", "turma"], session: "s".repeat(32),
  });
});

test("a text is pending until its own record comes back", () => {
  const { core, link, network, events } = connected();
  core.say("olá", { room: "geral" });
  link.flush();
  assert.deepEqual(["olá"], core.unconfirmed.map((each) => each.text));
  network.socket.receive(record(13, "message", { room: "geral", text: "olá", id: "id1" }));
  assert.deepEqual([], core.unconfirmed);
  assert.equal(true, events.at(-1).own);
});

test("after a cut the client resumes from its position and resends what was not acked", () => {
  const all = connected();
  const { core, link, network, events } = all;
  core.say("um", { room: "geral" });
  core.say("dois", { room: "geral" });
  link.flush();
  network.socket.receive(record(13, "message", { room: "geral", text: "um", id: "id1" }));
  reconnected(all, welcome(13, { resumed: true, head: 20 }));
  assert.deepEqual({ log: LOG, seq: 13 }, network.socket.sentOf("hello")[0].since);
  assert.deepEqual(["dois"], network.socket.sentOf("message").map((each) => each.text));
  const last = events.findLast((each) => each.type === "welcomed");
  assert.deepEqual([true, false], [last.again, last.gap]);
});

test("a duplicate is the ack of a text whose record was missed", () => {
  const all = connected();
  all.core.say("um", { room: "geral" });
  all.link.flush();
  reconnected(all, welcome(12, { resumed: true }), { type: "duplicate", id: "id1", seq: 13 });
  assert.deepEqual([], all.core.unconfirmed);
  assert.deepEqual(["recorded", 13, false], Object.values(all.events.at(-1)).filter((each) => typeof each !== "object"));
});

test("another log is a gap, and a new position", () => {
  const all = connected();
  reconnected(all, welcome(3, { log: "02LOG" }));
  assert.equal(true, all.events.at(-1).gap);
  assert.deepEqual({ log: "02LOG", seq: 3 }, all.core.position);
});

test("a record of the past does not move the position", () => {
  const { core, network, events } = connected();
  network.socket.receive(record(5, "message", { conn: 3, nick: "bia", room: "geral", text: "antes" }));
  assert.deepEqual([true, 12], [events.at(-1).past, core.position.seq]);
});

test("a ping moves the position only once the stream is live", () => {
  const all = connected();
  all.network.socket.receive({ type: "ping", seq: 30 });
  assert.equal(30, all.core.position.seq);
  assert.deepEqual([{ type: "pong" }], all.network.socket.sentOf("pong"));
  reconnected(all, welcome(30, { resumed: true, head: 50 }), { type: "ping", seq: 50 });
  assert.equal(30, all.core.position.seq);
});

test("no more than the window is in flight, in order", () => {
  const { core, link, network } = connected({ window: 2 });
  for (const text of ["a", "b", "c"]) core.say(text, { room: "geral" });
  link.flush();
  assert.deepEqual(["a", "b"], network.socket.sentOf("message").map((each) => each.text));
  network.socket.receive(record(13, "message", { room: "geral", text: "a", id: "id1" }));
  assert.deepEqual(["a", "b", "c"], network.socket.sentOf("message").map((each) => each.text));
});

test("a refused nick, a refused password and a dismissal are told apart", () => {
  for (const [code, type] of [["nick_in_use", "nick"], ["login_failed", "login"], ["banned", "dismissed"]]) {
    const network = new Network();
    const { link, events } = network.link();
    link.start();
    network.socket.open();
    network.socket.receive({ type: "error", code, text: "no" });
    assert.equal(type, events[0].type);
  }
});

test("a text that was refused is pending no more", () => {
  const { core, link, network, events } = connected();
  core.say("olá", { to: "rui" });
  link.flush();
  network.socket.receive({ type: "error", code: "no_such_nick", text: "", id: "id1" });
  assert.deepEqual([["refused", "olá"], []], [[events.at(-1).type, events.at(-1).command.text], core.unconfirmed]);
});

test("a full disk refuses nothing", () => {
  const { core, link, network } = connected();
  core.say("olá", { room: "geral" });
  link.flush();
  network.socket.receive({ type: "error", code: "storage_full", text: "" });
  assert.equal(1, core.unconfirmed.length);
});

test("types and fields that this client does not know are ignored", () => {
  const { network, events } = connected();
  const before = events.length;
  network.socket.receive({ type: "confetti", more: [1] }, { ...record(13, "message", { room: "geral", text: "oi", conn: 3 }), new_field: 1 });
  assert.deepEqual(["oi"], events.slice(before).map((each) => each.record.text));
});

test("a private message of an earlier page's connection is this person's own", () => {
  const { network, events } = connected({ identity: "me", position: { log: LOG, seq: 4 } });
  network.socket.receive(record(14, "message", { conn: 3, nick: "ana", to: "bia", to_conn: 9, text: "oi", identity: "me" }));
  assert.equal(true, events.at(-1).own);
});

test("after a login what others say under the session's secret is not this person's own", () => {
  const { network, events } = connected();
  const said = { conn: 3, nick: "eva", to: "bia", to_conn: 9, text: "oi" };
  network.socket.receive(
    record(13, "login", { account: "ana", role: "member", identity: "mine" }),
    record(14, "message", { ...said, identity: "me" }),
    record(15, "message", { ...said, identity: "mine" }),
  );
  assert.deepEqual([false, true], events.slice(-2).map((each) => each.own));
});
