/**
 * Where somebody stopped reading each room, kept for the next page. A marker never goes backwards.
 *
 * @import {Shelf} from "./shelf.js"
 * @typedef {{seq: number, at: string}} Marker
 * @typedef {{log: string, rooms: {[room: string]: Marker}}} Kept
 */

import { heardKey } from "../names.js";

/** Rooms whose markers are kept, those that were read last. */
const MOST = 300;

export class ReadMarkers {
  /** @param {Shelf} shelf */
  constructor(shelf) {
    this.shelf = shelf;
  }

  /**
   * @param {string} log
   * @param {string} room
   * @returns {Marker | undefined}
   */
  get(log, room) {
    return this.read(log).rooms[heardKey(room)];
  }

  /**
   * @param {string} log
   * @param {{room: string, seq: number, at: string}[]} read
   */
  put(log, read) {
    const { rooms } = this.read(log);
    for (const { room, seq, at } of read) {
      const key = heardKey(room);
      const before = rooms[key];
      if (before && before.seq > seq) continue;
      delete rooms[key];
      rooms[key] = { seq, at };
    }
    const kept = Object.entries(rooms).slice(-MOST);
    this.shelf.put("read", { log, rooms: Object.fromEntries(kept) });
  }

  /**
   * @param {string} log
   * @returns {Kept}
   */
  read(log) {
    const kept = this.shelf.get("read");
    // Of another log, or of another server that was at this address, the numbers mean nothing.
    if (!kept || kept.log !== log || typeof kept.rooms !== "object") return { log, rooms: Object.create(null) };
    return { log, rooms: Object.assign(Object.create(null), kept.rooms) };
  }
}
