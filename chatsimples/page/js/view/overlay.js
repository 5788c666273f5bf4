/**
 * What stands over the chat when it does not go on here: another tab has it, or the server does not want this client.
 *
 * @import {Session} from "../model/session.js"
 */

import { t } from "../model/words.js";
import { h, setText } from "./dom.js";

export class Overlay {
  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    this.text = h("p", { id: "overlay-text" });
    this.button = h("button", { class: "main", type: "button", onclick: () => session.takeOver() });
    this.other = h("button", { class: "quiet", type: "button", onclick: () => session.quit() });
    this.element = h("div", { class: "overlay", role: "alertdialog", "aria-labelledby": "overlay-text", hidden: true }, h("div", { class: "card" }, this.text, this.button, this.other));
  }

  update() {
    const { place, dismissal } = this.session;
    const isOpen = place === "elsewhere" || place === "dismissed";
    if (isOpen) {
      setText(this.text, place === "elsewhere" ? t("The chat goes on in another tab or window.") : dismissal);
      setText(this.button, place === "elsewhere" ? t("Use it here") : t("Connect again"));
      setText(this.other, t("Leave the chat"));
      this.other.hidden = place === "elsewhere";
    }
    if (isOpen === !this.element.hidden) return;
    this.element.hidden = !isOpen;
    if (isOpen) this.button.focus();
  }
}
