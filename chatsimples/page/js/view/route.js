/**
 * What the address says behind `#`: a room, perhaps a message in it, or a person.
 *
 * @import {Conversation} from "../model/conversations.js"
 * @typedef {{room: string, to: string, seq: number}} Route
 */

/**
 * Read `#geral`, `#geral/120` and `#@ana`.
 *
 * @param {string} hash
 * @returns {Route}
 */
export function readRoute(hash) {
  const [name = "", seq = ""] = hash.replace(/^#/, "").split("/");
  let decoded = "";
  try {
    decoded = decodeURIComponent(name);
  } catch {
    // A name that was made up names nothing.
  }
  if (decoded.startsWith("@")) return { room: "", to: decoded.slice(1), seq: 0 };
  return { room: decoded, to: "", seq: /^\d{1,15}$/.test(seq) ? Number(seq) : 0 };
}

/**
 * Return the address of a conversation.
 *
 * @param {Conversation} conversation
 */
export function routeOf(conversation) {
  return `#${conversation.isPrivate ? "@" : ""}${encodeURIComponent(conversation.name)}`;
}
