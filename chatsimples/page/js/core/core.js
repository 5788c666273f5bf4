/**
 * The client without its network: lines come in and events go out, commands come in and lines go out.
 *
 * It is `chatsimples/client/protocol/core.py` in another language, with the same promises, whatever happens to
 * the connections beneath it:
 *
 * 1. Each text that it was given is said exactly once, in the order in which it was given.
 * 2. The records that it gives are those of its rooms and its private ones: each once, in order, without a gap.
 *    Where the server can't keep that (its log is another one), the event `welcomed` says `gap`.
 * 3. A server of any version is understood: types and fields that this client does not know are ignored.
 *
 * How they are kept is told in that file. A browser adds one thing: the session's secret, the position and the
 * texts that are in flight outlive the page (`Keeper`), so the first promise holds over a closed tab too.
 *
 * @import {Answer, ChatRecord, Command, ErrorReply, Limits, Login, Position, Welcome} from "./protocol.js"
 *
 * @typedef {object} Keeper Keeps texts until they are answered, beyond the page's end.
 * @property {(command: Command) => void} keep
 * @property {(id: string) => void} forget
 *
 * @typedef {{[name: string]: string}} Detail
 * @typedef {{type: "welcomed", welcome: Welcome, again: boolean, gap: boolean}} Welcomed
 * @typedef {{type: "record", record: ChatRecord, own: boolean, past: boolean, command?: Command}} RecordReceived
 * @typedef {{type: "reply", reply: Answer, command?: Command}} ReplyReceived
 * @typedef {{type: "recorded", command: Command, seq: number, unseen: boolean}} AlreadyRecorded
 * @typedef {{type: "refused", code: string, text: string, detail: Detail, command?: Command}} Refused
 * @typedef {{type: "nick" | "login" | "dismissed", code: string, text: string, detail: Detail}} Rejected
 *     The server wants another nick, another proof of who this is, or not this client.
 * @typedef {{type: "violated", reason: string}} Violated The lines are not of the protocol.
 * @typedef {Welcomed | RecordReceived | ReplyReceived | AlreadyRecorded | Refused | Rejected | Violated} CoreEvent
 */

import { DEFAULT_ROOM, heardKey, secret } from "./names.js";
import { Outbox } from "./outbox.js";
import { GOVERNING, RECORDS } from "./protocol.js";

/** Commands in flight at most: as many ids as a server remembers of a session that was cut. */
export const WINDOW = 64;

const NICK_CODES = new Set(["bad_nick", "nick_confusable", "nick_in_use", "nick_registered"]);
const LOGIN_CODES = new Set(["login_failed", "login_required", "registration_closed"]);
// With a room among their details and no command they are about one of the rooms of the hello.
const ROOM_CODES = new Set(["bad_key", "banned", "login_required", "room_closed", "room_full"]);
// Before a welcome these are no verdict on the hello: the next connection may succeed.
const PASSING_CODES = new Set([
  "flood", "login_busy", "registration_timeout", "replaced", "server_full", "storage_failed", "storage_full",
  "timeout", "too_many_connections",
]);
const FINAL_CODES = new Set(["kicked", "replaced", "session_ended"]);
/** @type {{[type: string]: string}} */
const QUESTIONS = { members: "who", rooms: "rooms", history_end: "history", status: "status" };
const NO_LIMITS = { max_line: 0, max_text: 0, max_name: 0 };

/** @type {Keeper} */
const KEEPS_NOTHING = { keep() {}, forget() {} };

