/**
 * Signs of life: a connection on which there are none is given up.
 *
 * @import {Core} from "./core.js"
 * @import {Timing} from "./timing.js"
 * @typedef {"" | "no welcome" | "no sign of life"} Verdict why a connection is given up; "" if it is not.
 */

/** Watches one connection. */
export class Heartbeat {
  /**
   * @param {Core} core asks for signs of life.
   * @param {Timing} timing how long to wait.
   * @param {number} now a time in milliseconds, as in all that follows: the time of day, as it goes on while the
   *     machine sleeps.
   */
  constructor(core, timing, now) {
    this.core = core;
    this.timing = timing;
    this.openedAt = this.heardAt = this.lookedAt = now;
    this.askedAt = -Infinity;
    this.patience = timing.dead;
  }

  /** @param {number} now something was received. */
  heard(now) {
    this.heardAt = now;
  }

  /**
   * Decide whether to give the connection up; a sign of life may have to be sent by the core.
   *
   * @param {number} now
   * @param {boolean} [doubtful] the connection may well have died: the network changed, or the page came back.
   * @returns {Verdict}
   */
  check(now, doubtful = false) {
    const { core, timing } = this;
    // The clock may be set back: what was noted in the future counts as noted now.
    this.heardAt = Math.min(this.heardAt, now);
    this.openedAt = Math.min(this.openedAt, now);
    this.askedAt = Math.min(this.askedAt, now);
    const gap = now - this.lookedAt;
    const slept = doubtful || gap > timing.asleep;
    this.lookedAt = now;
    if (!core.registered) {
      return now - this.openedAt > timing.connect && gap <= timing.asleep ? "no welcome" : "";
    }
    if (this.askedAt > this.heardAt) {
      // After a sleep the answer may be there, and only not read yet.
      return now - this.askedAt > this.patience && gap <= timing.asleep ? "no sign of life" : "";
    }
    if (slept || now - this.heardAt > (core.unanswered ? timing.unanswered : timing.quiet)) {
      this.patience = slept ? timing.awake : timing.dead;
      this.askedAt = now;
      core.ping();
    }
    return "";
  }
}
