/**
 * What was said in a room, wherever somebody looks: fetched piece by piece into the room's timeline.
 *
 * @import {Core} from "../core/core.js"
 * @import {Backlog, Wanted} from "./backlog.js"
 * @import {Conversation} from "./conversations.js"
 */

import { Range } from "./timeline.js";

/** Messages that are fetched at once when somebody scrolls. */
const MORE = 100;
/** Messages that are fetched on either side of one that somebody goes to. */
const AROUND = 60;

export class History {
  /**
   * @param {object} parts
   * @param {Core} parts.core
   * @param {Backlog} parts.backlog
   * @param {() => void} parts.send what the core has to send is to be sent.
   * @param {() => void} parts.changed a timeline has.
   */
  constructor({ core, backlog, send, changed }) {
    this.core = core;
    this.backlog = backlog;
    this.send = send;
    this.changed = changed;
  }

  /**
   * Ask for messages from before those of a room that are here.
   *
   * @param {Conversation} room
   * @param {Range} [range] which of them.
   * @param {number} [limit]
   */
  async earlier(room, range = room.timeline.live, limit = MORE) {
    if (!range || range.complete || !this.canFetch(room)) return;
    await this.fetch(room, { before: range.from + 1, limit });
  }

  /**
   * Ask for messages after those of a room that are here, towards what is said now.
   *
   * @param {Conversation} room
   * @param {Range} range
   */
  async later(room, range) {
    if (range.to === Infinity || !this.canFetch(room)) return;
    await this.fetch(room, { after: range.to, limit: MORE });
  }

  /**
   * Have a message of a room here, with what is around it.
   *
   * @param {Conversation} room
   * @param {{seq: number} | {at: string}} place the message, or a time for the first one from then on.
   * @returns {Promise<number>} the message's seq, of the next one if it is none; 0 if there is none, or it can't be had.
   */
  async reach(room, place) {
    if (room.isPrivate || !this.core.registered) return "seq" in place && room.timeline.rangeOf(place.seq) ? place.seq : 0;
    let seq = "seq" in place ? place.seq : 0;
    if (seq && room.timeline.rangeOf(seq)) return seq;
    const wanted = "at" in place ? { at: place.at } : { after: seq - 1 };
    const found = await this.fetch(room, { ...wanted, limit: AROUND });
    seq = found?.entries.find((each) => each.seq >= seq)?.seq ?? 0;
    if (!found || !seq) return 0;
    const range = room.timeline.rangeOf(seq);
    if (range && !range.complete && range.find(seq) - range.first < AROUND) {
      await this.fetch(room, { before: range.from + 1, limit: AROUND });
    }
    return seq;
  }

  /** @param {Conversation} room */
  canFetch(room) {
    return !room.isPrivate && this.core.registered && !this.backlog.isFetching(room);
  }

  /**
   * Ask for records of a room.
   *
   * @param {Conversation} room
   * @param {Wanted} wanted
   */
  ask(room, wanted) {
    const asked = this.backlog.fetch(room, wanted);
    this.send();
    return asked;
  }

  /**
   * @param {Conversation} room
   * @param {Wanted} wanted
   * @returns {Promise<Range | undefined>} what was found, as it came.
   */
  async fetch(room, wanted) {
    const fetched = await this.ask(room, wanted);
    // The timeline makes its own of it.
    const found = fetched && new Range(fetched.from, fetched.to, [...fetched.entries]);
    if (fetched) room.timeline.add(fetched);
    this.changed();
    return found;
  }
}
