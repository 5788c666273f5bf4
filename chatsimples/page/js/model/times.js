/** Times of records, for people: in the browser's zone. */

import { language } from "./words.js";

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/**
 * @param {string} name
 * @param {Intl.DateTimeFormatOptions} options
 */
function format(name, options) {
  const key = `${language()}.${name}`;
  let found = formats.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(language() === "pt" ? "pt-BR" : "en-GB", options);
    formats.set(key, found);
  }
  return found;
}

/** @param {number} number */
function two(number) {
  return String(number).padStart(2, "0");
}

/** @param {Date} date */
function dayNumber(date) {
  return date.getFullYear() * 10_000 + (date.getMonth() + 1) * 100 + date.getDate();
}

/**
 * Return a time of day: `15:00`.
 *
 * @param {string} at RFC 3339.
 */
export function clock(at) {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? "" : `${two(date.getHours())}:${two(date.getMinutes())}`;
}

/**
 * Return a number that two times of one day share; 0 if it is no time.
 *
 * @param {string} at RFC 3339.
 */
export function dayOf(at) {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? 0 : dayNumber(date);
}

/**
 * Return a day in words; `today` and `yesterday` are what those two are called.
 *
 * @param {string} at RFC 3339.
 * @param {{today: string, yesterday: string, now?: Date}} names
 */
export function longDay(at, { today, yesterday, now = new Date() }) {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "";
  if (dayNumber(date) === dayNumber(now)) return today;
  const before = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (dayNumber(date) === dayNumber(before)) return yesterday;
  const year = date.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return format(`day${year ?? ""}`, { weekday: "long", day: "numeric", month: "long", year }).format(date);
}

/**
 * Return a day and time in full, to the second.
 *
 * @param {string} at RFC 3339.
 */
export function fullTime(at) {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  return format("full", { dateStyle: "full", timeStyle: "medium" }).format(date);
}

/**
 * Return a day and time to the second, briefly.
 *
 * @param {number} moment in milliseconds of the epoch.
 */
export function momentTime(moment) {
  return format("moment", { dateStyle: "medium", timeStyle: "medium" }).format(moment);
}

/**
 * Return a day as fields for dates have it: `2026-11-22`.
 *
 * @param {number} moment in milliseconds of the epoch.
 */
export function dayField(moment) {
  const date = new Date(moment);
  return `${String(date.getFullYear()).padStart(4, "0")}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/**
 * Return a time to the minute, with its day if that is not today.
 *
 * @param {string} at RFC 3339.
 */
export function shortTime(at) {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  if (dayNumber(date) === dayNumber(new Date())) return clock(at);
  return format("short", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(date);
}
