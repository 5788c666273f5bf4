/**
 * What was said elsewhere in time: asked for, collected as it comes, and handed over as a range of a timeline.
 *
 * @import {Core} from "../core/core.js"
 * @import {ChatRecord, HistoryEnd} from "../core/protocol.js"
 * @import {Conversation} from "./conversations.js"
 * @import {Entry} from "./timeline.js"
 *
 * @typedef {object} Wanted The last messages before a seq, or the first after one, or from a time on.
 * @property {number} limit how many.
 * @property {number} [before]
 * @property {number} [after]
 * @property {string} [at] RFC 3339.
 * @property {boolean} [all] every record of the room, not the messages alone.
 * @typedef {{conversation: Conversation, wanted: Wanted, entries: Entry[], done: (range: Range | undefined) => void}} Fetch
 */

import { keyOf } from "./conversations.js";
import { Range } from "./timeline.js";

function nobody() {}

export class Backlog {
  /** @param {Core} core asks. */
  constructor(core) {
    this.core = core;
    /** By the id of the question, in the order in which they are answered. */
    /** @type {Map<string, Fetch>} */
    this.fetches = new Map();
  }

  /**
   * Ask for a room's messages.
   *
   * @param {Conversation} conversation
   * @param {Wanted} wanted
   * @returns {Promise<Range | undefined>} the messages and what they cover; undefined if the server refuses.
   */
  fetch(conversation, wanted) {
    const { id } = this.core.command("history", { room: conversation.name, ...wanted });
    return new Promise((done) => this.fetches.set(id, { conversation, wanted, entries: [], done }));
  }

  /** @param {Conversation} conversation */
  isFetching(conversation) {
    return [...this.fetches.values()].some((fetch) => fetch.conversation === conversation && fetch.done !== nobody);
  }

  /**
   * Take a record from before.
   *
   * @param {ChatRecord} record
   * @param {boolean} own
   */
  add(record, own) {
    const key = keyOf({ room: record.room });
    for (const { conversation, entries } of this.fetches.values()) {
      if (conversation.key !== key) continue;
      entries.push({ seq: record.seq, at: record.at, record, own });
      return;
    }
  }

  /**
   * Take the end of an answer.
   *
   * @param {string} id of the question.
   * @param {HistoryEnd | undefined} end undefined if it was refused.
   * @returns {boolean} whether it was asked here.
   */
  answered(id, end) {
    const fetch = this.fetches.get(id);
    if (!fetch) return false;
    this.fetches.delete(id);
    const nothing = !end || (!end.complete && !fetch.entries.length);
    fetch.done(nothing ? undefined : covered(fetch, end.complete));
    return true;
  }

  /** The connection is another one: all answers come anew, from their beginning. */
  restart() {
    for (const fetch of this.fetches.values()) fetch.entries = [];
  }

  /** The log is another one. The questions are still answered, and their answers taken for nobody. */
  clear() {
    for (const fetch of this.fetches.values()) {
      fetch.done(undefined);
      fetch.done = nobody;
      fetch.entries = [];
    }
  }
}

/**
 * Return an answer's records, and what they cover.
 *
 * @param {Fetch} fetch
 * @param {boolean} complete nothing more was there in the direction that was asked for.
 */
function covered({ conversation, entries, wanted }, complete) {
  const first = entries[0]?.seq ?? 0;
  const last = entries.at(-1)?.seq ?? 0;
  if (wanted.after === undefined && wanted.at === undefined) {
    return new Range(complete ? 0 : first - 1, (wanted.before ?? last + 1) - 1, entries);
  }
  const from = wanted.after ?? Math.max(0, first - 1);
  // What is said since a connection is in a room has come live, and before it there is nothing more.
  const live = complete ? (conversation.timeline.live?.from ?? 0) : 0;
  const range = new Range(from, Math.max(from, last, live), entries);
  range.ended = complete;
  return range;
}
