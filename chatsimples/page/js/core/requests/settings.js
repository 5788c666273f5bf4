/** The settings of a room, as people type them. */

import { SETTINGS } from "../../../words/program.js";
import { Refusal } from "./refusal.js";

const YES = new Set(["sim", "s", "on", "yes", "y", "true", "1", "ligado", "ligada"]);
const NO = new Set([
  "não", "nao", "n", "off", "no", "false", "0", "-", "desligado", "desligada", "nenhum", "none",
]);
/** @type {{[word: string]: string}} */
const WHOEVER = { operadores: "operators", membros: "members" };
const MOST_MEMBERS = 1_000_000;

/** @param {string} word */
function bare(word) {
  return word.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replace(/_/g, "-");
}

/**
 * Return the name of the setting that a word means, in either language; "" if it means none.
 *
 * @param {string} word
 */
export function settingName(word) {
  const wanted = bare(word);
  for (const [name, words] of Object.entries(SETTINGS)) {
    if ([bare(name), bare(words.portuguese), words.english].includes(wanted)) return name;
  }
  return "";
}

/**
 * Read settings as they are typed: `moderated on limit 20`, or `moderated=on limit=20`.
 *
 * @param {string} text
 */
export function readSettings(text) {
  /** @type {{[name: string]: unknown}} */
  const asked = {};
  const words = text.split(/\s+/).filter(Boolean);
  while (words.length) {
    const each = /** @type {string} */ (words.shift());
    const [word = "", ...rest] = each.split("=");
    const name = settingName(word);
    if (!name) throw new Refusal("bad_request", { why: "there is no setting {name}", name: word.slice(0, 32) });
    const value = rest.length ? rest.join("=") : words.shift();
    if (!value) throw new Refusal("bad_request", { why: "{name} needs a value", name: word.slice(0, 32) });
    asked[name] = readValue(name, word, value);
  }
  return asked;
}

/**
 * @param {string} name
 * @param {string} word as it was typed.
 * @param {string} value
 */
function readValue(name, word, value) {
  const lower = value.toLowerCase();
  if (name === "key") return NO.has(lower) ? "" : value;
  if (name === "inviters" || name === "topic_by") {
    const whoever = WHOEVER[lower] ?? lower;
    if (whoever === "operators" || whoever === "members") return whoever;
    throw new Refusal("bad_request", { why: "{name} is operators or members", name: word });
  }
  if (name === "limit") {
    const number = NO.has(lower) ? 0 : Number(/^\d{1,7}$/.test(value) ? value : NaN);
    if (number <= MOST_MEMBERS) return number;
    throw new Refusal("bad_request", { why: "{name} is a number up to {most}", name: word, most: MOST_MEMBERS });
  }
  if (!YES.has(lower) && !NO.has(lower)) throw new Refusal("bad_request", { why: "{name} is on or off", name: word });
  return YES.has(lower);
}
