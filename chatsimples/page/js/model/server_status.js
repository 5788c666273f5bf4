/**
 * How the server does, second by second: what it tells is counted since it began, and rates are differences.
 *
 * @import {Status} from "../core/protocol.js"
 *
 * @typedef {object} Sample
 * @property {number} time when it was taken, in milliseconds.
 * @property {Status} status
 * @property {number} records a second, since the sample before; NaN where there is none of the same process.
 * @property {number} deliveries a second.
 * @property {number} bytes a second.
 * @property {number} busy the share of the time in which the loop worked.
 * @property {number} p50 of the loop's turns since then, in milliseconds.
 * @property {number} p99
 */

/** Samples that are kept: five minutes. */
export const MOST = 300;
/** Without an answer for so long, the question is asked anew; in milliseconds. */
const LOST = 10_000;

export class ServerStatus {
  /**
   * @param {object} parts
   * @param {() => boolean} parts.ask asks the server; false while that can't be.
   * @param {() => number} parts.now in milliseconds.
   */
  constructor({ ask, now }) {
    this.ask = ask;
    this.now = now;
    /** @type {Sample[]} */
    this.samples = [];
    /** The server tells it to admins only. */
    this.isRefused = false;
    /** When a question was asked that has no answer yet. */
    this.askedAt = -Infinity;
    /** @type {() => void} */
    this.changed = () => {};
  }

  /** Ask, unless the last question is not answered yet. */
  poll() {
    const now = this.now();
    if (now - this.askedAt < LOST) return;
    if (this.ask()) this.askedAt = now;
  }

  /** @param {Status} status */
  take(status) {
    this.askedAt = -Infinity;
    this.isRefused = false;
    this.samples.push(sampleOf(status, this.now(), this.samples.at(-1)));
    if (this.samples.length > MOST) this.samples.shift();
    this.changed();
  }

  refused() {
    this.askedAt = -Infinity;
    this.isRefused = true;
    this.changed();
  }
}

/**
 * @param {Status} status
 * @param {number} time
 * @param {Sample | undefined} before
 * @returns {Sample}
 */
function sampleOf(status, time, before) {
  const last = before?.status;
  // By the server's own clock: answers may have waited on their way.
  const seconds = last ? status.uptime - last.uptime : 0;
  if (!last || seconds <= 0) {
    return { time, status, records: NaN, deliveries: NaN, bytes: NaN, busy: NaN, p50: NaN, p99: NaN };
  }
  const turns = newTurns(last.turns.histogram, status.turns.histogram);
  return {
    time,
    status,
    records: (status.records - last.records) / seconds,
    deliveries: (status.deliveries - last.deliveries) / seconds,
    bytes: (status.bytes - last.bytes) / seconds,
    busy: Math.min(1, (status.turns.busy - last.turns.busy) / seconds),
    p50: quantile(turns, 0.5),
    p99: quantile(turns, 0.99),
  };
}

/**
 * @param {[number, number][]} before
 * @param {[number, number][]} now
 * @returns {[number, number][]}
 */
function newTurns(before, now) {
  const old = new Map(before);
  return now.map(([bound, count]) => [bound, count - (old.get(bound) ?? 0)]);
}

/**
 * Return how long the longest of a share of the turns took, in milliseconds; NaN if there were none.
 *
 * @param {[number, number][]} turns
 * @param {number} share
 */
function quantile(turns, share) {
  const all = turns.reduce((sum, [, count]) => sum + count, 0);
  let left = all * share;
  for (const [bound, count] of turns) {
    left -= count;
    if (count && left <= 1e-9) return bound;
  }
  return NaN;
}