/** One client's side of the protocol, over any number of connections. */
export class Core {
  /**
   * @param {object} options
   * @param {string} options.nick the nick to take.
   * @param {string[]} [options.rooms] the rooms to enter.
   * @param {string} [options.session] the secret that makes connections the same client.
   * @param {string} [options.identity] what records call that client, if it is known from before.
   * @param {Position} [options.position] where an earlier page stopped.
   * @param {Login} [options.login] as whom to log in, on each connection.
   * @param {Keeper} [options.keeper] keeps texts.
   * @param {() => string} [options.newId] makes a command's id; nobody must be able to guess it.
   * @param {number} [options.window] commands in flight at most.
   */
  constructor({
    nick, rooms = [DEFAULT_ROOM], session = "", identity = "", position, login,
    keeper = KEEPS_NOTHING, newId = () => secret(12), window = WINDOW,
  }) {
    this.nick = nick;
    this.session = session || secret(32);
    this.identity = identity;
    /** Where the next connection goes on; undefined before the first welcome. */
    this.position = position;
    /** A connection stands, and the server has said welcome on it. */
    this.registered = false;
    /** @type {Limits} */
    this.limits = NO_LIMITS;
    this.account = login?.account ?? "";
    /** On the server: "", "member", "moderator" or "admin". */
    this.role = "";
    this.login = login;
    /** @type {Map<string, string>} */
    this.entered = new Map(rooms.map((room) => [heardKey(room), room]));
    /** @type {Map<string, string>} */
    this.keys = new Map();
    this.outbox = new Outbox(window);
    this.keeper = keeper;
    this.newId = newId;
    /** @type {string[]} */
    this.out = [];
    this.connected = false;
    this.ignoring = false;
    this.leaving = false;
    this.conn = 0;
    this.head = 0;
    /** Whether there was a welcome already: before this page, if it begins with a position. */
    this.welcomedBefore = position !== undefined;
    /** The rooms whose records this connection receives without a gap; undefined for none. */
    /** @type {Set<string> | undefined} */
    this.fed = undefined;
  }

  /** The rooms that this client is in or, while there is no connection, will be in again. */
  get rooms() {
    return [...this.entered.values()];
  }

  /** @param {string} room */
  isIn(room) {
    return this.entered.has(heardKey(room));
  }

  /** How many commands are not answered yet. */
  get unanswered() {
    return this.outbox.size;
  }

  /** The texts that are not known to be on record, in the order in which they were given. */
  get unconfirmed() {
    return this.outbox.all().filter((each) => each.type === "message");
  }

  /** How many of the log's records may still come before the live ones; 0 if the stream is live. */
  get recordsBehind() {
    if (!this.registered || this.conn || !this.position) return 0;
    return Math.max(0, this.head - this.position.seq);
  }

  // The connection.

  /** Begin on a new connection. */
  connectionMade() {
    if (this.connected) throw new Error("the last connection is not over");
    this.connected = true;
    this.sayHello();
  }

  /** End the connection. Unanswered commands are sent on the next one. */
  connectionLost() {
    this.connected = this.registered = this.ignoring = this.leaving = false;
    this.conn = 0;
    this.out = [];
  }

  /** Return, once, the lines that are to be sent now. */
  linesToSend() {
    const lines = this.out;
    this.out = [];
    return lines;
  }

  /**
   * Take one line that was received.
   *
   * @param {string} line
   * @returns {CoreEvent | undefined}
   */
  receive(line) {
    if (this.ignoring || !line) return undefined;
    let read;
    try {
      read = JSON.parse(line);
    } catch {
      read = undefined;
    }
    if (typeof read !== "object" || read === null || typeof read.type !== "string") {
      this.ignoring = true;
      return { type: "violated", reason: line.slice(0, 80) };
    }
    if (RECORDS.has(read.type)) return this.takeRecord(read);
    switch (read.type) {
      case "welcome":
        return this.takeWelcome(read);
      case "error":
        return this.takeError(read);
      case "members":
      case "rooms":
      case "history_end":
      case "status": {
        // Questions are answered in order, and servers may leave out the id.
        const id = read.id || this.outbox.oldest(/** @type {string} */ (QUESTIONS[read.type]));
        return { type: "reply", reply: read, command: this.answered(id) };
      }
      case "duplicate":
        return this.takeDuplicate(read);
      case "ping":
        this.out.push('{"type":"pong"}');
        if (this.conn && this.position && read.seq > this.position.seq) {
          this.position = { log: this.position.log, seq: read.seq };
        }
    }
    return undefined;
  }

