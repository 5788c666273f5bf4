/**
 * What people are told: of records, of a room that has an owner, and of refusals. One sentence each.
 *
 * @import {ChatRecord, Held, Members} from "../core/protocol.js"
 */

import { LEAVES, NOTICES, REFUSALS, SETTINGS } from "../../words/program.js";
import { TELLING } from "../core/protocol.js";
import { roleMark } from "../core/requests/roles.js";
import { visible } from "./text.js";
import { shortTime } from "./times.js";
import { t } from "./words.js";

const OPERATOR = "*";
/** The tag whose value is a reaction. */
export const REACTION = "+draft/react";
const HELD_SHOWN = 20;
const LONGEST = 500;
/** @type {{[role: string]: string}} */
const ROLE_GIVEN = {
  owner: "{by} has made {nick} an owner of {room}",
  operator: "{by} has made {nick} an operator of {room}",
  voice: "{by} has given {nick} a voice in {room}",
};
/** @type {{[role: string]: string}} */
const SERVER_ROLES = { "": "a guest", member: "a member", moderator: "a moderator", admin: "an admin" };
/**
 * Tell whether a record governs a room or the server.
 *
 * @param {ChatRecord} record
 */
export function governs(record) {
  if (record.type === "leave" || record.type === "bye") return Boolean(record.by);
  if (record.type === "set") return !record.quiet;
  return ["login", "topic", "role", "invite", "ban", "unban", "mute", "exempt", "admit"].includes(record.type);
}

/**
 * Return the sentence for a record that is no message.
 *
 * @param {ChatRecord} record
 * @param {boolean} own this person caused it.
 */
export function told(record, own) {
  const nick = visible(record.nick ?? "");
  const room = record.room ? `#${visible(record.room)}` : "";
  if (governs(record)) return toldOfGoverning(record, room);
  if (record.type === "join") return t("{nick} has entered {room}", { nick, room });
  if (TELLING.has(record.type)) return tells(record, nick);
  if (record.type === "nick") {
    const values = { nick, new: visible(record.new ?? "") };
    return own ? t("you are now {new}", values) : t("{nick} is now {new}", values);
  }
  return t(LEAVES[record.reason ?? ""] ?? "{nick} has left {room}", { nick, room });
}

/**
 * @param {ChatRecord} record
 * @param {string} nick
 */
function tells(record, nick) {
  const text = visible(record.text ?? "");
  switch (record.type) {
    case "away":
      return text ? t("{nick} is away: {text}", { nick, text }) : t("{nick} is back", { nick });
    case "setname":
      return t("{nick} gives their name as {text}", { nick, text: visible(record.realname ?? "") });
    case "tags":
      return t("{nick} reacts with {text}", { nick, text: visible(record.tags?.[REACTION] ?? "") });
    default: {
      const by = record.by === OPERATOR ? t("the server's operator") : visible(record.by ?? "");
      return t("{nick} to everybody: {text}", { nick: by, text });
    }
  }
}

/**
 * @param {ChatRecord} record
 * @param {string} room
 */
function toldOfGoverning(record, room) {
  let text = t(sentence(record));
  if (record.until) text += t(" until {until}");
  if (record.text && record.type !== "topic") text += ": {text}";
  const account = record.account ? t("the account {account}", { account: visible(record.account) }) : "";
  return t(text, {
    by: record.by === OPERATOR ? t("the server's operator") : visible(record.by ?? ""),
    nick: record.nick ? visible(record.nick) : account,
    account: visible(record.account ?? ""),
    room,
    text: visible(record.text ?? ""),
    until: shortTime(record.until ?? ""),
    role: t(SERVER_ROLES[record.role ?? ""] ?? visible(record.role ?? "")),
    settings: toldSettings(record.settings ?? {}, false),
  });
}

