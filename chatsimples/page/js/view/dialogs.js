/**
 * What opens above the page: finding a room, and the settings.
 *
 * @import {Dialogue} from "../model/dialogue.js"
 * @import {Preferences, Values} from "../model/preferences.js"
 */

import { visible } from "../model/text.js";
import { t } from "../model/words.js";
import { CHOICES } from "../model/preferences.js";
import { h, reconcile, setAttribute, setText } from "./dom.js";
import { icon } from "./icons.js";

/** Rooms that are shown. */
const MOST = 200;

/** A dialog with a title and a button that closes it. */
export class Dialog {
  /** @param {string} name */
  constructor(name) {
    this.title = h("h2", { id: `${name}-title` });
    this.close = h("button", { class: "plain", type: "button", onclick: () => this.element.close() }, icon("close"));
    this.body = h("div", { class: "body" });
    this.element = h("dialog", { class: name, "aria-labelledby": `${name}-title` }, h("div", { class: "title" }, this.title, this.close), this.body);
    // A click beside it closes it.
    this.element.addEventListener("click", (event) => {
      if (event.target === this.element) this.element.close();
    });
  }

  translate() {
    setAttribute(this.close, "aria-label", t("close"));
  }
}

export class RoomsDialog extends Dialog {
  /** @param {() => Dialogue | undefined} dialogue */
  constructor(dialogue) {
    super("rooms-dialog");
    this.dialogue = dialogue;
    this.name = h("input", { id: "room-name", type: "text", autocapitalize: "off", autocomplete: "off", spellcheck: "false", maxlength: "64", oninput: () => this.update() });
    this.label = h("label", { for: "room-name" });
    this.go = h("button", { class: "main", type: "submit" });
    this.list = h("ul", { class: "directory" });
    this.body.append(
      h("form", { onsubmit: (/** @type {Event} */ event) => this.submitted(event) }, this.label, h("div", { class: "line" }, this.name, this.go)),
      this.list,
    );
  }

  translate() {
    super.translate();
    setText(this.title, t("Rooms"));
    setText(this.label, t("the name of a room, one that is there or a new one"));
    setText(this.go, t("Enter"));
  }

  show() {
    this.name.value = "";
    this.dialogue()?.askForRooms();
    this.update();
    this.element.showModal();
    this.name.focus();
  }

  update() {
    const wanted = this.name.value.trim().replace(/^#/, "").toLowerCase();
    const rooms = (this.dialogue()?.known ?? []).filter((each) => each.room.toLowerCase().includes(wanted));
    reconcile(
      this.list, rooms.slice(0, MOST), (each) => each.room,
      (each) => h("li", {}, h("button", { type: "button", onclick: () => this.enter(each.room) }, h("span", { class: "hash", "aria-hidden": "true" }, "#"), h("span", { class: "name" }, visible(each.room)), h("span", { class: "people" }))),
      (item, each) => {
        setText(/** @type {Element} */ (item.firstElementChild?.lastElementChild), t("people: {number}", { number: each.members }));
      },
    );
  }

  /** @param {Event} event */
  submitted(event) {
    event.preventDefault();
    const [name = "", key = ""] = this.name.value.trim().replace(/^#/, "").split(/\s+/);
    if (name) this.enter(name, key);
  }

  /**
   * @param {string} room
   * @param {string} [key]
   */
  enter(room, key) {
    this.element.close();
    this.dialogue()?.enter(room, key);
  }
}

export class SettingsDialog extends Dialog {
  /**
   * @param {Preferences} preferences
   * @param {(name: keyof Values) => void} changed
   * @param {() => void} leave
   */
  constructor(preferences, changed, leave) {
    super("settings-dialog");
    this.preferences = preferences;
    this.rows = h("div", { class: "settings" });
    this.note = h("p", { class: "small" });
    this.help = h("p", { class: "small" });
    this.leave = h("button", { class: "danger", type: "button", onclick: leave });
    this.body.append(this.rows, this.note, this.help, this.leave);
    this.changed = changed;
  }

  translate() {
    super.translate();
    setText(this.title, t("Settings"));
    setText(this.help, t("/help or F1 shows what can be typed"));
    setText(this.leave, t("Leave the chat"));
    const words = /** @type {const} */ ({
      language: [t("Language"), t("the browser's"), "português", "English"],
      theme: [t("Colours"), t("as the system"), t("light"), t("dark")],
      joins: [t("Who comes and goes"), t("where it is news"), t("everybody"), t("nobody")],
      notify: [t("Notifications"), t("off"), t("what is for me"), t("everything")],
      sound: [t("Sound"), t("off"), t("what is for me"), t("everything")],
    });
    this.rows.replaceChildren(
      ...Object.entries(words).map(([key, [label, ...names]]) => {
        const name = /** @type {keyof Values} */ (key);
        const select = h("select", { id: `setting-${name}`, onchange: () => this.chosen(name, select.value) });
        CHOICES[name].forEach((value, index) => select.append(h("option", { value }, names[index])));
        select.value = this.preferences.values[name];
        return h("div", { class: "line" }, h("label", { for: select.id }, label), select);
      }),
    );
  }

  /**
   * @param {keyof Values} name
   * @param {string} value
   */
  chosen(name, value) {
    this.preferences.set(name, value);
    this.changed(name);
  }

  /** @param {string} text says what can't be had. */
  tell(text) {
    setText(this.note, text);
  }

  show() {
    this.element.showModal();
  }
}
