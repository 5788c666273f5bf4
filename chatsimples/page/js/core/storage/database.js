/**
 * Larger things that outlive the page: two tables of an IndexedDB.
 *
 * @typedef {"texts" | "private"} Table texts that are not on record yet; records of private conversations.
 *
 * @typedef {object} Database
 * @property {(table: Table, key: string, value: unknown) => Promise<void>} put
 * @property {(table: Table, keys: string[]) => Promise<void>} remove
 * @property {(table: Table) => Promise<[string, any][]>} all in the order of their keys.
 */

/**
 * Return the page's database; one that keeps nothing where there is none.
 *
 * @returns {Database}
 */
export function browserDatabase() {
  /** @type {Promise<IDBDatabase> | undefined} */
  let opened;

  function open() {
    return (opened ??= new Promise((resolve, reject) => {
      const request = indexedDB.open("chatsimples", 1);
      request.onupgradeneeded = () => {
        for (const table of ["texts", "private"]) request.result.createObjectStore(table);
      };
      request.onsuccess = () => {
        // Another version of the page may want to change the tables.
        request.result.onversionchange = () => request.result.close();
        resolve(request.result);
      };
      request.onerror = () => reject(request.error);
    }));
  }

  /**
   * @template T
   * @param {Table} table
   * @param {IDBTransactionMode} mode
   * @param {(store: IDBObjectStore) => () => T} act returns what reads the result once all is done.
   * @returns {Promise<T>}
   */
  async function transact(table, mode, act) {
    const database = await open();
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(table, mode);
      const read = act(transaction.objectStore(table));
      transaction.oncomplete = () => resolve(read());
      transaction.onabort = () => reject(transaction.error);
    });
  }

  return {
    put: (table, key, value) =>
      transact(table, "readwrite", (store) => {
        store.put(value, key);
        return () => undefined;
      }),
    remove: (table, keys) =>
      transact(table, "readwrite", (store) => {
        for (const key of keys) store.delete(key);
        return () => undefined;
      }),
    all: (table) =>
      transact(table, "readonly", (store) => {
        const keys = store.getAllKeys();
        const values = store.getAll();
        return () => keys.result.map((key, index) => [String(key), values.result[index]]);
      }),
  };
}
