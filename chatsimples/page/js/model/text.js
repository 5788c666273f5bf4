/**
 * What others wrote, in pieces to show: links, and the reader's own nick.
 *
 * @typedef {{kind: "text" | "link" | "mention", text: string}} Piece
 */

/** Characters of a text that are shown. */
const LONGEST = 65_536;

// Controls and the characters that change the direction of what surrounds them; a server of ours lets none pass.
// Tags, fillers and the like show nothing though they count as characters.
const UNSEEN =
  // eslint-disable-next-line no-control-regex
  /[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}\p{Co}\p{Cs}]/gu;
/** A character carries four marks above or below it; more would reach into the rows around. */
const STACK = /([\p{Mn}\p{Me}]{4})[\p{Mn}\p{Me}]+/gu;
const LINK = /\bhttps?:\/\/[^\s<>"'`{}|\\^]+/giu;
const AFTER_LINK = /[.,;:!?…]+$/u;

/**
 * Return a text in which everything can be seen: what can't be is an escape such as `\u202e`.
 *
 * @param {string} text
 */
export function visible(text) {
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return shown.replace(STACK, "$1…").replace(UNSEEN, (unseen) => {
    const code = (unseen.codePointAt(0) ?? 0).toString(16);
    return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
  });
}

/** @type {{nick: string, pattern: RegExp} | undefined} */
let named;

/** @param {string} nick */
function pattern(nick) {
  if (named?.nick !== nick) {
    const escaped = nick.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
    named = { nick, pattern: new RegExp(`(?<![\\p{L}\\p{N}_])${escaped.replace(/\\-/g, "-")}(?![\\p{L}\\p{N}_])`, "giu") };
  }
  named.pattern.lastIndex = 0;
  return named.pattern;
}

/**
 * Tell whether a text names a nick, as a word of its own.
 *
 * @param {string} text
 * @param {string} nick
 */
export function mentions(text, nick) {
  return nick !== "" && pattern(nick).test(text);
}

/**
 * Return a message's text in pieces.
 *
 * @param {string} text as it was said.
 * @param {string} nick the reader's; "" if it need not stand out.
 * @returns {Piece[]}
 */
export function pieces(text, nick) {
  const shown = visible(text);
  /** @type {Piece[]} */
  const found = [];
  let at = 0;
  if (shown.includes("://")) {
    for (const match of shown.matchAll(LINK)) {
      const link = endOfLink(match[0]);
      found.push(...withMentions(shown.slice(at, match.index), nick), { kind: "link", text: link });
      at = match.index + link.length;
    }
  }
  found.push(...withMentions(shown.slice(at), nick));
  return found;
}

/** @param {string} link */
function endOfLink(link) {
  let end = link.replace(AFTER_LINK, "");
  // A bracket that was not opened within the link closes what is around it.
  while (end.endsWith(")") && end.split("(").length < end.split(")").length) {
    end = end.slice(0, -1).replace(AFTER_LINK, "");
  }
  return end;
}

/**
 * @param {string} text
 * @param {string} nick
 * @returns {Piece[]}
 */
function withMentions(text, nick) {
  if (!text) return [];
  /** @type {Piece[]} */
  const found = [];
  let at = 0;
  if (nick) {
    for (const match of text.matchAll(pattern(nick))) {
      if (match.index > at) found.push({ kind: "text", text: text.slice(at, match.index) });
      found.push({ kind: "mention", text: match[0] });
      at = match.index + match[0].length;
    }
  }
  if (at < text.length) found.push({ kind: "text", text: text.slice(at) });
  return found;
}

/**
 * Return where a link leads; undefined if it is not one of the web.
 *
 * @param {string} text
 */
export function address(text) {
  try {
    const url = new URL(text);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : undefined;
  } catch {
    return undefined;
  }
}
