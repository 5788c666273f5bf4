/**
 * Records, taken into their conversations.
 *
 * @import {Core, RecordReceived} from "../core/core.js"
 * @import {ChatRecord} from "../core/protocol.js"
 * @import {Status, Visit} from "../core/requests/parser.js"
 * @import {PrivateRecords} from "../core/storage/private_records.js"
 * @import {ReadMarkers} from "../core/storage/read_markers.js"
 * @import {Backlog} from "./backlog.js"
 * @import {Conversation, Conversations} from "./conversations.js"
 * @import {Preferences} from "./preferences.js"
 * @import {Entry, Range} from "./timeline.js"
 *
 * @typedef {object} Observer Is told what happens; nothing of it has to be shown at once.
 * @property {(topic: Topic) => void} changed
 * @property {(arrival: Arrival) => void} arrived a message, or what was done to this person, has come.
 * @property {(wish: Visit | Status) => void} wished the person wants to see something that is shown elsewhere.
 * @property {(conversation: Conversation) => void} shown another conversation is in front.
 *
 * @typedef {"conversations" | "timeline" | "people" | "pending" | "state"} Topic
 * @typedef {{conversation: Conversation, entry: Entry, urgent: boolean}} Arrival urgent: private, or names the person.
 */

import { heardKey } from "../core/names.js";
import { TELLING } from "../core/protocol.js";
import { Membership } from "./membership.js";
import { REACTION, governs } from "./sentences.js";
import { mentions } from "./text.js";

/** Messages from before that are fetched when a room is entered. */
const FETCHED = 50;
/** The same, where reading stopped on an earlier page. */
const FETCHED_SINCE = 200;

/** Who is back so soon was hardly away: a page was loaded anew, say. */
const MOMENT = 60_000;
const LOST = new Set(["closed", "timeout", "replaced"]);

export class Inbox {
  /**
   * @param {object} parts
   * @param {Core} parts.core
   * @param {Conversations} parts.conversations
   * @param {Backlog} parts.backlog
   * @param {ReadMarkers} parts.markers
   * @param {PrivateRecords} parts.kept
   * @param {Preferences} parts.preferences
   * @param {Observer} parts.observer
   * @param {() => boolean} parts.isLookedAt whether the person sees the conversation in front.
   * @param {() => number} parts.now in milliseconds.
   */
  constructor({ core, conversations, backlog, markers, kept, preferences, observer, isLookedAt, now }) {
    this.core = core;
    this.conversations = conversations;
    this.backlog = backlog;
    this.markers = markers;
    this.kept = kept;
    this.preferences = preferences;
    this.observer = observer;
    this.isLookedAt = isLookedAt;
    this.now = now;
    this.membership = new Membership(now);
    this.lastChange = "";
    /** The records of private conversations that an earlier page kept are here. */
    this.restored = false;
  }

  /** @param {RecordReceived} event */
  take({ record, own, past }) {
    // People read of a connection in joins and leaves. A quiet set is the proof of a room's key.
    if ((record.type === "hello" || record.type === "bye") && !record.by) return;
    if (record.type === "set" && record.quiet) return;
    // Other tags are for programs.
    if (record.type === "tags" && !record.tags?.[REACTION]) return;
    /** @type {Entry} */
    const entry = { seq: record.seq, at: record.at, record, own };
    if (past) {
      // A text from before this page was said on no connection of it: the nick is all there is to go by.
      if (record.room) this.backlog.add(record, this.isMe(record));
      return;
    }
    if (record.to !== undefined) {
      this.takePrivate(entry, record);
      return;
    }
    const room = record.room === undefined ? undefined : this.conversations.find({ room: record.room });
    if (record.type !== "leave" && governs(record)) this.takeGoverning(room, entry, record);
    else if (TELLING.has(record.type)) this.takeTelling(room, entry, record);
    else if (record.type === "nick") this.takeRename(room, entry, record);
    else if (room && record.type === "message") {
      room.people.spoke(record.nick ?? "", this.now());
      this.arrive(room, entry);
    } else if (room) this.takeMove(room, entry, record);
  }

  /**
   * Fetch a room's messages from before those that come now.
   *
   * @param {Conversation} room
   */
  async begin(room) {
    room.begun = true;
    const { position } = this.core;
    const live = room.timeline.live;
    if (!position || !live || live.complete) return;
    const marker = this.markers.get(position.log, room.name);
    // Nobody has read what was not said yet: one of two servers only claims to have this log.
    const known = marker && marker.seq <= position.seq ? marker : undefined;
    if (known && !room.readSeq) [room.readSeq, room.readAt] = [known.seq, known.at];
    const limit = known && known.seq < live.from ? FETCHED_SINCE : FETCHED;
    const range = await this.backlog.fetch(room, { before: live.from + 1, limit });
    if (!range) return;
    this.takePast(room, range, known !== undefined);
  }

