/**
 * The rooms and private conversations that a person has open; one is in front, the others have counts.
 *
 * @import {Entry} from "./timeline.js"
 * @import {Command, Members} from "../core/protocol.js"
 * @typedef {{room?: string, to?: string}} Destination where a text goes: into a room, or to one person.
 */

import { heardKey } from "../core/names.js";
import { People } from "./people.js";
import { Timeline } from "./timeline.js";

/** Private conversations that are open at most; beyond, the one that was silent longest is closed. */
export const MOST_PRIVATE = 100;

/** A room, or a private conversation with one person. */
export class Conversation {
  /** @param {Destination} destination */
  constructor(destination) {
    this.destination = destination;
    this.timeline = new Timeline();
    this.people = new People();
    this.topic = "";
    /** What the room's members were last said to be, if it has an owner. */
    /** @type {Members | undefined} */
    this.charter = undefined;
    /** How many messages have not been shown. */
    this.unread = 0;
    /** How many of these name this person, or are private. */
    this.mentions = 0;
    /** The last message that was shown. */
    this.readSeq = 0;
    this.readAt = "";
    /** The messages after this one are new to the person: a line stands before them. 0 for none. */
    this.newAfter = 0;
    /** This person has entered the room in this log. */
    this.begun = false;
  }

  /** Its name. */
  get name() {
    return this.destination.room ?? this.destination.to ?? "";
  }

  /** Whether it is with one person. */
  get isPrivate() {
    return this.destination.to !== undefined;
  }

  /** Its name for people: a room's with `#`. */
  get title() {
    return this.isPrivate ? this.name : `#${this.name}`;
  }

  /** What no other conversation has. */
  get key() {
    return keyOf(this.destination);
  }

  /** Forget all records: those that come now are of another log. */
  beginAnew() {
    this.timeline.clear();
    this.unread = this.mentions = this.readSeq = this.newAfter = 0;
    this.readAt = "";
    this.begun = false;
  }

  /** @param {Entry} entry was shown. */
  markRead(entry) {
    if (entry.record?.type === "message" && entry.seq > this.readSeq) {
      this.readSeq = entry.seq;
      this.readAt = entry.at;
    }
  }

  /** Note that everything was shown. */
  markAllRead() {
    this.unread = this.mentions = 0;
    const entries = this.timeline.live?.entries ?? [];
    for (let index = entries.length - 1; index >= 0; index--) {
      const entry = /** @type {Entry} */ (entries[index]);
      if (entry.record?.type !== "message") continue;
      this.markRead(entry);
      break;
    }
  }
}

/**
 * Return what a destination shares with no other: `#geral`, `@ana`.
 *
 * @param {Destination | Command} destination
 */
export function keyOf(destination) {
  return destination.to !== undefined ? `@${heardKey(destination.to)}` : `#${heardKey(destination.room ?? "")}`;
}

/** The conversations, in the order in which they were opened. There is always a current one. */
export class Conversations {
  /** @param {string[]} rooms the first ones; at least one. */
  constructor(rooms) {
    this.all = rooms.map((room) => new Conversation({ room }));
    this.current = /** @type {Conversation} */ (this.all[0]);
    /** @type {Conversation | undefined} */
    this.previous = undefined;
    /** The keys of those that were closed. */
    /** @type {Set<string>} */
    this.closed = new Set();
  }

  get rooms() {
    return this.all.filter((each) => !each.isPrivate);
  }

  get private() {
    return this.all.filter((each) => each.isPrivate);
  }

  /** As they stand in the list: rooms, then people. */
  get listed() {
    return [...this.rooms, ...this.private];
  }

  /** @param {Destination | Command} destination */
  find(destination) {
    const wanted = keyOf(destination);
    return this.all.find((each) => each.key === wanted);
  }

  /** @param {Destination} destination is opened, if it is not, without being shown. */
  open(destination) {
    const found = this.find(destination);
    if (found) return found;
    this.closed.delete(keyOf(destination));
    const opened = new Conversation(destination);
    if (opened.isPrivate) {
      // The server gives back nothing of it: what comes is all there is.
      opened.timeline.begin(0);
      this.makeRoom();
    }
    this.all.push(opened);
    return opened;
  }

  makeRoom() {
    const others = this.private.filter((each) => each !== this.current);
    if (this.private.length < MOST_PRIVATE) return;
    const lastOf = (/** @type {Conversation} */ each) => each.timeline.live?.entries.at(-1)?.seq ?? 0;
    const silent = others.reduce((one, other) => (lastOf(other) < lastOf(one) ? other : one));
    this.all = this.all.filter((each) => each !== silent);
  }

  /**
   * Return the conversation so many after the current one in the list.
   *
   * @param {number} by
   */
  step(by) {
    const { listed } = this;
    const at = (listed.indexOf(this.current) + by + listed.length) % listed.length;
    return /** @type {Conversation} */ (listed[at]);
  }

  /** Return the conversation to look at next: one with mentions, else one with unread messages. */
  mostUrgent() {
    const others = this.listed.filter((each) => each !== this.current);
    return others.find((each) => each.mentions) ?? others.find((each) => each.unread);
  }

  /** @param {Conversation} conversation comes to the front. */
  show(conversation) {
    if (conversation === this.current) return;
    this.previous = this.current;
    this.current = conversation;
  }

  /** @param {Conversation} conversation is closed; the one before it comes back. The last one stays. */
  close(conversation) {
    if (this.all.length === 1 || !this.all.includes(conversation)) return;
    this.all = this.all.filter((each) => each !== conversation);
    this.closed.add(conversation.key);
    if (conversation !== this.current) return;
    const before = this.previous && this.all.includes(this.previous) ? this.previous : this.all[0];
    this.current = /** @type {Conversation} */ (before);
    this.previous = undefined;
  }

  /**
   * Follow a person's change of nick, unless another conversation has the new nick.
   *
   * @param {string} old
   * @param {string} now
   */
  rename(old, now) {
    const found = this.find({ to: old });
    const taken = this.find({ to: now });
    if (found && (!taken || taken === found)) found.destination = { to: now };
  }
}