/** @param {ChatRecord} record */
function sentence(record) {
  const everywhere = !record.room;
  switch (record.type) {
    case "topic":
      return record.text ? "{by} has set the topic of {room}: {text}" : "{by} has taken away the topic of {room}";
    case "set":
      return "{by} has changed {room}: {settings}";
    case "invite":
      return "{by} invites {nick} into {room}: /entrar {room}";
    case "login":
      return "{nick} is logged in as {account}, {role}";
    case "role":
      if (everywhere) return "{nick} is {role} of the server from now on";
      if (record.reason === "made") {
        return record.account ? "{nick} has made {room} and owns it" : "{nick} has made {room} and governs it while there";
      }
      return ROLE_GIVEN[record.role ?? ""] ?? "{by} has taken away the role of {nick} in {room}";
    case "ban":
      return everywhere ? "{by} has banned {nick} from the server" : "{by} has banned {nick} from {room}";
    case "unban":
      return everywhere ? "{by} lets {nick} onto the server again" : "{by} lets {nick} into {room} again";
    case "exempt":
      return record.reason
        ? "{by} no longer excepts {nick} from bans and mutes in {room}"
        : "{by} excepts {nick} from bans and mutes in {room}";
    case "admit":
      return record.reason
        ? "{by} no longer lets {nick} into {room} without an invitation"
        : "{by} lets {nick} into {room} without an invitation";
    case "mute":
      if (record.reason === "lifted") {
        return everywhere ? "{by} lets {nick} speak on the server again" : "{by} lets {nick} speak in {room} again";
      }
      return everywhere ? "{by} has muted {nick} on the server" : "{by} has muted {nick} in {room}";
    default:
      return everywhere ? "{by} has removed {nick} from the server" : "{by} has removed {nick} from {room}";
  }
}

/**
 * Return in words how a room is set.
 *
 * @param {{[name: string]: unknown}} settings those that are known, or that have changed.
 * @param {boolean} whole they are all there are: what is as at first is not told.
 * @param {boolean} [keyed] the room has a key.
 */
export function toldSettings(settings, whole, keyed) {
  const told = [];
  for (const [name, words] of Object.entries(SETTINGS)) {
    const value = name === "key" ? (keyed ?? settings.keyed) : settings[name];
    const off = value === false || value === 0 || value === "operators";
    if (value === undefined || (whole && off)) continue;
    told.push(t(off ? words.off : words.on, { number: String(value) }));
  }
  return told.join(", ");
}

/**
 * Return what a room is about, how it is set and, for its operators, whom it holds: lines, or none.
 *
 * @param {Members} members
 */
export function charter(members) {
  const lines = [];
  if (members.topic) lines.push(t("topic: {text}", { text: visible(members.topic) }));
  const settings = toldSettings(members.settings ?? {}, true, members.keyed);
  if (settings) lines.push(t("settings: {settings}", { settings }));
  if (members.bans?.length) lines.push(t("banned: {names}", { names: held(members.bans) }));
  if (members.mutes?.length) lines.push(t("muted: {names}", { names: held(members.mutes) }));
  return lines;
}

/** @param {Held[]} all */
function held(all) {
  const names = all.slice(0, HELD_SHOWN).map(({ nick, until }) => {
    return visible(nick) + (until ? t(" until {until}", { until: shortTime(until) }) : "");
  });
  if (all.length > HELD_SHOWN) names.push(t("and {number} more", { number: all.length - HELD_SHOWN }));
  return names.join(", ");
}

/**
 * Return who is in a room, in one line.
 *
 * @param {Members} members
 */
export function whoIsThere(members) {
  const names = members.members.map((nick) => roleMark(members.roles?.[nick]) + visible(nick));
  const further = members.count - names.length;
  let listed = names.join(", ") || t("nobody");
  if (further > 0) listed += ` ${t("and {number} more", { number: further })}`;
  return t("{room} ({number}): {members}", { room: `#${visible(members.room)}`, number: members.count, members: listed });
}

/**
 * Return why something is refused: in the reader's language if the code is known, else as the server says it.
 *
 * @param {{code: string, text?: string, detail?: {[name: string]: string}}} refusal
 */
export function explain({ code, text = "", detail = {} }) {
  const known = Object.hasOwn(REFUSALS, code) ? REFUSALS[code] : undefined;
  if (!known) return visible((text || code).slice(0, LONGEST));
  /** @type {{[name: string]: string}} */
  const values = {};
  for (const [name, value] of Object.entries(detail)) {
    values[name] = name === "until" ? shortTime(value) : visible(String(value).slice(0, LONGEST));
  }
  if (detail.why) values.why = t(detail.why, values);
  // To somebody who looks at what was typed the reason alone says it.
  if (code === "bad_request" && values.why) return values.why;
  return t(known, values);
}

/**
 * Return what a server says to every newcomer; "" if it is what all servers say, which stands at the door.
 *
 * @param {string} text
 */
export function notice(text) {
  return NOTICES.includes(text) ? "" : visible(text.slice(0, LONGEST));
}
