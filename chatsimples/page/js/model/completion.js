/**
 * Completion of the word before the cursor: to a nick, a room, a command or an emoji.
 *
 * @import {Emoji} from "./emoji.js"
 *
 * @typedef {object} Scope What a word can be completed to.
 * @property {string[]} nicks the people here, the last speakers first; without this person.
 * @property {string[]} rooms in the order in which to offer them.
 * @property {"pt" | "en"} language
 * @property {Emoji} emoji
 *
 * @typedef {object} Candidate
 * @property {string} text what is inserted.
 * @property {string} label what it is called among the others.
 * @property {string} [note] what it is for.
 * @typedef {{start: number, candidates: Candidate[]}} Completions each replaces what is from `start` to the cursor.
 */

import { COMMANDS, ROLE_WORDS, SETTINGS } from "../../words/program.js";
import { argumentKind, commandName, commandWords } from "../core/requests/commands.js";
import { settingName } from "../core/requests/settings.js";
import { nameBegun } from "./emoji.js";

/** Candidates at most: nobody steps through more. */
const MOST = 100;
const EMOJI_OFFERED = 12;

/**
 * Nicks are found without regard to case and accents; at a line's beginning they are addressed (`ana: `). An empty word
 * is completed where only a nick or a room can stand.
 *
 * @param {string} text
 * @param {number} cursor
 * @param {Scope} scope
 * @returns {Completions}
 */
export function complete(text, cursor, scope) {
  const lineStart = text.lastIndexOf("\n", cursor - 1) + 1;
  const line = text.slice(lineStart, cursor);
  const begin = line.lastIndexOf(" ") + 1;
  const word = line.slice(begin);
  const start = lineStart + begin;
  const colon = nameBegun(text, start, cursor);
  if (colon >= 0) {
    const found = scope.emoji.find(text.slice(colon + 1, cursor), EMOJI_OFFERED);
    return {
      start: colon,
      candidates: found.map(({ emoji, name }) => ({ text: emoji, label: `${emoji} ${name}` })),
    };
  }
  const isFirst = !line.slice(0, begin).trim();
  if (lineStart === 0 && /^\/(?!\/)/.test(text)) {
    if (begin === 0) return { start, candidates: commands(word.slice(1), scope.language) };
    const found = argument(line.slice(1, begin).split(" ").filter(Boolean), word, scope);
    if (found) return { start, candidates: found };
  }
  if (!word && !isFirst) return { start, candidates: [] };
  if (word.startsWith("#")) return { start, candidates: those(scope.rooms, word.slice(1), (name) => `#${name} `) };
  if (word.startsWith("@")) return { start, candidates: those(scope.nicks, word.slice(1), (name) => `@${name} `) };
  return { start, candidates: those(scope.nicks, word, (name) => (isFirst ? `${name}: ` : `${name} `)) };
}

/**
 * @param {string} beginning
 * @param {"pt" | "en"} language
 * @returns {Candidate[]}
 */
function commands(beginning, language) {
  return those(commandWords(language), beginning, (name) => `/${name} `).map(({ text, label }) => ({
    text, label: `/${label}`, note: COMMANDS[commandName(label)]?.help ?? "",
  }));
}

/**
 * Return what an argument of a command can be; undefined if nothing special.
 *
 * @param {string[]} typed the command's word, and the arguments before this one.
 * @param {string} word the beginning of this one.
 * @param {Scope} scope
 * @returns {Candidate[] | undefined}
 */
function argument([command = "", ...typed], word, scope) {
  const kind = argumentKind(command);
  const plain = (/** @type {string} */ name) => `${name} `;
  let before = typed;
  // Where it is done stands in front.
  if (["nick", "member", "role", "setting"].includes(kind) && /^[#*]/.test(before[0] ?? "")) before = before.slice(1);
  if (kind === "setting") {
    const own = scope.language === "pt" ? 0 : 1;
    if (before.length % 2) {
      return those(SETTINGS[settingName(before.at(-1) ?? "")]?.values[own] ?? [], word, plain);
    }
    return those(Object.values(SETTINGS).map((row) => (own ? row.english : row.portuguese)), word, plain);
  }
  if (kind === "role" && before.length === 1) return those(ROLE_WORDS[scope.language] ?? [], word, plain);
  if (before.length || !kind) return undefined;
  if (kind === "room") return those(scope.rooms, word.replace(/^#/, ""), plain);
  if (word.startsWith("#")) return undefined;
  return those(scope.nicks, word.replace(/^@/, ""), plain);
}

/**
 * @param {string[]} names
 * @param {string} beginning
 * @param {(name: string) => string} form
 */
function those(names, beginning, form) {
  const wanted = unaccented(beginning);
  // Nothing but accents: every name would begin with it once they are taken off.
  if (beginning && !wanted) return [];
  // Punctuation is skipped in the name alone: "..." in a line is no beginning of "_ana".
  for (const found of [unaccented, (/** @type {string} */ name) => unaccented(name).replace(/^[_.'-]+/, "")]) {
    const all = names.filter((name) => found(name).startsWith(wanted)).slice(0, MOST);
    if (all.length) return all.map((name) => ({ text: form(name), label: name }));
  }
  return [];
}

/** @param {string} text */
function unaccented(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
