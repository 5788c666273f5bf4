/**
 * What is typed and not said yet, in each conversation; and the lines that were said, to be typed again.
 *
 * @import {Shelf} from "../core/storage/shelf.js"
 */

import { holdsSecret } from "../core/requests/parser.js";

const MOST_LINES = 100;
const MOST_DRAFTS = 50;
const LONGEST = 20_000;

export class Drafts {
  /** @param {Shelf} shelf */
  constructor(shelf) {
    this.shelf = shelf;
    /** @type {{[key: string]: string}} */
    this.texts = { ...shelf.get("drafts") };
    /** @type {string[]} */
    this.lines = [];
    /** How many lines back the one is that stands in the draft; 0 for none. */
    this.back = 0;
    this.before = "";
  }

  /** @param {string} key of a conversation. */
  get(key) {
    const text = this.texts[key];
    return typeof text === "string" ? text : "";
  }

  /**
   * @param {string} key of a conversation.
   * @param {string} text
   */
  put(key, text) {
    if (text === this.get(key)) return;
    delete this.texts[key];
    if (text) this.texts[key] = text;
    const kept = Object.entries(this.texts).filter(([, each]) => each.length < LONGEST && !holdsSecret(each));
    this.shelf.put("drafts", Object.fromEntries(kept.slice(-MOST_DRAFTS)));
  }

  /** Forget all: the person has left. */
  clear() {
    this.texts = {};
    this.lines = [];
    this.shelf.put("drafts", undefined);
  }

  /** @param {string} line was entered. */
  entered(line) {
    this.back = 0;
    if (holdsSecret(line) || line === this.lines.at(-1)) return;
    this.lines.push(line);
    if (this.lines.length > MOST_LINES) this.lines.shift();
  }

  /**
   * Return the line before, or after, the one that stands in the draft; undefined if there is none.
   *
   * @param {1 | -1} by 1 for the one before.
   * @param {string} text what stands there now.
   */
  recall(by, text) {
    const back = this.back + by;
    if (back < 0 || back > this.lines.length) return undefined;
    if (this.back === 0) this.before = text;
    this.back = back;
    return back === 0 ? this.before : this.lines.at(-back);
  }
}
