/** What the page has of a browser, for tests: a server's side of a WebSocket, a clock, places where things are kept. */

import { Core } from "../../chatsimples/page/js/core/core.js";
import { Link } from "../../chatsimples/page/js/core/link.js";

export const LOG = "01LOG";

/** A clock whose timers run when the test lets the time pass. */
export class Clock {
  constructor() {
    this.time = 1_800_000_000_000;
    this.timers = [];
  }

  now() {
    return this.time;
  }

  later(act, after) {
    const timer = { act, at: this.time + after };
    this.timers.push(timer);
    return timer;
  }

  cancel(timer) {
    this.timers = this.timers.filter((each) => each !== timer);
  }

  /** Let so many milliseconds pass. */
  pass(span) {
    const end = this.time + span;
    for (;;) {
      const next = this.timers.filter((each) => each.at <= end).sort((one, other) => one.at - other.at)[0];
      if (!next) break;
      this.cancel(next);
      this.time = Math.max(this.time, next.at);
      next.act();
    }
    this.time = end;
  }
}

/** A WebSocket whose other end is the test. */
export class Socket {
  constructor() {
    this.readyState = 0;
    this.sent = [];
    this.closed = false;
    this.onopen = this.onmessage = this.onclose = null;
  }

  send(text) {
    this.sent.push(...text.split("\n").map((line) => JSON.parse(line)));
  }

  close() {
    this.closed = true;
    this.readyState = 3;
  }

  open() {
    this.readyState = 1;
    this.onopen?.({});
  }

  /** What the server sends: objects, a line for each. */
  receive(...lines) {
    this.onmessage?.({ data: lines.map((line) => JSON.stringify(line)).join("\n") });
  }

  /** The connection ends. */
  end() {
    this.readyState = 3;
    this.onclose?.({});
  }

  sentOf(type) {
    return this.sent.filter((each) => each.type === type);
  }
}

/** A link with its core, on a network that is the test's. */
export class Network {
  constructor() {
    this.clock = new Clock();
    this.sockets = [];
    this.world = {
      connect: () => {
        const socket = new Socket();
        this.sockets.push(socket);
        return socket;
      },
      now: () => this.clock.now(),
      later: (act, after) => this.clock.later(act, after),
      cancel: (timer) => this.clock.cancel(timer),
      chance: () => 1,
    };
  }

  /** The connection that was made last. */
  get socket() {
    return this.sockets.at(-1);
  }

  link(options = {}) {
    const events = [];
    const states = [];
    let next = 0;
    const core = new Core({ nick: "ana", newId: () => `id${++next}`, ...options });
    const link = new Link(core, this.world, {
      received: (received) => events.push(...received),
      changed: (state) => states.push(state),
    });
    return { core, link, events, states };
  }
}

/** Return a welcome at a position. */
export function welcome(seq, more = {}) {
  return { type: "welcome", nick: "ana", log: LOG, seq, head: seq, session: "secret", resumed: false, server: "x", ...more };
}

/** Return a record. */
export function record(seq, type, more = {}) {
  return { seq, at: "2026-11-22T15:00:00.000000Z", type, conn: 7, nick: "ana", ...more };
}

/** Return the records with which a connection begins: its hello, and a join for each room. */
export function arrival(seq, { conn = 7, nick = "ana", rooms = ["geral"] } = {}) {
  return [
    record(seq, "hello", { conn, nick, dialect: "websocket", identity: "me" }),
    ...rooms.map((room, index) => record(seq + 1 + index, "join", { conn, nick, room })),
  ];
}

/** Local storage, in memory. */
export class Store {
  constructor() {
    this.map = new Map();
  }

  get length() {
    return this.map.size;
  }

  key(index) {
    return [...this.map.keys()][index] ?? null;
  }

  getItem(name) {
    return this.map.get(name) ?? null;
  }

  setItem(name, value) {
    this.map.set(name, value);
  }

  removeItem(name) {
    this.map.delete(name);
  }
}

/** A database in memory; `hold` makes it write nothing, as when the page ends before it does. */
export class Database {
  constructor() {
    this.tables = { texts: new Map(), private: new Map() };
    this.held = false;
  }

  async put(table, key, value) {
    if (this.held) return new Promise(() => {});
    this.tables[table].set(key, structuredClone(value));
  }

  async remove(table, keys) {
    if (this.held) return new Promise(() => {});
    for (const key of keys) this.tables[table].delete(key);
  }

  async all(table) {
    return [...this.tables[table]].sort(([one], [other]) => (one < other ? -1 : 1));
  }
}

/** Let everything happen that waits for nothing but its turn. */
export async function settled() {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
