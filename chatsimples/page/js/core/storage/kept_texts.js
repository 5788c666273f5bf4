/**
 * Texts that are not known to be on record, kept until they are: also when the tab is closed in the middle.
 *
 * A text is written to the shelf before it is sent, as that is done when the call returns; it moves to the database,
 * where there is room, when that has taken it. Whoever finds one in either place says it again under its id, and the
 * server knows which of them it has recorded.
 *
 * @import {Command} from "../protocol.js"
 * @import {Database} from "./database.js"
 * @import {Shelf} from "./shelf.js"
 * @typedef {{command: Command, account: string}} Kept
 */

const AHEAD = "text.";

export class KeptTexts {
  /**
   * @param {Shelf} shelf
   * @param {Database} database
   * @param {() => number} now the time of day, in milliseconds.
   */
  constructor(shelf, database, now = Date.now) {
    this.shelf = shelf;
    this.database = database;
    this.now = now;
    /** Whose texts they are: "" for a guest. */
    this.account = "";
    this.last = 0;
    /** @type {Map<string, string>} */
    this.keys = new Map();
    /** @type {Promise<unknown>} */
    this.written = Promise.resolve();
  }

  /** @param {Command} command is about to be sent. */
  keep(command) {
    // The keys are in the order in which the texts were said, over all pages of this browser.
    this.last = Math.max(this.last + 1, this.now() * 1000);
    const key = `${String(this.last).padStart(17, "0")}.${command.id}`;
    this.keys.set(command.id, key);
    /** @type {Kept} */
    const kept = { command, account: this.account };
    this.shelf.put(AHEAD + key, kept);
    this.then(async () => {
      if (this.keys.get(command.id) !== key) return;
      await this.database.put("texts", key, kept);
      this.shelf.put(AHEAD + key, undefined);
    });
  }

  /** @param {string} id of a text that is answered. */
  forget(id) {
    const key = this.keys.get(id);
    if (key === undefined) return;
    this.keys.delete(id);
    this.shelf.put(AHEAD + key, undefined);
    this.then(() => this.database.remove("texts", [key]));
  }

  /**
   * Return the texts of an account that are kept, in the order in which they were said.
   *
   * @param {string} account "" for a guest.
   * @returns {Promise<Command[]>}
   */
  async load(account) {
    this.account = account;
    await this.written;
    /** @type {Map<string, Kept>} */
    const found = new Map();
    for (const name of this.shelf.names(AHEAD)) found.set(name.slice(AHEAD.length), this.shelf.get(name));
    try {
      for (const [key, kept] of await this.database.all("texts")) found.set(key, kept);
    } catch {
      // Without a database there is the shelf.
    }
    const keys = [...found.keys()].sort();
    const own = keys.filter((key) => found.get(key)?.account === account && found.get(key)?.command?.id);
    return own.map((key) => {
      const { command } = /** @type {Kept} */ (found.get(key));
      this.keys.set(command.id, key);
      return command;
    });
  }

  /** @param {() => Promise<unknown>} act is done after what was begun before. */
  then(act) {
    this.written = this.written.then(act).catch(() => undefined);
  }
}
