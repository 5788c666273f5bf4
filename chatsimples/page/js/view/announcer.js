/**
 * What a screen reader is told: what is said in the conversation in front, a little at a time, and what happens
 * elsewhere that concerns the person.
 */

import { t } from "../model/words.js";
import { h } from "./dom.js";

/** Between two announcements: long enough to be heard. */
const PAUSE = 800;
/** More at once are only counted. */
const READ = 3;

export class Announcer {
  constructor() {
    this.element = h("div", { class: "unseen", role: "status", "aria-live": "polite" });
    /** @type {string[]} */
    this.waiting = [];
    /** How many wait that are not read out. */
    this.further = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** @param {string | (() => string)} text or what makes it, if it is to be read out: of a flood little is. */
  say(text) {
    if (!text) return;
    if (this.waiting.length < READ) this.waiting.push(typeof text === "string" ? text : text());
    else this.further += 1;
    this.timer ??= setTimeout(() => this.speak(), PAUSE);
  }

  speak() {
    const texts = this.waiting;
    if (this.further) texts.push(t("and {number} more", { number: this.further }));
    this.waiting = [];
    this.further = 0;
    this.timer = undefined;
    // Each is a node of its own, so that what was said before is not said again.
    this.element.replaceChildren(...texts.map((text) => h("p", {}, text)));
  }
}
