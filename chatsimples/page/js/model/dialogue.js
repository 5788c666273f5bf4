/**
 * One person's dialogue with the chat: typed lines become commands, events become entries of conversations.
 *
 * It knows no page. It promises what `chatsimples/client/dialogue/` does: of the conversation in front everything is
 * shown, of the others it counts what was not.
 *
 * @import {AlreadyRecorded, Core, CoreEvent, Refused, ReplyReceived, Welcomed} from "../core/core.js"
 * @import {Members} from "../core/protocol.js"
 * @import {Action} from "../core/requests/parser.js"
 * @import {PrivateRecords} from "../core/storage/private_records.js"
 * @import {ReadMarkers} from "../core/storage/read_markers.js"
 * @import {Conversation, Conversations, Destination} from "./conversations.js"
 * @import {Observer} from "./inbox.js"
 * @import {Preferences} from "./preferences.js"
 */

import { Refusal } from "../core/requests/refusal.js";
import { parseLines } from "../core/requests/parser.js";
import { Backlog } from "./backlog.js";
import { keyOf } from "./conversations.js";
import { helpRows } from "./help.js";
import { History } from "./history.js";
import { Inbox } from "./inbox.js";
import { Postponed } from "./postponed.js";
import { ServerStatus } from "./server_status.js";
import { charter, explain, notice, whoIsThere } from "./sentences.js";
import { visible } from "./text.js";
import { t } from "./words.js";

export class Dialogue {
  /**
   * @param {object} parts
   * @param {Core} parts.core
   * @param {Conversations} parts.conversations
   * @param {ReadMarkers} parts.markers where reading stopped, on earlier pages.
   * @param {PrivateRecords} parts.kept records of private conversations.
   * @param {Preferences} parts.preferences
   * @param {Observer} parts.observer
   * @param {() => boolean} parts.isLookedAt whether the person sees the conversation in front.
   * @param {() => void} parts.send what the core has to send is to be sent.
   * @param {() => void} parts.quit the person wants to leave.
   * @param {() => number} [parts.now]
   */
  constructor({
    core, conversations, markers, kept, preferences, observer, isLookedAt, send, quit, now = Date.now,
  }) {
    this.core = core;
    this.conversations = conversations;
    this.markers = markers;
    this.kept = kept;
    this.observer = observer;
    this.isLookedAt = isLookedAt;
    this.send = send;
    this.quit = quit;
    this.backlog = new Backlog(core);
    this.history = new History({ core, backlog: this.backlog, send, changed: () => observer.changed("timeline") });
    this.inbox = new Inbox({
      core, conversations, backlog: this.backlog, markers, kept, preferences, observer, isLookedAt, now,
    });
    this.status = new ServerStatus({
      now,
      ask: () => {
        if (!core.registered) return false;
        core.command("status", {});
        send();
        return true;
      },
    });
    this.postponed = new Postponed(core, now);
    /** The rooms that the server has told of, in its order. */
    /** @type {{room: string, members: number}[]} */
    this.known = [];
    /** Rooms that are being entered, by the command's id. */
    /** @type {Map<string, Conversation>} */
    this.entering = new Map();
    /** Questions that the person has asked, whose answers are shown. */
    /** @type {Map<string, Conversation>} */
    this.questions = new Map();
  }

  get current() {
    return this.conversations.current;
  }

  // What is typed.

  /**
   * Carry out what was typed: all of it or, if a line is refused, nothing.
   *
   * @param {string} text
   * @throws {Refusal}
   */
  typed(text) {
    const actions = parseLines(text, this.core.limits);
    // Texts that are said now come after those that were said before.
    this.postponed.send();
    for (const action of actions) this.perform(action);
    this.observer.changed("pending");
    this.send();
  }

  /**
   * Say, in the conversation in front, why something that was typed is refused.
   *
   * @param {Refusal} refusal
   */
  explain(refusal) {
    this.note([explain(refusal)], { problem: true });
  }

  /** @param {Conversation} conversation comes to the front. */
  show(conversation) {
    const before = this.current;
    if (conversation !== before) {
      before.markAllRead();
      before.newAfter = 0;
      this.conversations.show(conversation);
    }
    this.looked();
    this.observer.shown(conversation);
  }

  /** The person sees the conversation in front. */
  looked() {
    if (!this.isLookedAt()) return;
    this.current.markAllRead();
    this.observer.changed("conversations");
    this.observer.changed("timeline");
  }

  /**
   * Go into a room, or back to it.
   *
   * @param {string} room
   * @param {string} [key]
   */
  enter(room, key = "") {
    const known = this.conversations.find({ room });
    const opened = known ?? this.conversations.open({ room });
    if (!known || !this.core.isIn(room)) {
      // The next text is for that room; the server carries out both in this order.
      this.entering.set(this.core.join(room, key).id, opened);
    }
    this.show(opened);
    this.observer.changed("conversations");
    this.send();
  }

