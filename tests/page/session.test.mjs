import assert from "node:assert/strict";
import { test } from "node:test";
import { Shelf } from "../../chatsimples/page/js/core/storage/shelf.js";
import { Session } from "../../chatsimples/page/js/model/session.js";
import { arrival, Database, LOG, Network, record, settled, Store, welcome } from "./fakes.mjs";

/** A browser: its tabs share a store, a database and a channel. */
class Browser {
  constructor() {
    this.store = new Store();
    this.database = new Database();
    this.channels = [];
  }

  tab({ network = new Network(), lookedAt = true } = {}) {
    const channel = {
      onmessage: null,
      postMessage: (data) => {
        for (const other of this.channels) if (other !== channel) other.onmessage?.({ data });
      },
      close() {},
    };
    this.channels.push(channel);
    const arrivals = [];
    const tab = { network, arrivals, lookedAt };
    tab.session = new Session({
      world: network.world, shelf: new Shelf(this.store), database: this.database, channel,
      observer: { changed() {}, arrived: (arrival) => arrivals.push(arrival), shown() {} },
      isLookedAt: () => tab.lookedAt,
    });
    return tab;
  }
}

async function inside(tab, { seq = 10, rooms = ["geral"], nick = "ana" } = {}) {
  await tab.session.enter({ nick }, "");
  tab.network.socket.open();
  tab.network.socket.receive(welcome(seq, { nick }));
  tab.network.socket.receive(...arrival(seq + 1, { rooms, nick }));
  await settled();
  return tab;
}

function answerHistory(tab, room, ...records) {
  const { id } = tab.network.socket.sentOf("history").at(-1);
  tab.network.socket.receive(...records, { type: "history_end", room, complete: true, id });
  return settled();
}

function from(seq, nick, text, more = {}) {
  return record(seq, "message", { conn: 3, nick, room: "geral", text, ...more });
}

function texts(conversation) {
  return (conversation.timeline.live?.entries ?? []).filter((each) => each.record?.text).map((each) => each.record.text);
}

test("who enters sees what was said before, and then what is said", async () => {
  const tab = await inside(new Browser().tab());
  tab.network.socket.receive(from(20, "bia", "agora"));
  await answerHistory(tab, "geral", from(3, "bia", "antes"));
  assert.deepEqual(["antes", "agora"], texts(tab.session.dialogue.current));
  assert.equal(true, tab.session.dialogue.current.timeline.live.complete);
});

test("what is not looked at is counted, and what names somebody counted apart", async () => {
  const tab = await inside(new Browser().tab(), { rooms: ["geral"] });
  const { dialogue } = tab.session;
  dialogue.typed("/entrar turma");
  tab.network.socket.receive(record(13, "join", { room: "turma", id: dialogue.core.outbox.all().at(-1).id }));
  tab.network.socket.receive(from(14, "bia", "olá"), from(15, "bia", "ana: vem"), from(16, "rui", "vejo", { room: "turma" }));
  const [geral, turma] = dialogue.conversations.all;
  assert.deepEqual([[2, 1], [0, 0]], [[geral.unread, geral.mentions], [turma.unread, turma.mentions]]);
  assert.deepEqual([false, true, false], tab.arrivals.map((each) => each.urgent));
  dialogue.show(geral);
  assert.deepEqual([0, 13], [geral.unread, geral.newAfter]);
});

test("a private message opens its conversation, and another nick renames it", async () => {
  const tab = await inside(new Browser().tab());
  tab.network.socket.receive(
    record(13, "message", { conn: 3, nick: "bia", to: "ana", to_conn: 7, text: "psiu" }),
    record(14, "nick", { conn: 3, nick: "bia", new: "beatriz", room: "geral" }),
  );
  const [found] = tab.session.dialogue.conversations.private;
  assert.deepEqual(["beatriz", 1, ["psiu"]], [found.name, found.mentions, texts(found)]);
});

