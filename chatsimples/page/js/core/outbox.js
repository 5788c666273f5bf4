/** @import {Command} from "./protocol.js" */

/** The commands that are not answered yet: some are in flight, the others wait. */
export class Outbox {
  /** @param {number} window commands in flight at most. */
  constructor(window) {
    this.window = window;
    /** @type {Command[]} */
    this.waiting = [];
    /** @type {Map<string, Command>} */
    this.flying = new Map();
  }

  /** How many commands are not answered. */
  get size() {
    return this.flying.size + this.waiting.length;
  }

  /** All of them, in the order in which they were given. */
  all() {
    return [...this.flying.values(), ...this.waiting];
  }

  /** @param {string} id of a command in flight, perhaps. */
  has(id) {
    return this.flying.has(id);
  }

  /** @param {Command} command goes behind those that wait. */
  add(command) {
    this.waiting.push(command);
  }

  /** Return the commands that may be sent now; from here on they are in flight. */
  sendWaiting() {
    const room = Math.max(0, this.window - this.flying.size);
    const sent = this.waiting.splice(0, room);
    for (const command of sent) this.flying.set(command.id, command);
    return sent;
  }

  /**
   * Take out the command that an answer names; undefined if none of that id is in flight.
   *
   * @param {string} id
   */
  answered(id) {
    const command = this.flying.get(id);
    this.flying.delete(id);
    return command;
  }

  /**
   * Return the id of the oldest command of a type in flight; "" if there is none.
   *
   * @param {string} type
   */
  oldest(type) {
    for (const command of this.flying.values()) if (command.type === type) return command.id;
    return "";
  }

  /** Return the id of the command in flight with the longest line; "" if there is none. */
  longest() {
    let id = "";
    let most = 0;
    for (const command of this.flying.values()) {
      const size = JSON.stringify(command).length;
      if (size > most) [id, most] = [command.id, size];
    }
    return id;
  }
}
