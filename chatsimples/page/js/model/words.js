/** The page's language. Texts are written in English where they are said, and looked up here. */

import { PORTUGUESE as OF_PROGRAM } from "../../words/program.js";
import { PORTUGUESE as OF_PAGE } from "../../words/pt.js";

/** @typedef {"pt" | "en"} Language */

/** @type {{[text: string]: string}} */
const PORTUGUESE = { ...OF_PROGRAM, ...OF_PAGE };

/** @type {Language} */
let current = "en";

/**
 * Return the language to speak to somebody.
 *
 * @param {string} setting "pt", "en", or anything else for the browser's own.
 * @param {readonly string[]} preferred the languages that the browser is set to.
 * @returns {Language}
 */
export function languageOf(setting, preferred) {
  if (setting === "pt" || setting === "en") return setting;
  const known = preferred.map((each) => each.slice(0, 2).toLowerCase());
  return known.find((each) => each === "pt" || each === "en") === "pt" ? "pt" : "en";
}

/** @param {Language} language */
export function setLanguage(language) {
  current = language;
}

export function language() {
  return current;
}

/**
 * Return a text in the page's language, with values in place of its `{names}`.
 *
 * @param {string} text
 * @param {{[name: string]: string | number}} [values]
 */
export function t(text, values = {}) {
  const told = (current === "pt" && Object.hasOwn(PORTUGUESE, text) && PORTUGUESE[text]) || text;
  return told.replace(/\{(\w+)\}/g, (whole, name) => (Object.hasOwn(values, name) ? String(values[name]) : whole));
}
