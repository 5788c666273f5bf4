/**
 * The rows of a conversation: messages, what happened between them, and what the client says itself.
 *
 * @import {Command} from "../core/protocol.js"
 * @import {Entry, Notice} from "../model/timeline.js"
 *
 * @typedef {object} Reader For whom rows are made.
 * @property {string} nick
 * @property {string} room the room in front; "" for a private conversation.
 * @property {number} newAfter the messages after this seq are new; 0 for none.
 */

import { heardKey, nickColour } from "../core/names.js";
import { told } from "../model/sentences.js";
import { address, mentions, pieces, visible } from "../model/text.js";
import { clock, dayOf, longDay, shortTime } from "../model/times.js";
import { t } from "../model/words.js";
import { h } from "./dom.js";

/** Messages of one person within this time stand together under one name. */
const TOGETHER = 300_000;

/**
 * Make an entry's row, with the lines that stand before it.
 *
 * @param {Entry} entry
 * @param {Entry | undefined} before the entry before it.
 * @param {Reader} reader
 */
export function makeRow(entry, before, reader) {
  const row = h("li", { class: "row" });
  const isNewDay = dayOf(entry.at) !== (before ? dayOf(before.at) : 0);
  if (isNewDay) row.append(dayLine(entry.at));
  const isFirstNew = reader.newAfter > 0 && entry.seq > reader.newAfter && (!before || before.seq <= reader.newAfter);
  if (isFirstNew) row.append(newLine(before?.at ?? entry.at));
  const { record, notice } = entry;
  if (notice) {
    row.classList.add("told");
    row.append(noticeBody(notice));
  }
  if (record?.type === "message") {
    const isNamed = !entry.own && record.to === undefined && mentions(record.text ?? "", reader.nick);
    if (isNamed) row.classList.add("named");
    if (isNewDay || isFirstNew || !isTogether(entry, before)) row.classList.add("head");
    row.append(messageBody(entry, reader));
  } else if (record) {
    const isAfterEvent = before?.record !== undefined && before.record.type !== "message" && !isNewDay;
    row.classList.add(isAfterEvent ? "event-more" : "told");
    const sign = h("span", { class: "sign", "aria-hidden": "true" }, eventSign(record.type));
    row.append(h("p", { class: "event" }, sign, told(record, entry.own)));
  }
  row.dataset.seq = String(entry.seq);
  return row;
}

/**
 * @param {Entry} entry
 * @param {Entry | undefined} before
 */
function isTogether({ record, at }, before) {
  const last = before?.record;
  if (!record || !before || last?.type !== "message") return false;
  if (record.kind || last.kind) return false;
  const isNear = Date.parse(at) - Date.parse(before.at) < TOGETHER;
  return isNear && last.nick === record.nick && last.conn === record.conn;
}

/**
 * @param {Entry} entry
 * @param {Reader} reader
 */
function messageBody(entry, reader) {
  const record = entry.record;
  const nick = visible(record?.nick ?? "");
  const time = h("time", { datetime: entry.at }, clock(entry.at));
  const stamp = reader.room
    ? h("a", { class: "stamp", href: `#${encodeURIComponent(reader.room)}/${entry.seq}`, tabindex: "-1" }, time)
    : h("span", { class: "stamp" }, time);
  const kind = record?.kind === "action" || record?.kind === "notice" ? record.kind : "";
  const text = h("span", { class: `text ${kind}`.trimEnd(), dir: "auto" });
  // What somebody does reads as a sentence that begins with their name.
  if (kind === "action") text.append(`${nick} `);
  for (const piece of pieces(record?.text ?? "", entry.own ? "" : reader.nick)) {
    const href = piece.kind === "link" ? address(piece.text) : undefined;
    if (href) text.append(h("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, piece.text));
    else if (piece.kind === "mention") text.append(h("mark", {}, piece.text));
    else text.append(piece.text);
  }
  return h(
    "div", { class: "message" },
    avatar(nick),
    h("span", { class: `nick nick${nickColour(record?.nick ?? "")}`, dataset: { nick: record?.nick ?? "" } }, nick),
    stamp,
    text,
  );
}

/**
 * Make the sign of a person: their first letter, in their colour.
 *
 * @param {string} nick
 */
export function avatar(nick) {
  const first = [...nick.replace(/^[^\p{L}\p{N}]+/u, "")][0] ?? nick[0] ?? "";
  return h("span", { class: `avatar nick${nickColour(nick)}`, "aria-hidden": "true", dataset: { letter: first.toUpperCase() } });
}

/**
 * Make the row of an own text that is not known to be on record.
 *
 * @param {Command} command
 * @param {string} nick
 * @param {boolean} connected
 * @param {boolean} isFirst
 */
export function pendingRow(command, nick, connected, isFirst) {
  return h(
    "li", { class: isFirst ? "row head pending" : "row pending" },
    h(
      "div", { class: "message" },
      avatar(nick),
      h("span", { class: `nick nick${nickColour(nick)}` }, visible(nick)),
      h("span", { class: "stamp" }, connected ? t("sending…") : t("waits for the connection")),
      h("span", { class: "text", dir: "auto" }, (command.kind === "action" ? `${visible(nick)} ` : "") + visible(command.text ?? "")),
    ),
  );
}

/** @param {string} at */
function dayLine(at) {
  return h("h2", { class: "day" }, longDay(at, { today: t("today"), yesterday: t("yesterday") }));
}

/** @param {string} at */
function newLine(at) {
  return h("p", { class: "new" }, h("span", {}, t("new since {time}", { time: shortTime(at) })));
}

/** @param {Notice} notice */
function noticeBody({ lines, rows, problem }) {
  const sign = h("span", { class: "sign", "aria-hidden": "true" }, problem ? "!" : "*");
  const body = rows
    ? h("dl", {}, ...rows.map(([typed, meaning]) => h("div", {}, h("dt", {}, typed), h("dd", {}, meaning))))
    : h("div", {}, ...lines.map((line) => h("p", {}, line)));
  return h("div", { class: problem ? "notice problem" : "notice" }, sign, body);
}

/** @param {string} type */
function eventSign(type) {
  return { join: "→", leave: "←" }[type] ?? "·";
}

/**
 * Return what a screen reader is told of an entry.
 *
 * @param {Entry} entry
 */
export function spoken({ record, own, notice }) {
  if (notice) return notice.lines.join(". ");
  if (!record) return "";
  if (record.type !== "message") return told(record, own);
  return `${visible(record.nick ?? "")}${record.kind === "action" ? "" : ":"} ${visible(record.text ?? "")}`;
}

/**
 * Tell whether two nicks are of the same person.
 *
 * @param {string} one
 * @param {string} other
 */
export function isSame(one, other) {
  return heardKey(one) === heardKey(other);
}
