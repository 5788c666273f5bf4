/**
 * How long a link waits, in milliseconds. The waits are the terminal client's
 * (`chatsimples/client/protocol/timing.py`), but for `quiet`: a page does not see the server's own pings.
 *
 * @typedef {object} Timing
 * @property {number} connect for a connection, and for the welcome on it.
 * @property {number} firstRetry before the first attempt after a loss; each further one waits twice as long.
 * @property {number} longestRetry before an attempt, at most.
 * @property {number} steady after a connection that lasted this long, the waits begin anew.
 * @property {number} quiet without a line from the server before the link asks for one.
 * @property {number} unanswered the same, while an answer is due.
 * @property {number} dead for the sign of life that was asked for.
 * @property {number} asleep between two looks: beyond it the machine has slept.
 * @property {number} awake for a sign of life after a sleep, in which the connection has often died.
 * @property {number} look between two looks.
 */

/** @type {Timing} */
export const DEFAULT_TIMING = {
  connect: 10_000,
  firstRetry: 100,
  longestRetry: 10_000,
  steady: 5_000,
  quiet: 45_000,
  unanswered: 10_000,
  dead: 15_000,
  asleep: 10_000,
  awake: 5_000,
  look: 1_000,
};

/**
 * Return the wait before the next attempt, after so many in vain.
 *
 * @param {Timing} timing
 * @param {number} attempts
 * @param {number} chance from 0 to 1.
 */
export function retryDelay(timing, attempts, chance) {
  const longest = Math.min(timing.longestRetry, timing.firstRetry * 2 ** Math.min(attempts, 30));
  return longest * (0.5 + 0.5 * chance);
}