test("texts of a closed tab are said by the next, under their ids", async () => {
  const browser = new Browser();
  const first = await inside(browser.tab());
  first.session.dialogue.typed("um\ndois");
  const ids = first.network.socket.sentOf("message").map((each) => each.id);
  first.session.end();
  const second = browser.tab();
  await second.session.resume("");
  second.network.socket.open();
  const [hello] = second.network.socket.sent;
  assert.deepEqual([{ log: LOG, seq: 12 }, "ana", "secret"], [hello.since, hello.nick, hello.session]);
  second.network.socket.receive(welcome(12, { resumed: true, head: 13 }));
  assert.deepEqual(ids, second.network.socket.sentOf("message").map((each) => each.id));
});

test("a page after a long absence begins anew, at the message where reading stopped", async () => {
  const browser = new Browser();
  const first = await inside(browser.tab());
  first.network.socket.receive(from(20, "bia", "lida"));
  first.session.end();
  const second = browser.tab({ lookedAt: false });
  second.network.clock.time += 3_600_000;
  await inside(second, { seq: 30 });
  assert.equal(undefined, second.network.socket.sent[0].since);
  await answerHistory(second, "geral", from(20, "bia", "lida"), from(25, "bia", "nova"), from(26, "bia", "e ana?"));
  const { current } = second.session.dialogue;
  assert.deepEqual([2, 1, 24], [current.unread, current.mentions, current.newAfter]);
});

test("private conversations are there again on the next page", async () => {
  const browser = new Browser();
  const first = await inside(browser.tab());
  first.network.socket.receive(record(13, "message", { conn: 3, nick: "bia", to: "ana", to_conn: 7, text: "psiu" }));
  first.session.end();
  await settled();
  const second = await inside(browser.tab(), { seq: 14 });
  assert.deepEqual([["psiu"]], second.session.dialogue.conversations.private.map(texts));
});

test("of several tabs the last has the connection, and the one before waits", async () => {
  const browser = new Browser();
  const first = await inside(browser.tab());
  const second = await inside(browser.tab(), { seq: 20 });
  assert.deepEqual(["elsewhere", "chat"], [first.session.place, second.session.place]);
  assert.equal(true, first.network.socket.closed);
  first.session.takeOver();
  await settled();
  assert.deepEqual(["chat", "elsewhere"], [first.session.place, second.session.place]);
});

test("a tab that was replaced at the server does not fight", async () => {
  const tab = await inside(new Browser().tab());
  tab.network.socket.receive({ type: "error", code: "replaced", text: "" });
  tab.network.clock.pass(60_000);
  assert.deepEqual(["elsewhere", 1], [tab.session.place, tab.network.sockets.length]);
});

test("a wrong password and a taken nick lead back to the door, with the reason", async () => {
  const tab = new Browser().tab();
  await tab.session.enter({ nick: "ana", login: { account: "ana", password: "x" } }, "");
  tab.network.socket.open();
  assert.deepEqual(["ana", "x"], [tab.network.socket.sent[0].account, tab.network.socket.sent[0].password]);
  tab.network.socket.receive({ type: "error", code: "login_failed", text: "" });
  assert.deepEqual(["door", "login"], [tab.session.place, tab.session.wanted.what]);
  await tab.session.enter({ nick: "bia" }, "");
  tab.network.socket.open();
  tab.network.socket.receive({ type: "error", code: "nick_in_use", text: "", detail: { nick: "bia" } });
  assert.deepEqual(["nick", "the nick bia is taken"], [tab.session.wanted.what, tab.session.wanted.why]);
});

test("no password is written down", async () => {
  const browser = new Browser();
  const tab = browser.tab();
  await tab.session.enter({ nick: "ana", login: { account: "ana", password: "segredo" } }, "");
  tab.network.socket.open();
  tab.network.socket.receive(welcome(10, { account: "ana", role: "member" }), ...arrival(11));
  tab.session.dialogue.typed("olá");
  tab.session.end();
  await settled();
  assert.equal(false, JSON.stringify([...browser.store.map, ...browser.database.tables.texts]).includes("segredo"));
});

test("who leaves leaves nothing behind but the nick", async () => {
  const browser = new Browser();
  const tab = await inside(browser.tab());
  tab.network.socket.receive(record(13, "message", { conn: 3, nick: "bia", to: "ana", to_conn: 7, text: "psiu" }));
  tab.session.dialogue.typed("/sair");
  await settled();
  assert.deepEqual(["door", 1], [tab.session.place, tab.network.socket.sentOf("bye").length]);
  assert.deepEqual(["chatsimples.nick"], [...browser.store.map.keys()]);
  assert.equal(0, browser.database.tables.private.size);
});

