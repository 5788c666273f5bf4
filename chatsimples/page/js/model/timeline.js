/**
 * What was said in a conversation, as far as it is here: ranges of records, with gaps between them.
 *
 * A range says of itself what it covers: every message after `from` and up to `to` is in it. What is said now goes into
 * the last one, which is *live*: it has no end. What is fetched from before is a range too; ranges that touch become one.
 * So a place in the far past can be shown while the present goes on, and nobody takes the one for the other's
 * neighbour.
 *
 * Entries have *positions*: an entry keeps its position while others are put before it, or taken away there.
 *
 * @import {ChatRecord} from "../core/protocol.js"
 *
 * @typedef {object} Entry
 * @property {number} seq of the record; of a notice, that of the record before it.
 * @property {string} at
 * @property {ChatRecord} [record]
 * @property {boolean} own this person caused it.
 * @property {Notice} [notice] what the client says itself.
 *
 * @typedef {object} Notice
 * @property {string[]} lines
 * @property {[string, string][]} [rows] the lines in two columns.
 * @property {boolean} problem
 */

/** Entries of a range that are kept around what somebody looks at; the others can be fetched again. */
export const KEPT = 5_000;
const DROPPED_AT_ONCE = 1_000;
/** Entries of ranges that nobody looks at. */
const ELSEWHERE = 2_000;
/** Entries of what is said now, if somebody looks at the far past. */
const NEWEST = 500;

/** Records of which none is missing. */
export class Range {
  /**
   * @param {number} from messages after this seq are here …
   * @param {number} to … up to this one; `Infinity` if it is live.
   * @param {Entry[]} entries in order.
   */
  constructor(from, to, entries = []) {
    this.from = from;
    this.to = to;
    this.entries = entries;
    /** The position of the first entry. */
    this.first = 0;
    /** Another number tells that entries in the middle are others, and so are the positions after them. */
    this.version = 0;
    /** There was nothing after it when it was fetched. */
    this.ended = false;
  }

  /** The position after the last entry. */
  get end() {
    return this.first + this.entries.length;
  }

  /** Nothing was said before. */
  get complete() {
    return this.from <= 0;
  }

  /**
   * @param {number} position
   * @returns {Entry | undefined}
   */
  at(position) {
    return this.entries[position - this.first];
  }

  /**
   * Return the position of the first entry whose seq is this or a greater one.
   *
   * @param {number} seq
   */
  find(seq) {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (/** @type {Entry} */ (this.entries[middle]).seq < seq) low = middle + 1;
      else high = middle;
    }
    return this.first + low;
  }

  /**
   * Put entries before all others.
   *
   * @param {Entry[]} entries
   * @param {number} from what is covered from now on.
   */
  prepend(entries, from) {
    this.entries = [...entries, ...this.entries];
    this.first -= entries.length;
    this.from = from;
  }

  /**
   * Take one entry away: it is no news any more.
   *
   * @param {Entry} entry
   */
  remove(entry) {
    const index = this.entries.lastIndexOf(entry);
    if (index < 0) return;
    this.entries.splice(index, 1);
    this.version += 1;
  }

  /**
   * Take entries away at the beginning.
   *
   * @param {number} count
   */
  drop(count) {
    const dropped = this.entries.splice(0, count);
    this.first += dropped.length;
    const last = dropped.at(-1);
    if (last) this.from = last.seq;
  }

  /**
   * Take entries away at the end.
   *
   * @param {number} count
   */
  dropLast(count) {
    this.entries.splice(-count, count);
    this.to = Math.max(this.from, this.entries.at(-1)?.seq ?? 0);
  }
}

export class Timeline {
  constructor() {
    /** In order of seq, and none touches another. */
    /** @type {Range[]} */
    this.ranges = [];
  }

  /** The range to which is added what is said now; undefined before `begin`. */
  get live() {
    const last = this.ranges.at(-1);
    return last?.to === Infinity ? last : undefined;
  }

