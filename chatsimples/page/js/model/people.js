/** The people of a room, as far as this client knows them, and when they spoke. Case makes no other nick. */

import { heardKey } from "../core/names.js";

/** Nicks that are kept for a room; beyond, those who were silent longest are forgotten. */
export const MOST = 10_000;

export class People {
  constructor() {
    /** In the order in which they are forgotten; a speaker goes to the end. */
    /** @type {Map<string, string>} */
    this.here = new Map();
    /** @type {Map<string, number>} */
    this.spokeAt = new Map();
    /** @type {Map<string, string>} */
    this.roles = new Map();
    /** Those whose role goes when they leave. */
    /** @type {Set<string>} */
    this.guests = new Set();
    this.further = 0;
  }

  /** How many there are. */
  get count() {
    return this.here.size + this.further;
  }

  /**
   * Take over the server's list.
   *
   * @param {string[]} nicks
   * @param {number} count of all, also of those who are not named.
   * @param {{[nick: string]: string}} roles
   */
  replace(nicks, count, roles = {}) {
    const now = new Map(nicks.map((nick) => [heardKey(nick), nick]));
    for (const key of this.speakers()) {
      // Of those who are not named, the last speakers count as here, as far as the count has room.
      if (now.size >= count) break;
      if (!now.has(key)) now.set(key, this.here.get(key) ?? key);
    }
    const spoken = [...this.here.keys()].filter((key) => now.has(key) && this.spokeAt.has(key));
    const order = [...[...now.keys()].filter((key) => !this.spokeAt.has(key)), ...spoken];
    this.here = new Map(order.map((key) => [key, now.get(key) ?? key]));
    this.further = Math.max(0, count - this.here.size);
    this.roles = new Map(Object.entries(roles).map(([nick, role]) => [heardKey(nick), role]));
    this.guests = new Set([...this.guests].filter((key) => this.roles.has(key)));
  }

  /** @param {string} nick */
  joined(nick) {
    if (this.here.size < MOST) this.here.set(heardKey(nick), nick);
    else this.further += 1;
  }

  /** @param {string} nick */
  left(nick) {
    const key = heardKey(nick);
    if (this.guests.delete(key)) this.roles.delete(key);
    if (!this.here.delete(key)) this.further = Math.max(0, this.further - 1);
  }

  /**
   * @param {string} old
   * @param {string} now
   */
  renamed(old, now) {
    const [before, key] = [heardKey(old), heardKey(now)];
    const spoke = this.spokeAt.get(before);
    this.spokeAt.delete(before);
    if (spoke !== undefined) this.spokeAt.set(key, spoke);
    const role = this.roles.get(before);
    const guest = this.guests.has(before);
    this.given(old, "none");
    if (role !== undefined) this.given(now, role, guest);
    if (!this.here.delete(before) && !this.here.has(key) && this.further) this.further -= 1;
    this.here.set(key, now);
  }

  /**
   * Note that somebody has spoken. They may be unknown: joins of large rooms are not sent.
   *
   * @param {string} nick
   * @param {number} at in milliseconds; -Infinity for long ago.
   * @param {boolean} here whether that proves that they are here.
   */
  spoke(nick, at, here = true) {
    const key = heardKey(nick);
    const known = this.here.delete(key);
    if (here && !known && this.further) this.further -= 1;
    if (here || known) this.here.set(key, nick);
    const last = Math.max(at, this.spokeAt.get(key) ?? -Infinity);
    this.spokeAt.delete(key);
    this.spokeAt.set(key, last);
    for (const map of [this.spokeAt, this.here]) {
      if (map.size <= MOST) continue;
      const [first] = map.keys();
      map.delete(first ?? "");
      if (map === this.here) this.further += 1;
    }
  }

  /**
   * @param {string} nick
   * @param {number} span in milliseconds.
   * @param {number} now
   */
  spokeWithin(nick, span, now) {
    return now - (this.spokeAt.get(heardKey(nick)) ?? -Infinity) < span;
  }

  /** @param {string} nick */
  roleOf(nick) {
    return this.roles.get(heardKey(nick)) ?? "";
  }

  /**
   * @param {string} nick
   * @param {string} role "none" for no more.
   * @param {boolean} [guest] It goes when they leave.
   */
  given(nick, role, guest = false) {
    const key = heardKey(nick);
    this.guests.delete(key);
    if (role === "none") this.roles.delete(key);
    else this.roles.set(key, role);
    if (guest && role !== "none") this.guests.add(key);
  }

  /** Return the nicks: the last speakers first, then the others in alphabetical order. */
  byActivity() {
    const silent = [...this.here].filter(([key]) => !this.spokeAt.has(key)).map(([, nick]) => nick);
    return [...this.speakers().map((key) => this.here.get(key) ?? key), ...silent.sort(compare)];
  }

  /** Return the nicks: those with roles first, each kind in alphabetical order. */
  byRole() {
    const rank = { owner: 0, operator: 1, voice: 2 };
    const rankOf = (/** @type {string} */ key) => rank[/** @type {keyof typeof rank} */ (this.roles.get(key))] ?? 3;
    return [...this.here]
      .sort(([key, nick], [otherKey, other]) => rankOf(key) - rankOf(otherKey) || compare(nick, other))
      .map(([, nick]) => nick);
  }

  /** The keys of those who spoke, the last one first. */
  speakers() {
    return [...this.spokeAt.keys()].filter((key) => this.here.has(key)).reverse();
  }
}

const { compare } = new Intl.Collator();
