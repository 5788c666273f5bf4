/**
 * Messages from before: asked for, collected as they come, and handed over as a range of a timeline.
 *
 * @import {Core} from "../core/core.js"
 * @import {ChatRecord, HistoryEnd} from "../core/protocol.js"
 * @import {Conversation} from "./conversations.js"
 * @import {Entry} from "./timeline.js"
 *
 * @typedef {{before: number, limit: number}} Wanted messages before this seq, so many.
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
    const { entries, wanted } = fetch;
    const first = entries[0];
    if (!end || (!end.complete && !first)) fetch.done(undefined);
    else fetch.done(new Range(end.complete || !first ? 0 : first.seq - 1, wanted.before - 1, entries));
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
