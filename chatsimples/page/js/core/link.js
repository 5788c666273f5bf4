/**
 * A core and its WebSocket: it connects, again and again, and gives a connection up on which nobody lives.
 *
 * @import {Core, CoreEvent} from "./core.js"
 * @import {Timing} from "./timing.js"
 *
 * @typedef {"idle" | "connecting" | "connected" | "lost"} LinkState
 *     idle: there is no connection and will be none until `start`; connecting: no welcome yet; lost: there will be
 *     another attempt at `retryAt`.
 *
 * @typedef {object} Socket What of a WebSocket is used.
 * @property {number} readyState
 * @property {(text: string) => void} send
 * @property {(code?: number) => void} close
 * @property {((event: any) => void) | null} onopen
 * @property {((event: any) => void) | null} onmessage
 * @property {((event: any) => void) | null} onclose
 *
 * @typedef {object} World What a link needs of its surroundings.
 * @property {() => Socket} connect makes a WebSocket.
 * @property {() => number} now the time of day, in milliseconds.
 * @property {(act: () => void, after: number) => unknown} later
 * @property {(timer: any) => void} cancel
 * @property {() => number} chance from 0 to 1.
 *
 * @typedef {object} Watcher
 * @property {(events: CoreEvent[]) => void} received
 * @property {(state: LinkState) => void} changed
 */

import { Heartbeat } from "./heartbeat.js";
import { DEFAULT_TIMING, retryDelay } from "./timing.js";

/**
 * Return the surroundings of a page.
 *
 * @param {string} url of the WebSocket.
 * @returns {World}
 */
export function browserWorld(url) {
  return {
    connect: () => new WebSocket(url, "chatsimples.v1"),
    now: () => Date.now(),
    later: (act, after) => setTimeout(act, after),
    cancel: (timer) => clearTimeout(timer),
    chance: () => Math.random(),
  };
}

export class Link {
  /**
   * @param {Core} core
   * @param {World} world
   * @param {Watcher} watcher
   * @param {Timing} [timing]
   */
  constructor(core, world, watcher, timing = DEFAULT_TIMING) {
    this.core = core;
    this.world = world;
    this.watcher = watcher;
    this.timing = timing;
    /** @type {LinkState} */
    this.state = "idle";
    /** When the next attempt is made, if the state is "lost". */
    this.retryAt = 0;
    this.attempts = 0;
    this.welcomedAt = 0;
    /** @type {Socket | undefined} */
    this.socket = undefined;
    /** @type {Heartbeat | undefined} */
    this.heartbeat = undefined;
    /** @type {unknown} */
    this.timer = undefined;
  }

  /** Connect, and stay connected. */
  start() {
    if (this.state !== "idle") return;
    this.attempts = 0;
    this.attempt();
  }

  /** Have no connection any more. */
  stop() {
    this.drop();
    this.become("idle");
  }

  /** Try at once, or look whether the connection still lives: the network is back, or the page is. */
  nudge() {
    if (this.state === "lost") {
      this.attempts = 0;
      this.attempt();
    } else if (this.state !== "idle") {
      this.look(true);
    }
  }

  /** Send what the core has to send. To be called after every call of one of its methods. */
  flush() {
    const lines = this.core.linesToSend();
    if (lines.length && this.socket?.readyState === 1) this.socket.send(lines.join("\n"));
  }

  attempt() {
    this.world.cancel(this.timer);
    const socket = this.world.connect();
    this.socket = socket;
    this.heartbeat = new Heartbeat(this.core, this.timing, this.world.now());
    this.become("connecting");
    socket.onopen = () => {
      if (socket !== this.socket) return;
      this.core.connectionMade();
      this.flush();
    };
    socket.onmessage = ({ data }) => {
      if (socket === this.socket && typeof data === "string") this.received(data);
    };
    socket.onclose = () => {
      if (socket === this.socket) this.lost();
    };
    this.lookLater();
  }

  /** @param {string} data one or more lines. */
  received(data) {
    this.heartbeat?.heard(this.world.now());
    /** @type {CoreEvent[]} */
    const events = [];
    for (const line of data.split("\n")) {
      const event = this.core.receive(line);
      if (event) events.push(event);
    }
    this.flush();
    if (events.some((event) => event.type === "welcomed")) {
      this.welcomedAt = this.world.now();
      this.become("connected");
    }
    if (events.length) this.watcher.received(events);
    if (events.some((event) => event.type === "violated")) this.lost();
  }

  lost() {
    const lasted = this.state === "connected" && this.world.now() - this.welcomedAt >= this.timing.steady;
    this.drop();
    if (this.state === "idle") return;
    if (lasted) this.attempts = 0;
    const delay = retryDelay(this.timing, this.attempts, this.world.chance());
    this.attempts += 1;
    this.retryAt = this.world.now() + delay;
    this.timer = this.world.later(() => this.attempt(), delay);
    this.become("lost");
  }

  drop() {
    this.world.cancel(this.timer);
    const socket = this.socket;
    this.socket = this.heartbeat = undefined;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close(1000);
    }
    this.core.connectionLost();
  }

  lookLater() {
    this.timer = this.world.later(() => this.look(false), this.timing.look);
  }

  /** @param {boolean} doubtful the connection may well have died. */
  look(doubtful) {
    if (!this.heartbeat) return;
    this.world.cancel(this.timer);
    if (this.heartbeat.check(this.world.now(), doubtful)) {
      this.lost();
      return;
    }
    this.flush();
    this.lookLater();
  }

  /** @param {LinkState} state */
  become(state) {
    if (state === this.state && state !== "lost") return;
    this.state = state;
    this.watcher.changed(state);
  }
}