  /**
   * @param {Conversation} room
   * @param {Range} range
   * @param {boolean} known it is known where reading stopped.
   */
  takePast(room, range, known) {
    const entries = [...range.entries];
    room.timeline.add(range);
    for (const { record } of entries) room.people.spoke(record?.nick ?? "", -Infinity, false);
    let fresh = known ? entries.filter((entry) => entry.seq > room.readSeq) : [];
    // Who has spoken has read the messages before.
    const last = fresh.findLastIndex((entry) => entry.own);
    fresh = fresh.slice(last + 1);
    const before = entries.at(-1 - fresh.length);
    if (before && before.seq > room.readSeq) room.markRead(before);
    const isFront = room === this.conversations.current && this.isLookedAt();
    if (fresh.length) {
      room.newAfter = (fresh[0]?.seq ?? 1) - 1;
      if (isFront) room.markAllRead();
      else {
        room.unread += fresh.length;
        room.mentions += fresh.filter(({ record }) => mentions(record?.text ?? "", this.core.nick)).length;
      }
    }
    this.observer.changed("timeline");
    this.observer.changed("conversations");
    this.observer.changed("people");
  }

  /**
   * Take the records of private conversations that an earlier page has kept.
   *
   * @param {{record: ChatRecord, own: boolean}[]} kept
   * @param {string} log
   */
  restore(kept, log) {
    this.restored = true;
    /** @type {Map<Conversation, Entry[]>} */
    const old = new Map();
    for (const { record, own } of kept) {
      const peer = own ? record.to : record.nick;
      const closed = this.markers.get(log, `closed@${peer}`);
      if (!peer || (closed && closed.seq >= record.seq)) continue;
      const conversation = this.conversations.open({ to: peer });
      const entries = old.get(conversation) ?? [];
      entries.push({ seq: record.seq, at: record.at, record, own });
      old.set(conversation, entries);
    }
    for (const [conversation, entries] of old) {
      const live = conversation.timeline.live;
      const first = live?.entries[0]?.seq ?? Infinity;
      live?.prepend(entries.filter((entry) => entry.seq < first), 0);
      const marker = this.markers.get(log, `@${conversation.name}`);
      // Who has answered has read what was said before.
      const answered = entries.findLast((entry) => entry.own)?.seq ?? 0;
      const read = Math.max(answered, marker?.seq ?? 0);
      const fresh = entries.filter((entry) => entry.seq > read).length;
      conversation.unread += fresh;
      conversation.mentions += fresh;
      if (fresh) conversation.newAfter = read;
    }
    this.observer.changed("conversations");
  }

  /**
   * @param {Entry} entry
   * @param {ChatRecord} record
   */
  takePrivate(entry, record) {
    const to = (entry.own ? record.to : record.nick) ?? "";
    if (this.core.position) {
      this.kept.keep(this.core.position.log, { record, own: entry.own });
    }
    this.arrive(this.conversations.open({ to }), entry);
  }

  /**
   * @param {Conversation | undefined} room
   * @param {Entry} entry
   * @param {ChatRecord} record
   */
  takeGoverning(room, entry, record) {
    if (room) {
      if (record.type === "topic") room.topic = record.text ?? "";
      if (record.type === "role" && record.nick) {
        room.people.given(record.nick, record.role ?? "none", !record.account);
      }
      this.observer.changed("people");
      this.observer.changed("conversations");
    }
    // What concerns this person is shown wherever they are.
    const place = room ?? this.conversations.current;
    this.arrive(place, entry, this.isMe(record) && !entry.own);
    if (room && this.isMe(record) && room !== this.conversations.current) {
      this.conversations.current.timeline.append({ ...entry });
    }
  }

  /**
   * @param {Conversation | undefined} room none for what is for everybody, and what somebody tells who is in no room.
   * @param {Entry} entry
   * @param {ChatRecord} record
   */
  takeTelling(room, entry, record) {
    this.arrive(room ?? this.conversations.current, entry, record.type === "announcement" && !entry.own);
  }

