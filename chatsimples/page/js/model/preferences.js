/**
 * What a person wants to see and hear, kept for the next page.
 *
 * @import {Shelf} from "../core/storage/shelf.js"
 *
 * @typedef {object} Values
 * @property {string} language "auto", "pt" or "en".
 * @property {string} theme "auto", "light" or "dark".
 * @property {string} joins "quiet", "all" or "off".
 * @property {string} notify "off", "mentions" or "all".
 * @property {string} sound "off", "mentions" or "all".
 * @property {string} members "hidden" or "shown".
 */

/** What each can be; the first is what it is at first. */
export const CHOICES = {
  language: ["auto", "pt", "en"],
  theme: ["auto", "light", "dark"],
  joins: ["quiet", "all", "off"],
  notify: ["off", "mentions", "all"],
  sound: ["off", "mentions", "all"],
  members: ["hidden", "shown"],
};

export class Preferences {
  /** @param {Shelf} shelf */
  constructor(shelf) {
    this.shelf = shelf;
    const kept = shelf.get("preferences") ?? {};
    /** @type {Values} */
    this.values = { language: "auto", theme: "auto", joins: "quiet", notify: "off", sound: "off", members: "hidden" };
    for (const name of /** @type {(keyof Values)[]} */ (Object.keys(CHOICES))) {
      if (CHOICES[name].includes(kept[name])) this.values[name] = kept[name];
    }
  }

  /**
   * @param {keyof Values} name
   * @param {string} value
   */
  set(name, value) {
    this.values[name] = value;
    this.shelf.put("preferences", this.values);
  }
}
