/**
 * Typed lines, read into actions.
 *
 * @import {Limits} from "../protocol.js"
 * @import {Asked} from "./governing.js"
 *
 * @typedef {{type: "say", text: string, kind?: string}} Say `kind` is "action" for what somebody does.
 * @typedef {{type: "private", to: string, text: string}} Private
 * @typedef {{type: "enter", room: string, key: string}} Enter
 * @typedef {{type: "leave", room: string}} Leave "" for the conversation in front.
 * @typedef {{type: "converse", nick: string}} Converse
 * @typedef {{type: "rename", nick: string}} Rename
 * @typedef {{type: "who", room: string}} Who "" for the room in front.
 * @typedef {{type: "rooms", after: string}} Rooms
 * @typedef {{type: "history", limit: number}} History
 * @typedef {{type: "visit", at: string}} Visit to read from a time on.
 * @typedef {{type: "status"}} Status
 * @typedef {{type: "govern", command: Asked}} Govern what those do who govern, or what somebody tells of themself.
 * @typedef {{type: "help", governing: boolean}} Help
 * @typedef {{type: "quit"}} Quit
 * @typedef {Say | Private | Enter | Leave | Converse | Rename | Who | Rooms | History | Visit | Status | Govern | Help | Quit} Action
 */

import { COMMANDS } from "../../../words/program.js";
import { checkText } from "./bounds.js";
import { commandName } from "./commands.js";
import { bareNick, readGoverning } from "./governing.js";
import { Refusal } from "./refusal.js";

const HISTORY_LIMIT = 1_000;
const HISTORY_DEFAULT = 20;
const TAB = "    ";
const ABOUT_ROOMS = new Set(["sala", "salas", "room", "rooms"]);

/**
 * Read what was typed or pasted, perhaps of several lines; empty lines are left out.
 *
 * Only the first line can be a command: the others are texts, and go where the first line goes.
 *
 * @param {string} typed
 * @param {Limits} limits
 * @returns {Action[]}
 * @throws {Refusal} a line can't be sent, or the first is a command that takes no text.
 */
export function parseLines(typed, limits) {
  const [first = "", ...others] = typed.replace(/\r\n?/g, "\n").replace(/\t/g, TAB).split("\n").filter((line) => line.trim());
  if (!first) return [];
  const action = parse(first, limits);
  if (!others.length) return [action];
  if (action.type !== "say" && action.type !== "private") {
    throw new Refusal("bad_request", { why: "a command stands alone on its line" });
  }
  return [action, ...others.map((line) => ({ ...action, text: checkText(line, limits) }))];
}

/**
 * @param {string} line
 * @param {Limits} limits
 * @returns {Action}
 */
function parse(line, limits) {
  if (line.startsWith("//")) return { type: "say", text: checkText(line.slice(1), limits) };
  if (!line.startsWith("/")) return { type: "say", text: checkText(line, limits) };
  const [, word = "", rest = ""] = /^\/(\S*)\s*(.*?)\s*$/su.exec(line) ?? [];
  const name = commandName(word);
  if (COMMANDS[name]?.governing) {
    // What the room is about, and how it is set, is told with who is there.
    if (!rest && (name === "topic" || name === "set")) return { type: "who", room: "" };
    return { type: "govern", command: readGoverning(name, rest, limits) };
  }
  const [first = "", after = ""] = /^(\S*)\s*(.*)$/su.exec(rest)?.slice(1) ?? [];
  switch (name) {
    case "enter":
      if (!first) throw notSo("/entrar ROOM [KEY]");
      return { type: "enter", room: bareRoom(first), key: after };
    case "leave":
      return { type: "leave", room: bareRoom(rest) };
    case "who":
      return { type: "who", room: bareRoom(rest) };
    case "rooms":
      return { type: "rooms", after: bareRoom(rest) };
    case "private":
      if (!first || !after) throw notSo("/msg NICK TEXT");
      return { type: "private", to: bareNick(first), text: checkText(after, limits) };
    case "act":
      return { type: "say", text: checkText(rest, limits), kind: "action" };
    case "away":
      return { type: "govern", command: { type: "away", text: rest && checkText(rest, limits) } };
    case "name":
      return { type: "govern", command: { type: "setname", realname: checkText(rest, limits) } };
    case "converse":
      if (!first || after) throw notSo("/conversa NICK");
      return { type: "converse", nick: bareNick(first) };
    case "history":
      return rest.includes("-") ? { type: "visit", at: readDay(rest) } : { type: "history", limit: readCount(rest) };
    case "status":
      return { type: "status" };
    case "rename":
      if (!first || after) throw notSo("/apelido NAME");
      return { type: "rename", nick: first };
    case "help":
      return { type: "help", governing: ABOUT_ROOMS.has(rest.toLowerCase()) };
    case "quit":
      return { type: "quit" };
    default:
      throw new Refusal("unknown_command", { name: `/${word.slice(0, 32)}` });
  }
}

/**
 * Tell whether what is typed holds a room's key or a password: it is then kept nowhere.
 *
 * @param {string} line
 */
export function holdsSecret(line) {
  const [, word = "", rest = ""] = /^\/([^\s/]\S*)\s+(\S.*)$/su.exec(line) ?? [];
  if (["login", "registrar", "register"].includes(word.toLowerCase())) return true;
  const name = commandName(word);
  if (name === "enter") return rest.trim().includes(" ");
  return name === "set" && /\b(key|chave)\b/i.test(rest);
}

/** @param {string} room */
function bareRoom(room) {
  return room.replace(/^#/, "");
}

/** @param {string} typed */
function readCount(typed) {
  if (!typed) return HISTORY_DEFAULT;
  const count = /^\d{1,9}$/.test(typed) ? Number(typed) : 0;
  if (count > 0 && count <= HISTORY_LIMIT) return count;
  throw new Refusal("bad_request", { why: "N is from 1 to {most}", most: HISTORY_LIMIT });
}

/**
 * Read a day; it begins as the clock on the wall here has it.
 *
 * @param {string} typed
 */
function readDay(typed) {
  const [, year = 0, month = 0, date = 0] = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(typed)?.map(Number) ?? [];
  const day = new Date(year, month - 1, date);
  if (year && day.getMonth() === month - 1 && day.getDate() === date) return day.toISOString();
  throw new Refusal("bad_request", { why: "a day is written as {day}", day: "2026-11-29" });
}

/** @param {string} usage */
function notSo(usage) {
  return new Refusal("bad_request", { why: "it goes like this: {usage}", usage });
}
