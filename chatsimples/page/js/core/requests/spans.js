/** How long something lasts, as people type it. */

/** @type {{[unit: string]: number}} */
const UNITS = { s: 1, m: 60, h: 3_600, d: 86_400, w: 7 * 86_400 };
const MOST_SECONDS = 3_660 * 86_400;

/**
 * Return the seconds of a time like `30s`, `10m`, `2h`, `7d` or `4w`; undefined if it is none.
 *
 * @param {string} word
 */
export function readSpan(word) {
  const found = /^([1-9][0-9]{0,8})([smhdw])$/.exec(word);
  const seconds = found ? Number(found[1]) * (UNITS[found[2] ?? ""] ?? 0) : 0;
  return seconds > 0 && seconds <= MOST_SECONDS ? seconds : undefined;
}