  /** @param {string} nick of whom to talk with in private. */
  converse(nick) {
    this.show(this.conversations.open({ to: nick }));
    this.observer.changed("conversations");
  }

  /**
   * Leave a room, or end a private conversation.
   *
   * @param {Conversation} conversation
   */
  leave(conversation) {
    if (conversation.isPrivate) {
      const wasFront = conversation === this.current;
      this.inbox.close(conversation);
      if (wasFront) this.show(this.current);
      return;
    }
    if (this.conversations.rooms.length === 1) {
      throw new Refusal("bad_request", { why: "this is your only room; /sair leaves the chat" });
    }
    this.core.command("leave", { room: conversation.name });
    this.send();
  }

  /** Ask which rooms there are; the answer is in `known`. */
  askForRooms() {
    this.core.command("rooms", {});
    this.send();
  }

  /**
   * The own texts of a conversation that are not known to be on record.
   *
   * @param {Destination} destination
   */
  pendingOf(destination) {
    const key = keyOf(destination);
    return [...this.postponed.messages, ...this.core.unconfirmed].filter((each) => keyOf(each) === key);
  }

  /** Say again what waits for its readers to return; to be called now and then. */
  sendPostponed() {
    if (!this.postponed.messages.length) return;
    this.postponed.send();
    this.observer.changed("pending");
    this.send();
  }

  /** How many own texts are not known to be on record. */
  get unconfirmed() {
    return this.postponed.messages.length + this.core.unconfirmed.length;
  }

  /** Note for the next page where reading has stopped. */
  keepMarkers() {
    const { position } = this.core;
    if (!position) return;
    if (this.isLookedAt()) this.current.markAllRead();
    const read = this.conversations.all.filter((each) => each.readSeq);
    const marks = read.map((each) => ({
      room: each.isPrivate ? `@${each.name}` : each.name, seq: each.readSeq, at: each.readAt,
    }));
    if (marks.length) this.markers.put(position.log, marks);
  }

  /** @param {Action} action */
  perform(action) {
    const here = this.current;
    switch (action.type) {
      case "say":
        this.core.say(action.text, here.destination, action.kind);
        here.newAfter = 0;
        break;
      case "private":
        this.core.say(action.text, { to: action.to });
        this.conversations.open({ to: action.to });
        this.observer.changed("conversations");
        break;
      case "enter":
        this.enter(action.room, action.key);
        break;
      case "leave": {
        const left = action.room ? this.conversations.find({ room: action.room }) : here;
        if (!left) throw new Refusal("not_in_room", { room: action.room });
        this.leave(left);
        break;
      }
      case "converse":
        this.converse(action.nick);
        break;
      case "rename":
        this.core.command("nick", { nick: action.nick });
        break;
      case "who":
        this.questions.set(this.core.command("who", { room: action.room || this.roomHere() }).id, here);
        break;
      case "rooms":
        this.questions.set(this.core.command("rooms", action.after ? { after: action.after } : {}).id, here);
        break;
      case "history":
        this.roomHere();
        void this.history.earlier(here, here.timeline.live, action.limit);
        break;
      case "visit":
        this.roomHere();
        this.observer.wished(action);
        break;
      case "status":
        this.observer.wished(action);
        break;
      case "govern": {
        const { type, ...fields } = action.command;
        this.core.command(type, fields.room === "" ? { ...fields, room: this.roomHere() } : fields);
        break;
      }
      case "help":
        this.help(action.governing);
        break;
      case "quit":
        this.quit();
    }
  }

  roomHere() {
    if (this.current.isPrivate) throw new Refusal("bad_request", { why: "this is a private conversation" });
    return this.current.name;
  }

  // What is received.

  /** @param {CoreEvent} event */
  received(event) {
    switch (event.type) {
      case "record":
        this.inbox.take(event);
        if (event.command) {
          this.entering.delete(event.command.id);
          this.observer.changed("pending");
        }
        break;
      case "welcomed":
        this.welcomed(event);
        break;
      case "reply":
        this.replied(event);
        break;
      case "recorded":
        this.recorded(event);
        break;
      case "refused":
        this.refused(event);
    }
  }

  /** @param {Welcomed} event */
  welcomed({ welcome, again, gap }) {
    const { core } = this;
    const seq = core.position?.seq ?? welcome.seq;
    if (again) this.postponed.reconnected();
    if (gap) {
      for (const each of this.conversations.all) {
        each.beginAnew();
        if (each.isPrivate) each.timeline.begin(0);
      }
      this.backlog.clear();
      for (const room of this.conversations.rooms) room.timeline.begin(seq);
      this.note([t("connected again: the server has another record now, and what was said meanwhile can't be shown")]);
    } else {
      this.backlog.restart();
    }
    for (const room of this.conversations.rooms) room.timeline.begin(seq);
    const told = again ? "" : notice(welcome.notice ?? "");
    if (told) this.note([told]);
    if (!this.inbox.restored) {
      void this.kept.load(welcome.log).then((kept) => this.inbox.restore(kept, welcome.log));
    }
    core.command("rooms", {});
    this.observer.changed("state");
    this.observer.changed("people");
  }

