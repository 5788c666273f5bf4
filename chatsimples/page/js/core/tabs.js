/**
 * Several tabs of one browser are one person: only one of them has the connection.
 *
 * Each could be a client of its own; but one person can have a nick once, texts that wait are kept once for the
 * whole browser, and two tabs that both count and notify are a nuisance. So the tab that was opened last, or asked
 * for last, is the one; the others say so and wait. That needs no lock (a page without TLS has none): a tab that
 * takes over says it on a channel, the others let go. Should they not hear it, the server ends the older connection
 * of the session (`replaced`). As all say each text under its own id, nothing is said twice even then.
 */

import { secret } from "./names.js";

export class Tabs {
  /**
   * @param {{postMessage: (data: any) => void, onmessage: any, close: () => void} | undefined} channel a
   *     BroadcastChannel, or none where there are none.
   * @param {object} on
   * @param {() => void} on.taken another tab has the connection now: this one lets go.
   * @param {() => void} on.yielded the tab that had it has let go, and all that it had to say is written down.
   * @param {() => void} on.gone the tab that had it is closed.
   */
  constructor(channel, on) {
    this.channel = channel;
    this.id = secret(8);
    if (!channel) return;
    channel.onmessage = (/** @type {{data: any}} */ { data }) => {
      if (typeof data !== "object" || data === null || data.id === this.id) return;
      if (data.type === "take") on.taken();
      else if (data.type === "yielded") on.yielded();
      else if (data.type === "gone") on.gone();
    };
  }

  /** Be the one that has the connection. */
  take() {
    this.channel?.postMessage({ type: "take", id: this.id });
  }

  /** Say that this tab has let go, and all that it had to say is written down. */
  yield() {
    this.channel?.postMessage({ type: "yielded", id: this.id });
  }

  /** Say that this tab is closed, and another may have the connection. */
  leave() {
    this.channel?.postMessage({ type: "gone", id: this.id });
  }
}
