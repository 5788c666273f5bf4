/**
 * A room's whole history, as a track that is played (`js/player/playback.js`). What is near to where it is being played
 * is here: some records ahead, and those that are shown, as a range that grows.
 *
 * @import {Track} from "../player/playback.js"
 * @import {Wanted} from "./backlog.js"
 * @import {Entry} from "./timeline.js"
 */

import { KEPT, Range } from "./timeline.js";

/** Records that are fetched at once; when so many are left ahead, the next ones are. */
const AHEAD = 500;
const FEW = 250;
/** Records that are fetched to stand before those that are played. */
const BEFORE = 60;
const DROPPED_AT_ONCE = 1_000;

/** @implements {Track} */
export class TimeMachine {
  /**
   * @param {object} parts
   * @param {(wanted: Wanted) => Promise<Range | undefined>} parts.fetch asks for records of the room.
   * @param {() => void} parts.changed what is shown has.
   * @param {(at: number) => string} parts.tell a moment in words.
   */
  constructor({ fetch, changed, tell }) {
    this.fetch = (/** @type {Wanted} */ wanted) => fetch({ ...wanted, all: true });
    this.changed = changed;
    this.tell = tell;
    this.some = AHEAD / 10;
    this.duration = 0;
    /** The moment of the first record. */
    this.start = 0;
    /** What is shown. */
    this.range = new Range(0, 0);
    /** What comes then. */
    /** @type {Entry[]} */
    this.ahead = [];
    /** Nothing comes after what is ahead. */
    this.complete = true;
    /** The place that is being fetched. */
    /** @type {number | undefined} */
    this.wanted = undefined;
    this.isFetching = false;
    this.isFetchingBefore = false;
  }

  /**
   * Open a room's history, at its end.
   *
   * @returns {Promise<boolean>} whether there is any.
   */
  async open() {
    const [first, last] = [await this.fetch({ after: 0, limit: 1 }), await this.fetch({ limit: BEFORE })];
    const begun = first?.entries[0];
    const ended = last?.entries.at(-1);
    if (!last || !begun || !ended) return false;
    this.start = Date.parse(begun.at);
    this.duration = Math.max(0, Date.parse(ended.at) - this.start);
    this.range = last;
    this.complete = true;
    this.changed();
    return true;
  }

  /**
   * Return a record's time.
   *
   * @param {Entry} entry
   */
  timeOf({ at }) {
    return Date.parse(at) - this.start;
  }

  next() {
    if (this.wanted !== undefined) return NaN;
    const [next] = this.ahead;
    if (next) return this.timeOf(next);
    if (!this.complete && !this.isFetching) void this.fetchAhead();
    return this.complete ? Infinity : NaN;
  }

  /** @param {number} time */
  play(time) {
    let count = 0;
    for (let next = this.ahead[0]; next && this.timeOf(next) <= time; next = this.ahead[count]) count += 1;
    const last = this.shift(count);
    // Of what is not here yet, nothing is passed over.
    return this.ahead.length || this.complete ? time : Math.min(time, last ? this.timeOf(last) : time);
  }

  /** @param {number} count */
  more(count) {
    const last = this.shift(count) ?? this.range.entries.at(-1);
    return last ? Math.max(0, this.timeOf(last)) : 0;
  }

  /** @param {number} time */
  seek(time) {
    const isOn = this.wanted !== undefined;
    const shown = this.range.entries.at(-1);
    const last = this.ahead.at(-1);
    if (!isOn && shown && last && this.timeOf(shown) <= time && time <= this.timeOf(last)) {
      this.play(time);
      return;
    }
    this.wanted = time;
    if (!isOn) void this.reach();
  }

  /** @param {number} time */
  clock(time) {
    return this.start ? this.tell(this.start + time) : "";
  }

  /** Fetch the place that is wanted and, if meanwhile another one is, that one. */
  async reach() {
    for (;;) {
      const time = this.wanted ?? 0;
      const at = new Date(this.start + Math.max(0, time)).toISOString();
      const found = await this.fetch(time < 0 ? { after: 0, limit: AHEAD } : { at, limit: AHEAD });
      const first = found?.entries[0];
      const before = await this.fetch(first ? { before: first.seq, limit: BEFORE } : { limit: BEFORE });
      if (this.wanted !== time) continue;
      this.range = before ?? new Range(0, 0);
      this.ahead = found?.entries ?? [];
      this.complete = found?.ended ?? true;
      this.wanted = undefined;
      if (time >= 0) this.play(time);
      this.changed();
      return;
    }
  }

  /**
   * Show the first of the records that are ahead.
   *
   * @param {number} count
   * @returns {Entry | undefined} the last one of them.
   */
  shift(count) {
    const shown = this.ahead.splice(0, count);
    const { range } = this;
    const last = shown.at(-1);
    if (last) {
      range.entries.push(...shown);
      range.to = Math.max(range.to, last.seq);
      if (range.entries.length > KEPT + DROPPED_AT_ONCE) range.drop(DROPPED_AT_ONCE);
      this.changed();
    }
    if (this.ahead.length < FEW && !this.complete && !this.isFetching) void this.fetchAhead();
    return last;
  }

  async fetchAhead() {
    const last = this.ahead.at(-1) ?? this.range.entries.at(-1);
    const { range } = this;
    this.isFetching = true;
    const found = await this.fetch({ after: last?.seq ?? 0, limit: AHEAD });
    this.isFetching = false;
    // It is played elsewhere now.
    if (range !== this.range || this.wanted !== undefined) return;
    this.ahead.push(...(found?.entries ?? []));
    this.complete = found?.ended ?? true;
  }

  /** Fetch what was said before what is shown: somebody scrolls up. */
  async earlier() {
    const { range } = this;
    if (range.complete || this.isFetchingBefore) return;
    this.isFetchingBefore = true;
    const found = await this.fetch({ before: range.from + 1, limit: BEFORE });
    this.isFetchingBefore = false;
    if (!found || range !== this.range) return;
    range.prepend(found.entries, found.from);
    if (range.entries.length > KEPT + DROPPED_AT_ONCE) {
      // What is far below is fetched again when it is played.
      range.dropLast(DROPPED_AT_ONCE);
      this.ahead = [];
      this.complete = false;
    }
    this.changed();
  }
}
