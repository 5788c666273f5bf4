/** Something that was typed and can't be sent: found before the server sees it. */
export class Refusal extends Error {
  /**
   * @param {string} code one of the server's.
   * @param {{[name: string]: string | number}} [detail] what the code's text, and a `why`, name.
   */
  constructor(code, detail = {}) {
    super(code);
    this.code = code;
    /** @type {{[name: string]: string}} */
    this.detail = Object.fromEntries(Object.entries(detail).map(([name, value]) => [name, String(value)]));
  }
}