test("another log begins all conversations anew, and says so", async () => {
  const tab = await inside(new Browser().tab());
  tab.network.socket.receive(from(20, "bia", "velha"));
  tab.network.socket.end();
  tab.network.clock.pass(100);
  tab.network.socket.open();
  tab.network.socket.receive(welcome(2, { log: "02LOG" }));
  tab.network.socket.receive(...arrival(3));
  await settled();
  const { current } = tab.session.dialogue;
  assert.deepEqual([[], 1], [texts(current), current.timeline.live.entries.filter((each) => each.notice).length]);
  // The question to the old log is still answered, and its answer is nobody's.
  const [old, { id, before }] = tab.network.socket.sentOf("history");
  assert.equal(3, before);
  tab.network.socket.receive(from(1, "bia", "x"), { type: "history_end", room: "geral", complete: true, id: old.id });
  tab.network.socket.receive(from(1, "bia", "nova"), { type: "history_end", room: "geral", complete: true, id });
  await settled();
  assert.deepEqual(["nova"], texts(current));
});

test("a cut is resumed without a fetch, and nothing is there twice", async () => {
  const tab = await inside(new Browser().tab());
  await answerHistory(tab, "geral");
  tab.network.socket.receive(from(20, "bia", "um"));
  tab.network.socket.end();
  tab.network.clock.pass(100);
  tab.network.socket.open();
  tab.network.socket.receive(welcome(20, { resumed: true, head: 22 }));
  tab.network.socket.receive(from(21, "bia", "dois"), ...arrival(23, { conn: 9 }));
  await settled();
  assert.deepEqual([["um", "dois"], 0], [texts(tab.session.dialogue.current), tab.network.socket.sentOf("history").length]);
});

test("a private text waits for its reader, who may be slower to reconnect", async () => {
  const tab = await inside(new Browser().tab());
  tab.network.socket.end();
  tab.network.clock.pass(100);
  tab.network.socket.open();
  tab.network.socket.receive(welcome(12, { resumed: true, head: 12 }));
  tab.session.dialogue.typed("/msg bia olá");
  const [{ id }] = tab.network.socket.sentOf("message");
  tab.network.socket.receive({ type: "error", code: "no_such_nick", text: "", id });
  assert.deepEqual(["olá"], tab.session.dialogue.pendingOf({ to: "bia" }).map((each) => each.text));
});

test("a text that is refused is told, and not said", async () => {
  const tab = await inside(new Browser().tab());
  tab.session.dialogue.typed("/msg rui olá");
  const [{ id }] = tab.network.socket.sentOf("message");
  tab.network.socket.receive({ type: "error", code: "no_such_nick", text: "", id, detail: { nick: "rui" } });
  const where = tab.session.dialogue.conversations.find({ to: "rui" });
  assert.deepEqual(["not said: olá (nobody here is called rui)"], where.timeline.live.entries.flatMap((each) => each.notice.lines));
});

test("who is removed from a room is told so in another", async () => {
  const tab = await inside(new Browser().tab(), { rooms: ["geral"] });
  const { dialogue } = tab.session;
  dialogue.typed("/entrar turma");
  tab.network.socket.receive(record(13, "join", { room: "turma" }));
  tab.network.socket.receive(record(14, "leave", { room: "turma", reason: "kicked", by: "bia", by_conn: 3, text: "chega" }));
  assert.deepEqual(["geral"], dialogue.conversations.all.map((each) => each.name));
  assert.equal("kicked", dialogue.current.timeline.live.entries.at(-1).record.reason);
});

test("who was away for a moment is not said to have left and come", async () => {
  const tab = await inside(new Browser().tab());
  const at = (second) => ({ at: `2026-11-22T15:00:${second}.000000Z`, room: "geral", nick: "bia", conn: 3 });
  tab.network.socket.receive(
    record(13, "join", at("01")), record(14, "leave", { ...at("02"), reason: "closed" }), record(15, "join", at("05")),
    record(16, "leave", { ...at("09"), reason: "quit" }), record(17, "join", at("12")),
  );
  const shown = tab.session.dialogue.current.timeline.live.entries.map((each) => each.seq);
  assert.deepEqual([13, 16, 17], shown);
});

