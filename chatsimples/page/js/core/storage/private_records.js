/**
 * Records of private conversations, kept for the next page: the server gives back what was said in rooms only.
 *
 * @import {ChatRecord} from "../protocol.js"
 * @import {Database} from "./database.js"
 * @typedef {{record: ChatRecord, own: boolean}} KeptRecord
 */

/** Records that are kept, of all private conversations with one log together. */
export const MOST = 2_000;

export class PrivateRecords {
  /** @param {Database} database */
  constructor(database) {
    this.database = database;
    /** @type {string[]} */
    this.keys = [];
    /** @type {Promise<unknown>} */
    this.written = Promise.resolve();
  }

  /**
   * @param {string} log
   * @param {KeptRecord} kept
   */
  keep(log, kept) {
    const key = `${log}/${String(kept.record.seq).padStart(16, "0")}`;
    this.keys.push(key);
    const old = this.keys.length > MOST ? this.keys.splice(0, this.keys.length - MOST) : [];
    this.then(() => this.database.put("private", key, kept));
    if (old.length) this.then(() => this.database.remove("private", old));
  }

  /**
   * Return the records of a log; those of others, which this server does not have any more, are forgotten.
   *
   * @param {string} log
   * @returns {Promise<KeptRecord[]>}
   */
  async load(log) {
    try {
      const all = await this.database.all("private");
      const other = all.filter(([key]) => !key.startsWith(`${log}/`)).map(([key]) => key);
      if (other.length) this.then(() => this.database.remove("private", other));
      const own = all.filter(([key]) => key.startsWith(`${log}/`));
      this.keys = own.map(([key]) => key);
      return own.map(([, kept]) => kept).filter((kept) => kept?.record?.seq);
    } catch {
      return [];
    }
  }

  /** Forget all: the person has left. */
  clear() {
    this.keys = [];
    this.then(async () => {
      const all = await this.database.all("private");
      await this.database.remove("private", all.map(([key]) => key));
    });
  }

  /** @param {() => Promise<unknown>} act */
  then(act) {
    this.written = this.written.then(act).catch(() => undefined);
  }
}
