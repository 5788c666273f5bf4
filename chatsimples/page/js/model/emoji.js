/**
 * Emoji by their names, `:heart:` or `:coração_vermelho:`. The table is fetched when it is first needed.
 *
 * @typedef {{emoji: string, name: string}} Named
 */

const NAMED = /:([^\s:]{1,96}):$/u;
const SHORTEST = 2;

/** @param {string} name */
function bare(name) {
  return name.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

export class Emoji {
  /** @param {() => Promise<string>} fetchTable gets the table: a line for each, the emoji and its names. */
  constructor(fetchTable) {
    this.fetchTable = fetchTable;
    /** @type {Promise<void> | undefined} */
    this.fetching = undefined;
    /** In the order in which to offer them. */
    /** @type {{emoji: string, name: string, bare: string}[]} */
    this.names = [];
    /** @type {Map<string, string>} */
    this.byName = new Map();
  }

  /** Have the table. If it can't be had now, it is tried again the next time. */
  load() {
    this.fetching ??= this.fetchTable().then(
      (table) => this.read(table),
      () => {
        this.fetching = undefined;
      },
    );
    return this.fetching;
  }

  /** @param {string} table */
  read(table) {
    for (const line of table.split("\n")) {
      const [emoji, ...names] = line.split(" ");
      for (const name of emoji ? names : []) {
        this.names.push({ emoji: /** @type {string} */ (emoji), name, bare: bare(name) });
      }
    }
    for (const each of this.names) if (!this.byName.has(each.bare)) this.byName.set(each.bare, each.emoji);
  }

  /**
   * Return names that begin so, each emoji once.
   *
   * @param {string} beginning
   * @param {number} most
   * @returns {Named[]}
   */
  find(beginning, most) {
    const wanted = bare(beginning);
    /** @type {Map<string, Named>} */
    const found = new Map();
    for (const { emoji, name, bare: key } of this.names) {
      if (found.size === most) break;
      if (key.startsWith(wanted) && !found.has(emoji)) found.set(emoji, { emoji, name });
    }
    return [...found.values()];
  }

  /**
   * Find the emoji whose name ends at a place in a text: where the name begins, with its colon, and the emoji.
   *
   * @param {string} text
   * @param {number} cursor
   */
  before(text, cursor) {
    const found = NAMED.exec(text.slice(0, cursor));
    if (!found || !beginsName(text, found.index)) return undefined;
    const emoji = this.byName.get(bare(found[1] ?? ""));
    return emoji === undefined ? undefined : { start: found.index, emoji };
  }
}

/**
 * Tell whether an emoji's name is being typed before the cursor; return where it begins, or -1.
 *
 * @param {string} text
 * @param {number} start of the word.
 * @param {number} cursor
 */
export function nameBegun(text, start, cursor) {
  const colon = text.lastIndexOf(":", cursor - 1);
  return colon >= start && cursor - colon > SHORTEST && beginsName(text, colon) ? colon : -1;
}

/**
 * Tell whether an emoji's name may begin at a colon: at the start, after a space or another emoji. So `12:30:45` and
 * `std::x::y` name none.
 *
 * @param {string} text
 * @param {number} colon
 */
function beginsName(text, colon) {
  return colon === 0 || /(\s|\p{Extended_Pictographic}|\ufe0f)$/u.test(text.slice(0, colon));
}