  /**
   * Begin to receive what is said, after a seq.
   *
   * @param {number} seq
   */
  begin(seq) {
    if (!this.live) this.ranges.push(new Range(seq, Infinity));
  }

  /** Receive nothing more; what is here stays. */
  end() {
    const live = this.live;
    if (live) live.to = Math.max(live.from, live.entries.at(-1)?.seq ?? 0);
  }

  /** Forget all: the log is another one. */
  clear() {
    this.ranges = [];
  }

  /**
   * Add what is said now. A record that is here already is not added again.
   *
   * @param {Entry} entry
   * @returns {boolean} whether it was added.
   */
  append(entry) {
    // What the client says itself begins nothing.
    if (entry.record) this.begin(entry.seq - 1);
    const live = this.live;
    if (!live) return false;
    const last = live.entries.at(-1);
    if (entry.record && last && entry.seq <= last.seq && live.entries.some((each) => each.record?.seq === entry.seq)) {
      return false;
    }
    live.entries.push(entry);
    return true;
  }

  /**
   * Add records that were fetched; ranges that they touch become one.
   *
   * @param {Range} fetched
   * @returns {Range} the range in which they are now.
   */
  add(fetched) {
    let merged = fetched;
    /** @type {Range[]} */
    const ranges = [];
    for (const range of this.ranges) {
      if (range.to < merged.from || range.from > merged.to) ranges.push(range);
      else merged = join(range, merged);
    }
    ranges.push(merged);
    this.ranges = ranges.sort((one, other) => one.from - other.from);
    return merged;
  }

  /**
   * Return the range in which a record is or would be; undefined if it was not fetched.
   *
   * @param {number} seq
   */
  rangeOf(seq) {
    return this.ranges.find((range) => range.from < seq && seq <= range.to);
  }

  /**
   * Keep no more than so many entries of the live range, the newest.
   *
   * @param {number} [kept]
   * @returns {boolean} whether some were dropped.
   */
  trim(kept = KEPT) {
    const live = this.live;
    if (!live || live.entries.length < kept + DROPPED_AT_ONCE) return false;
    live.drop(live.entries.length - kept);
    return true;
  }

  /**
   * Keep no more than so many entries around a place, some of the newest, and of other ranges a few.
   *
   * @param {Range} range somebody looks at this one …
   * @param {number} position … here.
   * @param {number} [kept]
   */
  keepAround(range, position, kept = KEPT) {
    const before = position - range.first - kept / 2;
    const after = range.end - position - kept / 2;
    if (before >= DROPPED_AT_ONCE) range.drop(before);
    if (after >= DROPPED_AT_ONCE) {
      if (range.to === Infinity) this.cutLive(range, after);
      else range.dropLast(after);
    }
    let left = ELSEWHERE;
    this.ranges = this.ranges.filter((each) => {
      if (each === range || each.to === Infinity) return true;
      left -= each.entries.length;
      return left >= 0;
    });
  }

  /**
   * Part the live range: its newest entries go on, those before them are missing, and the others are a range.
   *
   * @param {Range} live
   * @param {number} count how many at the end.
   */
  cutLive(live, count) {
    const newest = live.entries.slice(-Math.min(count, NEWEST));
    const from = live.entries[live.entries.length - newest.length - 1]?.seq ?? live.from;
    const next = new Range(from, Infinity, newest);
    live.dropLast(count);
    this.ranges.push(next);
  }
}

/**
 * @param {Range} range is kept, and its entries keep their positions.
 * @param {Range} other
 */
function join(range, other) {
  const [from, to] = [range.from, range.to];
  // An own text from before may be known to be on record before it is fetched.
  for (const each of range.entries.filter(({ record, seq }) => record && other.from < seq && seq <= from)) range.remove(each);
  const before = other.entries.filter((entry) => entry.seq <= from);
  const after = other.entries.filter((entry) => entry.seq > to);
  if (other.from < from) range.prepend(before, other.from);
  if (other.to > to) {
    range.entries.push(...after);
    range.to = other.to;
  }
  return range;
}