  /** @param {ReplyReceived} event */
  replied({ reply, command }) {
    const asked = command?.id ?? "";
    const where = this.questions.get(asked);
    this.questions.delete(asked);
    if (reply.type === "members") {
      this.takeMembers(reply);
      if (where) this.note([whoIsThere(reply), ...charter(reply)], { where });
    } else if (reply.type === "rooms") {
      if (!command?.after) this.known = reply.rooms;
      if (where) this.note([this.roomsInWords(reply.rooms, reply.next ?? "")], { where });
      this.observer.changed("people");
    } else if (reply.type === "status") {
      this.status.take(reply);
    } else {
      this.backlog.answered(asked, reply);
    }
  }

  /**
   * @param {{room: string, members: number}[]} rooms
   * @param {string} next
   */
  roomsInWords(rooms, next) {
    let named = rooms.map((each) => `#${visible(each.room)} (${each.members})`).join(", ") || t("none");
    if (next) named += ` … ${t("more: {command}", { command: `/salas ${visible(next)}` })}`;
    return t("rooms: {rooms}", { rooms: named });
  }

  /** @param {Members} members */
  takeMembers(members) {
    const room = this.conversations.find({ room: members.room });
    if (!room) return;
    room.people.replace(members.members, members.count, members.roles);
    room.topic = members.topic ?? "";
    room.charter = members;
    this.observer.changed("people");
    this.observer.changed("conversations");
  }

  /** @param {AlreadyRecorded} event */
  recorded({ command, seq, unseen }) {
    this.observer.changed("pending");
    const { text = "", to } = command;
    // This connection does not receive the record. What was said in a room stands in its history; of what was said
    // in private it is known all the same what it says.
    if (!unseen || to === undefined) return;
    const record = { seq, at: new Date().toISOString(), type: "message", nick: this.core.nick, to, text };
    this.inbox.takePrivate({ seq, at: record.at, record, own: true }, record);
  }

  /** @param {Refused} refused */
  refused(refused) {
    const { code, command, detail } = refused;
    if (!command) {
      const room = this.conversations.find({ room: detail.room ?? "" });
      // One of the first rooms may not be entered.
      if (room && !room.begun && !this.core.isIn(room.name)) this.closeUnentered(room);
      this.note([explain(refused)], { problem: true });
      return;
    }
    if (this.postponed.postpone(code, command)) return;
    this.observer.changed("pending");
    const opened = this.entering.get(command.id);
    this.entering.delete(command.id);
    if (opened) this.closeUnentered(opened);
    const asked = this.questions.get(command.id);
    this.questions.delete(command.id);
    if (command.type === "status") {
      this.status.refused();
      return;
    }
    if (command.type === "history" && this.backlog.answered(command.id, undefined)) return;
    if (["who", "rooms", "history"].includes(command.type) && !asked) return;
    const where = asked ?? this.conversations.find(command) ?? this.current;
    this.note([this.whyNot(refused)], { problem: true, where });
  }

  /** @param {Conversation} room could not be entered. */
  closeUnentered(room) {
    const wasFront = room === this.current;
    this.conversations.close(room);
    if (wasFront) this.show(this.current);
    this.observer.changed("conversations");
  }

  /** @param {Refused} refused */
  whyNot(refused) {
    const { code, command } = refused;
    if (command?.type === "role" && code === "login_required") {
      // It is about somebody else.
      return t("{nick} has no account, and only accounts have roles", { nick: visible(command.nick ?? "") });
    }
    const why = explain(refused);
    if (command?.type !== "message") return why;
    return t("not said: {text} ({why})", { text: visible(command.text ?? ""), why });
  }

  /** @param {boolean} [governing] what those type who govern rooms. */
  help(governing = false) {
    const rows = helpRows(governing);
    this.note(rows.map(([typed, meaning]) => `${typed}: ${meaning}`), { rows });
  }

  /**
   * Say something to the person, in a conversation.
   *
   * @param {string[]} lines
   * @param {{problem?: boolean, where?: Conversation, rows?: [string, string][]}} [how]
   */
  note(lines, { problem = false, where = this.current, rows } = {}) {
    const seq = where.timeline.live?.entries.at(-1)?.seq ?? where.timeline.live?.from ?? 0;
    where.timeline.append({ seq, at: new Date().toISOString(), own: false, notice: { lines, rows, problem } });
    this.observer.changed("timeline");
  }
}
