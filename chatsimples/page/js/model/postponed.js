/**
 * Private messages whose addressee was not there after a reconnection, and may still return.
 *
 * @import {Core} from "../core/core.js"
 * @import {Command} from "../core/protocol.js"
 */

/** For so long after a reconnection an addressee who is not there may still be returning. */
const RETURN_AWAITED = 20_000;

export class Postponed {
  /**
   * @param {Core} core says them again.
   * @param {() => number} now in milliseconds.
   */
  constructor(core, now) {
    this.core = core;
    this.now = now;
    this.returnedAt = -Infinity;
    /** @type {Command[]} */
    this.messages = [];
  }

  /** The connection stands again. */
  reconnected() {
    this.returnedAt = this.now();
  }

  /**
   * Take a refused command if its addressee may only be slower to return; tell whether that is so.
   *
   * @param {string} code
   * @param {Command} command
   */
  postpone(code, command) {
    const soon = this.now() - this.returnedAt < RETURN_AWAITED;
    if (!soon || code !== "no_such_nick" || !command.to) return false;
    this.messages.push(command);
    // It was answered, but not as it should be: the next page is to say it again.
    this.core.keeper.keep(command);
    return true;
  }

  /** Say them again, if there is a connection. */
  send() {
    if (!this.core.registered) return;
    const messages = this.messages;
    this.messages = [];
    for (const { id, text = "", to = "" } of messages) {
      this.core.say(text, { to });
      this.core.keeper.forget(id);
    }
  }
}
