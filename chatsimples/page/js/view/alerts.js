/**
 * What calls somebody who looks elsewhere: the count in the title, a notification, a sound.
 *
 * @import {Arrival} from "../model/inbox.js"
 * @import {Session} from "../model/session.js"
 */

import { visible } from "../model/text.js";
import { t } from "../model/words.js";
import { spoken } from "./rows.js";

const LONGEST = 200;
/** Sounds come no faster than this; in milliseconds. */
const BETWEEN_SOUNDS = 1_000;

export class Alerts {
  /**
   * @param {Session} session
   * @param {(arrival: Arrival) => void} open the person wants to see what a notification told of.
   */
  constructor(session, open) {
    this.session = session;
    this.open = open;
    /** @type {AudioContext | undefined} */
    this.audio = undefined;
    this.soundedAt = 0;
  }

  /** @param {Arrival} arrival */
  arrived(arrival) {
    const { notify, sound } = this.session.preferences.values;
    const isSeen = this.session.isLookedAt() && arrival.conversation === this.session.dialogue?.current;
    if (isSeen) return;
    if (sound === "all" || (sound === "mentions" && arrival.urgent)) this.sound();
    if (notify === "all" || (notify === "mentions" && arrival.urgent)) this.notify(arrival);
  }

  /** Put into the title what is in front, and how much is unread. */
  title() {
    const { dialogue, place } = this.session;
    if (!dialogue || place !== "chat") {
      document.title = "ChatSimples";
      return;
    }
    const { all, current } = dialogue.conversations;
    const urgent = all.reduce((sum, each) => sum + each.mentions, 0);
    const unread = all.some((each) => each.unread);
    const count = urgent ? `(${urgent}) ` : unread ? "• " : "";
    const title = `${count}${visible(current.title)} · ChatSimples`;
    if (document.title !== title) document.title = title;
  }

  /**
   * Ask whether notifications may be shown.
   *
   * @returns {Promise<string>} why not; "" if they may.
   */
  async permit() {
    if (!("Notification" in globalThis)) return t("this browser shows notifications only of pages that come by TLS");
    const permission = await Notification.requestPermission();
    return permission === "granted" ? "" : t("the browser does not let this page notify");
  }

  /** @param {Arrival} arrival */
  notify({ conversation, entry, urgent }) {
    if (!("Notification" in globalThis) || Notification.permission !== "granted") return;
    try {
      const notification = new Notification(visible(conversation.title), {
        body: spoken(entry).slice(0, LONGEST), tag: conversation.key, icon: "icon.svg",
      });
      notification.onclick = () => {
        window.focus();
        notification.close();
        this.open({ conversation, entry, urgent });
      };
    } catch {
      // A phone's browser lets only service workers notify.
    }
  }

  /** Two soft tones. */
  sound() {
    const now = Date.now();
    if (now - this.soundedAt < BETWEEN_SOUNDS) return;
    this.soundedAt = now;
    try {
      this.audio ??= new AudioContext();
      const { audio } = this;
      void audio.resume();
      [[660, 0], [880, 0.09]].forEach(([pitch = 0, after = 0]) => {
        const at = audio.currentTime + after;
        const tone = audio.createOscillator();
        const volume = audio.createGain();
        tone.frequency.value = pitch;
        volume.gain.setValueAtTime(0, at);
        volume.gain.linearRampToValueAtTime(0.08, at + 0.01);
        volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.25);
        tone.connect(volume).connect(audio.destination);
        tone.start(at);
        tone.stop(at + 0.3);
      });
    } catch {
      // Without a device there is no sound.
    }
  }
}
