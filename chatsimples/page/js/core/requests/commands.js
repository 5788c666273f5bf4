/** The command words that a person can type: the same as in plain text and in the terminal client. */

import { COMMANDS } from "../../../words/program.js";

/** @type {Map<string, string>} */
const names = new Map();
for (const [name, { words }] of Object.entries(COMMANDS)) for (const word of words) names.set(word, name);

/**
 * Return the name of the command that has a word; "" if none has.
 *
 * @param {string} word
 */
export function commandName(word) {
  return names.get(word.toLowerCase()) ?? "";
}

/**
 * Return the command words in the order in which to offer them: those of this language first.
 *
 * @param {string} lang
 */
export function commandWords(lang) {
  const rows = Object.values(COMMANDS);
  const [own, other] = lang === "pt" ? [0, 1] : [1, 0];
  return [...new Set([...rows.map((row) => row.words[own]), ...rows.map((row) => row.words[other])])].filter(
    (word) => word !== undefined,
  );
}

/**
 * Return what the arguments of a command word are: "nick", "room", "setting", "role", "member" or "".
 *
 * @param {string} word
 */
export function argumentKind(word) {
  return COMMANDS[commandName(word)]?.takes ?? "";
}

/**
 * Return how a command is typed: `/apelido, /nick NAME`.
 *
 * @param {string} name
 * @param {(text: string) => string} translate
 */
export function usage(name, translate) {
  const { words, arguments: args } = /** @type {(typeof COMMANDS)[string]} */ (COMMANDS[name]);
  const typed = [...new Set(words.slice(0, 2))].map((word) => `/${word}`).join(", ");
  return `${typed} ${args && translate(args)}`.trimEnd();
}
