/**
 * Who joins, leaves and changes nicks: all of it is followed, and only what is news to a person is shown.
 *
 * @import {ChatRecord} from "../core/protocol.js"
 * @import {Conversation} from "./conversations.js"
 */

import { heardKey } from "../core/names.js";

/** People up to whom all joins and leaves are shown. */
const SMALL_ROOM = 10;
/** For so long those who have spoken have theirs shown in larger rooms too. */
const SPOKE_LATELY = 1_800_000;
const INTERRUPTED = new Set(["crash", "shutdown"]);
const MOST_INTERRUPTED = 10_000;

export class Membership {
  /** @param {() => number} now in milliseconds. */
  constructor(now) {
    this.now = now;
    /** @type {Set<string>} */
    this.interrupted = new Set();
  }

  /**
   * Apply a `join`, `leave` or `nick` to a room's people; tell whether it is shown.
   *
   * @param {Conversation} room
   * @param {ChatRecord} record
   * @param {object} how
   * @param {boolean} how.own this client caused it.
   * @param {boolean} how.mine it is about this person's nick, perhaps on an earlier connection.
   * @param {string} how.joins which are shown: "quiet", "all" or "off".
   */
  follow(room, record, { own, mine, joins }) {
    const nick = record.nick ?? "";
    const lately = room.people.spokeWithin(nick, SPOKE_LATELY, this.now());
    const shown = joins === "all" || (joins === "quiet" && (room.people.count <= SMALL_ROOM || lately));
    const who = `${heardKey(room.name)}/${heardKey(nick)}`;
    if (record.type === "join") {
      room.people.joined(nick);
      // They return after the server did; neither this nor their leave is news.
      if (!own && this.interrupted.delete(who)) return false;
      return shown && !own;
    }
    if (record.type === "leave") {
      room.people.left(nick);
      if (record.by) return true;
      if (INTERRUPTED.has(record.reason ?? "")) {
        if (this.interrupted.size >= MOST_INTERRUPTED) this.interrupted.clear();
        this.interrupted.add(who);
        return false;
      }
      // The end of one's own connection that another has replaced is none either.
      return shown && (record.reason === "left" || !mine);
    }
    room.people.renamed(nick, record.new ?? nick);
    return shown || own;
  }
}