  // Commands.

  /**
   * Say a text in a room or to one person.
   *
   * @param {string} text
   * @param {{room?: string, to?: string}} where
   * @param {string} [kind] "action" for what somebody does.
   */
  say(text, { room, to }, kind) {
    const said = kind ? { text, kind } : { text };
    return this.command("message", to ? { to, ...said } : { room, ...said });
  }

  /**
   * Enter a further room; its key is known for as long as this client is there.
   *
   * @param {string} room
   * @param {string} [key]
   */
  join(room, key = "") {
    if (key) this.keys.set(heardKey(room), key);
    return this.command("join", key ? { room, key } : { room });
  }

  /**
   * Ask for something, or do it: a command of this type with these fields.
   *
   * @param {string} type
   * @param {Omit<Command, "type" | "id">} fields
   */
  command(type, fields) {
    /** @type {Command} */
    const command = { type, id: this.newId(), ...fields };
    if (type === "message") this.keeper.keep(command);
    this.outbox.add(command);
    this.sendWaiting();
    return command;
  }

  /**
   * Take over texts that an earlier page, or another tab, could not see answered.
   *
   * @param {Command[]} commands
   */
  restore(commands) {
    const known = new Set(this.outbox.all().map((each) => each.id));
    for (const command of commands) {
      if (known.has(command.id)) continue;
      known.add(command.id);
      this.outbox.add(command);
    }
    this.sendWaiting();
  }

  /** Ask for a sign of life. */
  ping() {
    if (this.registered) this.out.push('{"type":"ping"}');
  }

  /** Leave: commands in flight are still answered, those that wait are not sent any more. */
  bye() {
    if (!this.registered || this.leaving) return;
    this.leaving = true;
    this.out.push('{"type":"bye"}');
  }

  // Sending.

  sayHello() {
    this.fed = new Set(this.entered.keys());
    /** @type {{[name: string]: unknown}} */
    const hello = { type: "hello", nick: this.nick, rooms: this.rooms, session: this.session };
    if (this.position) hello.since = this.position;
    const keys = [...this.keys].filter(([room]) => this.entered.has(room));
    if (keys.length) hello.keys = Object.fromEntries(keys);
    if (this.login?.account) hello.account = this.login.account;
    if (this.login?.password) hello.password = this.login.password;
    if (this.login?.register) hello.register = true;
    this.out.push(JSON.stringify(hello));
  }

  sendWaiting() {
    if (!this.registered || this.leaving) return;
    for (const command of this.outbox.sendWaiting()) this.out.push(JSON.stringify(command));
  }

  /**
   * @param {string} id
   * @returns {Command | undefined}
   */
  answered(id) {
    const command = this.outbox.answered(id);
    if (command) {
      if (command.type === "message") this.keeper.forget(id);
      this.sendWaiting();
    }
    return command;
  }

  // Receiving.

  /**
   * @param {Welcome} welcome
   * @returns {CoreEvent | undefined}
   */
  takeWelcome(welcome) {
    if (this.registered) return undefined;
    const since = this.position;
    const kept = since !== undefined && welcome.resumed === true && welcome.log === since.log;
    if (!kept) {
      this.position = { log: welcome.log, seq: welcome.seq };
      this.fed = undefined;
    }
    this.registered = true;
    this.nick = welcome.nick;
    this.limits = { ...NO_LIMITS, ...welcome.limits };
    this.session = welcome.session || this.session;
    this.account = welcome.account || this.account;
    this.role = welcome.role ?? "";
    this.head = welcome.head ?? 0;
    // An account is made once.
    if (this.login?.register) this.login = { account: this.login.account, password: this.login.password };
    for (const command of this.outbox.flying.values()) this.out.push(JSON.stringify(command));
    this.sendWaiting();
    const again = this.welcomedBefore;
    this.welcomedBefore = true;
    return { type: "welcomed", welcome, again, gap: since !== undefined && !kept };
  }

