/**
 * Who is in the room in front.
 *
 * @import {Conversation} from "../model/conversations.js"
 */

import { heardKey } from "../core/names.js";
import { roleMark } from "../core/requests/roles.js";
import { visible } from "../model/text.js";
import { t } from "../model/words.js";
import { h, reconcile, setAttribute, setText } from "./dom.js";
import { icon } from "./icons.js";
import { avatar } from "./rows.js";

/** Names that are shown. */
const MOST = 300;

export class MembersList {
  /**
   * @param {(nick: string) => void} chosen
   * @param {() => void} closed
   */
  constructor(chosen, closed) {
    this.chosen = chosen;
    this.title = h("h2", {});
    this.close = h("button", { class: "plain close", type: "button", onclick: closed }, icon("close"));
    this.list = h("ul", { class: "members" });
    this.more = h("p", { class: "more" });
    this.element = h(
      "aside", { class: "who", id: "members" },
      h("div", { class: "title" }, this.title, this.close), h("div", { class: "lists", tabindex: "-1" }, this.list, this.more),
    );
  }

  translate() {
    setAttribute(this.element, "aria-label", t("people here"));
    setAttribute(this.close, "aria-label", t("close"));
  }

  /**
   * @param {Conversation} conversation
   * @param {string} own the reader's nick.
   */
  update(conversation, own) {
    const { people } = conversation;
    const nicks = conversation.isPrivate ? [conversation.name, own] : people.byRole();
    setText(this.title, conversation.isPrivate ? t("people: {number}", { number: 2 }) : t("people: {number}", { number: people.count }));
    const shown = nicks.slice(0, MOST);
    reconcile(
      this.list, shown, (nick) => nick,
      (nick) => {
        const button = h("button", { type: "button", onclick: () => this.chosen(nick) }, avatar(nick), h("span", { class: "name" }));
        return h("li", {}, button);
      },
      (item, nick) => {
        const button = /** @type {HTMLButtonElement} */ (item.firstElementChild);
        const isOwn = heardKey(nick) === heardKey(own);
        const mark = roleMark(people.roleOf(nick));
        setText(/** @type {Element} */ (button.lastElementChild), mark + visible(nick));
        button.disabled = isOwn;
        setAttribute(button, "title", isOwn ? t("you") : t("talk with {nick} in private", { nick: visible(nick) }));
      },
    );
    const further = (conversation.isPrivate ? 2 : people.count) - shown.length;
    setText(this.more, further > 0 ? t("and {number} more", { number: further }) : "");
  }
}
