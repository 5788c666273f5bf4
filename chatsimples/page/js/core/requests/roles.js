/** The roles in a room, as people type them. */

import { ROLE_MARKS, ROLES } from "../../../words/program.js";

/** @type {{[word: string]: string}} */
const PORTUGUESE = {
  dono: "owner", dona: "owner", operador: "operator", operadora: "operator", voz: "voice", nenhum: "none",
  nada: "none",
};

/**
 * Return the role that a word means, in either language; "" if it means none.
 *
 * @param {string} word
 */
export function readRole(word) {
  const lower = word.toLowerCase();
  return ROLES.includes(lower) ? lower : (PORTUGUESE[lower] ?? "");
}

/**
 * Return the mark that stands in front of the nick of somebody with a role, as in IRC.
 *
 * @param {string | undefined} role
 */
export function roleMark(role) {
  return ROLE_MARKS[role ?? ""] ?? "";
}
