/**
 * What may be said, and how long it may be: checked before a text is sent, so that it stays to be shortened.
 *
 * Names are judged by the server, which has the tables for it.
 *
 * @import {Limits} from "../protocol.js"
 */

import { Refusal } from "./refusal.js";

// C0, DEL and C1 controls, the characters with the property Bidi_Control, the line and paragraph separators.
// eslint-disable-next-line no-control-regex
const FORBIDDEN = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

// A message's line without its text: its type, its id, and a name of which each character may take four bytes.
const FRAME = 80;
const USUAL_NAME = 64;

const encoder = new TextEncoder();

/** @param {string} text */
export function bytesOf(text) {
  return encoder.encode(text).length;
}

/**
 * Return a text if it may be said and the server accepts it.
 *
 * @param {string} text
 * @param {Limits} limits
 * @throws {Refusal} bad_text, text_too_long, or bad_request if its line is too long.
 */
export function checkText(text, limits) {
  if (!text.trim()) throw new Refusal("bad_text", { why: "it is empty" });
  const found = FORBIDDEN.exec(text);
  if (found) {
    const what = `U+${found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
    throw new Refusal("bad_text", {
      why: "{what} at character {where} is a control character", what, where: [...text.slice(0, found.index)].length + 1,
    });
  }
  const size = bytesOf(text);
  if (limits.max_text && size > limits.max_text) {
    throw new Refusal("text_too_long", { limit: limits.max_text, size });
  }
  if (limits.max_line) {
    const room = limits.max_line - FRAME - 4 * (limits.max_name || USUAL_NAME);
    const escaped = bytesOf(JSON.stringify(text));
    if (escaped > room) {
      const why = "with escapes it has {size} bytes, and the server accepts {limit} in a line";
      throw new Refusal("bad_request", { why, size: escaped, limit: room });
    }
  }
  return text;
}
