/** The help: what can be typed, and the keys. */

import { COMMANDS, SETTINGS } from "../../words/program.js";
import { usage } from "../core/requests/commands.js";
import { language, t } from "./words.js";

/** What can be pressed. */
/** @type {[string, string][]} */
export const KEYS = [
  ["Tab", "completes nicks, rooms, commands and :emoji:"],
  ["Alt-1 … 9, Alt-↑/↓", "another conversation"],
  ["Alt-A", "where there is something new"],
  ["PgUp", "what was said before"],
  ["↑ ↓", "what you have typed before"],
  ["Shift-Enter", "a further line, which is a message of its own"],
  ["Esc", "to the newest message, and to writing"],
];

/**
 * Return the rows of the help: what is typed or pressed, and what it does.
 *
 * @param {boolean} governing what those type who govern rooms, and nothing else.
 */
export function helpRows(governing) {
  /** @type {[string, string][]} */
  const rows = Object.entries(COMMANDS)
    .filter(([, row]) => row.governing === governing)
    .map(([name, row]) => [usage(name, t), t(row.help)]);
  if (governing) {
    const names = Object.values(SETTINGS).map((row) => (language() === "pt" ? row.portuguese : row.english));
    rows.push([t("NAME"), names.join(", ")], [t("#ROOM or *"), t("in front: in that room, on the whole server")]);
  } else {
    rows.push(
      ["/help rooms, /ajuda salas", t("what owners and operators of rooms can do")],
      ["//text", t("say a text that begins with /")],
      ...KEYS.map(([keys, meaning]) => /** @type {[string, string]} */ ([keys, t(meaning)])),
    );
  }
  return rows;
}