test("a private text that waits for its reader is said by the next page", async () => {
  const browser = new Browser();
  const tab = await inside(browser.tab());
  tab.network.socket.end();
  tab.network.clock.pass(100);
  tab.network.socket.open();
  tab.network.socket.receive(welcome(12, { resumed: true, head: 12 }));
  tab.session.dialogue.typed("/msg bia olá");
  const [{ id }] = tab.network.socket.sentOf("message");
  tab.network.socket.receive({ type: "error", code: "no_such_nick", text: "", id });
  tab.session.end();
  const next = await inside(browser.tab(), { seq: 20 });
  assert.deepEqual([id], next.network.socket.sentOf("message").map((each) => each.id));
  next.session.dialogue.sendPostponed();
});

test("a private text that was recorded before the tab closed is shown once, and kept", async () => {
  const browser = new Browser();
  const first = await inside(browser.tab());
  first.session.dialogue.typed("/msg bia olá");
  const [{ id }] = first.network.socket.sentOf("message");
  const second = browser.tab();
  second.network.clock.time += 3_600_000;
  await inside(second, { seq: 30 });
  second.network.socket.receive({ type: "duplicate", id, seq: 20 });
  await settled();
  assert.deepEqual([["olá"], 0], [second.session.dialogue.conversations.private.map(texts).flat(), second.session.dialogue.unconfirmed]);
  const third = await inside(browser.tab(), { seq: 40 });
  assert.deepEqual([["olá"]], third.session.dialogue.conversations.private.map(texts));
});

test("what was private and not looked at is unread on the next page too", async () => {
  const browser = new Browser();
  const first = await inside(browser.tab());
  const psiu = (seq, text) => record(seq, "message", { conn: 3, nick: "bia", to: "ana", to_conn: 7, text });
  first.network.socket.receive(psiu(13, "um"), psiu(14, "dois"));
  first.session.end();
  await settled();
  const second = await inside(browser.tab(), { seq: 20 });
  const [bia] = second.session.dialogue.conversations.private;
  assert.deepEqual([2, 2], [bia.unread, bia.mentions]);
  second.session.dialogue.show(bia);
  second.session.end();
  const third = await inside(browser.tab(), { seq: 30 });
  assert.equal(0, third.session.dialogue.conversations.private[0].unread);
});

test("who lost the nick meanwhile comes in under another, and says what waited", async () => {
  const tab = await inside(new Browser().tab());
  tab.network.socket.end();
  tab.session.dialogue.typed("olá");
  tab.network.clock.pass(100);
  tab.network.socket.open();
  tab.network.socket.receive({ type: "error", code: "nick_in_use", text: "", detail: { nick: "ana" } });
  assert.equal("door", tab.session.place);
  await tab.session.enter({ nick: "aninha" }, "");
  tab.network.socket.open();
  assert.deepEqual([12, "aninha"], [tab.network.socket.sent[0].since.seq, tab.network.socket.sent[0].nick]);
  tab.network.socket.receive(welcome(12, { nick: "aninha", resumed: true }));
  assert.deepEqual(["olá"], tab.network.socket.sentOf("message").map((each) => each.text));
});

test("whom the server does not want is told why, and may try again", async () => {
  const tab = await inside(new Browser().tab());
  tab.network.socket.receive({ type: "error", code: "kicked", text: "" });
  assert.deepEqual(["dismissed", "you were removed from the chat"], [tab.session.place, tab.session.dismissal]);
  tab.network.clock.pass(60_000);
  assert.equal(1, tab.network.sockets.length);
  tab.session.takeOver();
  await settled();
  assert.equal(2, tab.network.sockets.length);
});

test("where tabs can't speak with each other the page works all the same", async () => {
  const tab = new Browser().tab();
  tab.session.tabs.channel = undefined;
  await inside(tab);
  tab.session.end();
  assert.equal("chat", tab.session.place);
});
