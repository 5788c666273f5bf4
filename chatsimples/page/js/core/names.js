/** Names of people and rooms: when two are the same, and which colour one has. */

export const DEFAULT_ROOM = "geral";
export const NICK_COLOURS = 10;

const LONGEST_COMPARED = 1024;
const MOST_CACHED = 4096;

/** @type {Map<string, string>} */
const keys = new Map();
/** @type {Map<string, number>} */
const colours = new Map();

/**
 * Return what two names share if they are the same (RFC 8265, UsernameCaseMapped).
 *
 * @param {string} name as it was heard or read: it may be anything.
 */
export function heardKey(name) {
  if (name.length > LONGEST_COMPARED) return name;
  let key = keys.get(name);
  if (key === undefined) {
    key = name.replace(/[\uff00-\uffef]/gu, (wide) => wide.normalize("NFKC")).toLowerCase().normalize("NFC");
    if (keys.size >= MOST_CACHED) keys.clear();
    keys.set(name, key);
  }
  return key;
}

/**
 * Return the number of a nick's colour: the same for the same nick, here and in the terminal client.
 *
 * @param {string} nick
 */
export function nickColour(nick) {
  let colour = colours.get(nick);
  if (colour === undefined) {
    // The lowest bits are much alike in names that are.
    colour = (crc32(new TextEncoder().encode(heardKey(nick))) >>> 8) % NICK_COLOURS;
    if (colours.size >= MOST_CACHED) colours.clear();
    if (nick.length <= LONGEST_COMPARED) colours.set(nick, colour);
  }
  return colour;
}

/** @param {Uint8Array} bytes */
function crc32(bytes) {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (0xedb88320 & -(sum & 1));
  }
  return ~sum >>> 0;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/**
 * Return so many random letters, digits, `-` and `_`: nobody can guess them.
 *
 * @param {number} length
 */
export function secret(length) {
  // `crypto.randomUUID` is not there on a page that came without TLS; this is.
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return Array.from(bytes, (byte) => ALPHABET[byte & 63]).join("");
}