  /**
   * @param {ChatRecord} record
   * @returns {CoreEvent | undefined}
   */
  takeRecord(record) {
    const position = this.position;
    if (!position) return undefined;
    if (record.type === "hello" && record.seq > Math.max(this.head, position.seq)) {
      // It goes to its own connection only.
      this.conn = record.conn ?? 0;
      this.identity = record.identity ?? "";
    }
    const identified = this.identity !== "" && record.identity === this.identity;
    const doneBy = GOVERNING.has(record.type) || record.type === "announcement" ? record.by_conn : record.conn;
    const own = identified || (this.conn !== 0 && doneBy === this.conn) || this.outbox.has(record.id ?? "");
    const live =
      record.seq > position.seq && (own || !record.room || Boolean(record.by) || this.isIn(record.room));
    if (live) {
      this.position = { log: position.log, seq: record.seq };
      if (this.conn !== 0 && record.conn === this.conn) this.followOwn(record);
    }
    const command = record.id ? this.answered(record.id) : undefined;
    return { type: "record", record, own: own || command !== undefined, past: !live, command };
  }

  /**
   * Take over what this connection's own record says about it.
   *
   * @param {ChatRecord} record
   */
  followOwn(record) {
    this.nick = record.new || record.nick || this.nick;
    if (record.type === "join" && record.room) {
      this.entered.set(heardKey(record.room), record.room);
    } else if (record.type === "leave" && record.room && (record.reason === "left" || record.by)) {
      this.entered.delete(heardKey(record.room));
    } else if (record.type === "login") {
      this.account = record.account ?? this.account;
      this.role = record.role ?? this.role;
      // What others who know the session's secret are called is not this one's any more.
      this.identity = record.identity ?? this.identity;
    } else if (record.type === "role" && !record.room) {
      this.role = record.role ?? this.role;
    }
  }

  /**
   * @param {{id: string, seq: number}} duplicate
   * @returns {CoreEvent | undefined}
   */
  takeDuplicate({ id, seq }) {
    const command = this.answered(id);
    if (!command) return undefined;
    const fed = this.fed !== undefined && (!command.room || this.fed.has(heardKey(command.room)));
    return { type: "recorded", command, seq, unseen: !fed };
  }

  /**
   * @param {ErrorReply} error
   * @returns {CoreEvent | undefined}
   */
  takeError(error) {
    const told = { code: error.code, text: error.text ?? "", detail: error.detail ?? {} };
    if (this.registered ? FINAL_CODES.has(error.code) : error.code === "kicked") {
      return { type: "dismissed", ...told };
    }
    if (!this.registered) {
      if (NICK_CODES.has(error.code)) return { type: "nick", ...told };
      if (LOGIN_CODES.has(error.code)) return { type: "login", ...told };
      return PASSING_CODES.has(error.code) ? { type: "refused", ...told } : { type: "dismissed", ...told };
    }
    // No refusal: the command is recorded when there is room, or sent again on the next connection.
    if (error.code === "storage_full") return { type: "refused", ...told };
    // It names no command; if the command stayed, it would end every connection anew.
    const id = error.id || (error.code === "line_too_long" ? this.outbox.longest() : "");
    const command = this.answered(id);
    if (!command) {
      if (ROOM_CODES.has(error.code) && !error.id) this.entered.delete(heardKey(told.detail.room ?? ""));
      // An error with an id that is not in flight is a second answer to a command sent twice.
      return error.id ? undefined : { type: "refused", ...told };
    }
    // A command that was sent again may have been carried out the first time.
    if (error.code === "already_in_room" && command.room) {
      this.entered.set(heardKey(command.room), this.entered.get(heardKey(command.room)) ?? command.room);
      return undefined;
    }
    if (error.code === "not_in_room" && command.type === "leave" && command.room) {
      this.entered.delete(heardKey(command.room));
      return undefined;
    }
    return { type: "refused", ...told, command };
  }
}