  /**
   * @param {Conversation | undefined} room
   * @param {Entry} entry
   * @param {ChatRecord} record
   */
  takeRename(room, entry, record) {
    const here = this.conversations.current;
    const concerned = entry.own || this.conversations.find({ to: record.nick ?? "" }) === here;
    this.conversations.rename(record.nick ?? "", record.new ?? "");
    const isShown = room ? this.follow(room, entry, record) : false;
    // It has a record for each room, and is one line.
    const change = `${record.conn} ${record.at} ${record.new}`;
    const news = change !== this.lastChange;
    if (here.isPrivate && concerned && news) this.arrive(here, entry);
    else if (room && isShown && (room !== here || news)) this.arrive(room, entry);
    this.lastChange = change;
    this.observer.changed("conversations");
    this.observer.changed("people");
    this.observer.changed("state");
  }

  /**
   * @param {Conversation} room
   * @param {Entry} entry
   * @param {ChatRecord} record a join or a leave.
   */
  takeMove(room, entry, record) {
    const shown = this.follow(room, entry, record);
    if (entry.own && record.type === "join") {
      room.timeline.begin(record.seq - 1);
      this.core.command("who", { room: room.name });
      if (!room.begun) void this.begin(room);
      this.observer.changed("conversations");
      return;
    }
    if (record.type === "join" && this.returned(room, record)) return;
    if (shown) this.arrive(room, entry);
    if (entry.own && record.type === "leave" && (record.reason === "left" || record.by)) {
      const isFront = room === this.conversations.current;
      this.close(room);
      // Who was removed is told so where they are now.
      if (record.by) this.arrive(this.conversations.current, entry, true);
      if (isFront) this.observer.shown(this.conversations.current);
    }
  }

  /**
   * Take back that somebody has left, if they only lost the connection for a moment, and nothing was said since.
   *
   * @param {Conversation} room
   * @param {ChatRecord} record their join.
   * @returns {boolean} whether that is so.
   */
  returned(room, record) {
    const live = room.timeline.live;
    const entries = live?.entries ?? [];
    for (let index = entries.length - 1; index >= 0; index--) {
      const { record: last, at } = /** @type {Entry} */ (entries[index]);
      if (last?.type !== "join" && last?.type !== "leave") return false;
      if (heardKey(last.nick ?? "") !== heardKey(record.nick ?? "")) continue;
      const isShort = Date.parse(record.at) - Date.parse(at) < MOMENT;
      if (last.type !== "leave" || !LOST.has(last.reason ?? "") || !isShort) return false;
      live?.remove(/** @type {Entry} */ (entries[index]));
      this.observer.changed("timeline");
      return true;
    }
    return false;
  }

  /** @param {Conversation} conversation */
  close(conversation) {
    const log = this.core.position?.log;
    const last = conversation.timeline.live?.entries.at(-1);
    if (conversation.isPrivate && log && last) {
      this.markers.put(log, [{ room: `closed@${conversation.name}`, seq: last.seq, at: last.at }]);
    }
    conversation.timeline.end();
    this.conversations.close(conversation);
    this.observer.changed("conversations");
  }

  /**
   * @param {Conversation} room
   * @param {Entry} entry
   * @param {ChatRecord} record
   */
  follow(room, { own }, record) {
    this.observer.changed("people");
    const { joins } = this.preferences.values;
    return this.membership.follow(room, record, { own, mine: this.isMe(record), joins });
  }

  /**
   * Add a record to its conversation, and count it.
   *
   * @param {Conversation} conversation
   * @param {Entry} entry
   * @param {boolean} [concerns] it was done to this person.
   */
  arrive(conversation, entry, concerns = false) {
    if (!conversation.timeline.append(entry)) return;
    const { record, own } = entry;
    const isMessage = record?.type === "message";
    const isUrgent = isMessage && !own && (conversation.isPrivate || mentions(record.text ?? "", this.core.nick));
    const isSeen = conversation === this.conversations.current && this.isLookedAt();
    if (isSeen) conversation.markRead(entry);
    else if (isMessage && !own) {
      if (!conversation.unread) conversation.newAfter = entry.seq - 1;
      conversation.unread += 1;
      if (isUrgent) conversation.mentions += 1;
      this.observer.changed("conversations");
    }
    if (own && isMessage) conversation.newAfter = 0;
    // Of the one in front it depends on what is looked at.
    if (conversation !== this.conversations.current) conversation.timeline.trim();
    if (!own && (isMessage || concerns)) {
      this.observer.arrived({ conversation, entry, urgent: isUrgent || concerns });
    }
    this.observer.changed("timeline");
  }

  /** @param {ChatRecord} record */
  isMe(record) {
    return heardKey(record.nick ?? "") === heardKey(this.core.nick);
  }
}
