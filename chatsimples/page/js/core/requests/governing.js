/**
 * What those type who govern a room or the server, read into commands of the protocol.
 *
 * @import {Command, Limits} from "../protocol.js"
 */

import { COMMANDS } from "../../../words/program.js";
import { checkText } from "./bounds.js";
import { Refusal } from "./refusal.js";
import { readRole } from "./roles.js";
import { readSettings } from "./settings.js";
import { readSpan } from "./spans.js";

/** The room that stands in a command for the one in front. */
export const HERE = "";

/** What is typed in front of a nick for the whole server. */
const EVERYWHERE = "*";
/** What is typed for a topic that says nothing any more. */
const NOTHING = "-";
const OF_ROOMS = new Set(["topic", "invite", "role", "set"]);
const FOR_EVER = 0;
const LIFTED = -1;

/**
 * @typedef {Omit<Command, "id">} Asked a command without its id. Its `room` is `HERE` for the room in front, and is not
 *     there for the whole server.
 */

/**
 * Read a command.
 *
 * @param {string} name of `COMMANDS`.
 * @param {string} rest what follows its word.
 * @param {Limits} limits
 * @returns {Asked}
 * @throws {Refusal}
 */
export function readGoverning(name, rest, limits) {
  if (name === "announce") {
    if (!rest) throw notSo(name);
    return { type: "announcement", text: checkText(rest, limits) };
  }
  const [room, typed] = name === "topic" ? [HERE, rest] : place(rest);
  if (!typed || (room === undefined && OF_ROOMS.has(name))) throw notSo(name);
  /** @type {{room?: string}} */
  const where = room === undefined ? {} : { room };
  const [first, after] = halves(typed);
  const text = (/** @type {string} */ said) => (said ? { text: checkText(said, limits) } : {});
  switch (name) {
    case "topic":
      return { type: "topic", ...where, text: typed === NOTHING ? "" : checkText(typed, limits) };
    case "invite":
      return { type: "invite", ...where, nick: bareNick(one(name, typed)) };
    case "role": {
      const role = readRole(after);
      if (!role) throw notSo(name);
      return { type: "role", ...where, nick: bareNick(first), role };
    }
    case "set":
      return { type: "set", ...where, settings: readSettings(typed) };
    case "kick":
      return { type: "kick", ...where, nick: bareNick(first), ...text(after) };
    case "ban": {
      const [seconds, why] = spanAndText(after);
      return { type: "ban", ...where, ...whom(first), seconds, ...text(why) };
    }
    case "unban":
      return { type: "unban", ...where, ...whom(one(name, typed)) };
    case "mute": {
      const [seconds, why] = spanAndText(after);
      return { type: "mute", ...where, nick: bareNick(first), seconds, ...text(why) };
    }
    default:
      return { type: "mute", ...where, nick: bareNick(one(name, typed)), seconds: LIFTED };
  }
}

/**
 * @param {string} text
 * @returns {[string, string]} what is before the first space, and what is after it.
 */
function halves(text) {
  const space = text.indexOf(" ");
  return space < 0 ? [text, ""] : [text.slice(0, space), text.slice(space + 1).trim()];
}

/**
 * @param {string} rest
 * @returns {[string | undefined, string]} the room, undefined for the whole server, and what follows it.
 */
function place(rest) {
  const [first, others] = halves(rest);
  if (first === EVERYWHERE) return [undefined, others];
  return first.startsWith("#") && first.length > 1 ? [first.slice(1), others] : [HERE, rest];
}

/**
 * @param {string} text
 * @returns {[number, string]}
 */
function spanAndText(text) {
  const [word, after] = halves(text);
  const seconds = readSpan(word);
  return seconds === undefined ? [FOR_EVER, text] : [seconds, after];
}

/** @param {string} word */
function whom(word) {
  const account = /^(?:account|conta):(.+)$/i.exec(word);
  return account ? { account: account[1] ?? "" } : { nick: bareNick(word) };
}

/** @param {string} nick */
export function bareNick(nick) {
  return nick.replace(/^@/, "");
}

/**
 * @param {string} name
 * @param {string} typed
 */
function one(name, typed) {
  if (typed.includes(" ")) throw notSo(name);
  return typed;
}

/** @param {string} name */
function notSo(name) {
  const row = COMMANDS[name];
  const usage = (row?.words ?? []).slice(0, 2).map((word) => `/${word} ${row?.arguments}`).join(", ");
  return new Refusal("bad_request", { why: "it goes like this: {usage}", usage });
}
