/**
 * Small things that outlive the page, written down at once: a session's secret, drafts, settings.
 *
 * @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">} Store
 */

const PREFIX = "chatsimples.";

/** Values by name, over a browser's local storage; in memory alone, where that is shut off or full. */
export class Shelf {
  /** @param {Store | undefined} store */
  constructor(store) {
    this.store = store;
    /** @type {Map<string, string>} */
    this.memory = new Map();
  }

  /**
   * Return a value; undefined if there is none, or what is there is not readable.
   *
   * @param {string} name
   * @returns {any}
   */
  get(name) {
    try {
      const kept = this.memory.get(name) ?? this.store?.getItem(PREFIX + name);
      return kept == null ? undefined : JSON.parse(kept);
    } catch {
      return undefined;
    }
  }

  /**
   * @param {string} name
   * @param {unknown} value undefined takes it away.
   */
  put(name, value) {
    const text = value === undefined ? undefined : JSON.stringify(value);
    this.memory.delete(name);
    try {
      if (!this.store) throw new Error("there is no store");
      if (text === undefined) this.store.removeItem(PREFIX + name);
      else this.store.setItem(PREFIX + name, text);
    } catch {
      if (text !== undefined) this.memory.set(name, text);
    }
  }

  /**
   * Return the names that begin so.
   *
   * @param {string} beginning
   */
  names(beginning) {
    const found = new Set([...this.memory.keys()].filter((name) => name.startsWith(beginning)));
    try {
      const store = this.store;
      for (let index = 0; store && index < store.length; index++) {
        const key = store.key(index) ?? "";
        if (key.startsWith(PREFIX + beginning)) found.add(key.slice(PREFIX.length));
      }
    } catch {
      // What can't be read is not there.
    }
    return [...found];
  }
}

/** Return the browser's local storage, if this page may have it. */
export function localStore() {
  try {
    return globalThis.localStorage;
  } catch {
    return undefined;
  }
}
