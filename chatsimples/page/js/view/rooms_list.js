/**
 * The list of conversations, with what is unread in them.
 *
 * @import {Conversation} from "../model/conversations.js"
 * @import {Dialogue} from "../model/dialogue.js"
 */

import { visible } from "../model/text.js";
import { t } from "../model/words.js";
import { h, reconcile, setAttribute, setText } from "./dom.js";
import { icon, sign } from "./icons.js";
import { avatar } from "./rows.js";

const MOST_COUNTED = 999;

export class RoomsList {
  /**
   * @param {object} on
   * @param {(conversation: Conversation) => void} on.chosen
   * @param {() => void} on.more the person looks for rooms.
   * @param {() => void} on.settings
   * @param {() => void} on.status an admin wants to see how the server does.
   */
  constructor(on) {
    this.on = on;
    this.rooms = h("ul", { class: "conversations" });
    this.people = h("ul", { class: "conversations" });
    this.peopleTitle = h("h2", {});
    this.roomsTitle = h("h2", {});
    this.more = h("button", { class: "plain", type: "button", onclick: () => on.more() }, icon("plus"));
    this.settings = h("button", { class: "plain", type: "button", onclick: () => on.settings() }, icon("settings"));
    this.status = h("button", { class: "plain", type: "button", hidden: true, onclick: () => on.status() }, icon("chart"));
    this.nick = h("strong", {});
    this.standing = h("span", {});
    this.portrait = h("span", { class: "portrait" });
    this.element = h(
      "nav", { class: "side", id: "rooms" },
      h("div", { class: "brand" }, sign(), h("span", {}, "ChatSimples")),
      h(
        "div", { class: "lists" },
        h("div", { class: "title" }, this.roomsTitle, this.more), this.rooms,
        h("div", { class: "title" }, this.peopleTitle), this.people,
      ),
      h(
        "div", { class: "me" }, this.portrait,
        h("div", { class: "names" }, this.nick, this.standing), this.status, this.settings,
      ),
    );
    this.translate();
  }

  translate() {
    setAttribute(this.element, "aria-label", t("conversations"));
    setText(this.roomsTitle, t("Rooms"));
    setText(this.peopleTitle, t("In private"));
    setAttribute(this.more, "aria-label", t("find or make a room"));
    setAttribute(this.more, "title", t("find or make a room"));
    setAttribute(this.settings, "aria-label", t("settings"));
    setAttribute(this.settings, "title", t("settings"));
    for (const name of ["aria-label", "title"]) setAttribute(this.status, name, t("how the server does"));
  }

  /** @param {Dialogue} dialogue */
  update(dialogue) {
    const { conversations, core } = dialogue;
    this.draw(this.rooms, conversations.rooms, conversations.current);
    this.draw(this.people, conversations.private, conversations.current);
    const none = conversations.private.length === 0;
    this.people.hidden = none;
    /** @type {HTMLElement} */ (this.peopleTitle.parentElement).hidden = none;
    if (this.nick.textContent !== visible(core.nick)) this.portrait.replaceChildren(avatar(core.nick));
    setText(this.nick, visible(core.nick));
    this.status.hidden = core.role !== "admin";
    setText(this.standing, this.standingOf(core.account, core.role));
  }

  /**
   * @param {string} account
   * @param {string} role
   */
  standingOf(account, role) {
    if (!account) return t("a guest");
    const known = { moderator: t("a moderator"), admin: t("an admin") }[role];
    return known ?? t("a member");
  }

  /**
   * @param {HTMLElement} list
   * @param {Conversation[]} conversations
   * @param {Conversation} current
   */
  draw(list, conversations, current) {
    reconcile(
      list, conversations, (each) => each.key,
      (each) => {
        const button = h(
          "button", { type: "button" },
          each.isPrivate ? avatar(each.name) : h("span", { class: "hash", "aria-hidden": "true" }, "#"),
          h("span", { class: "name" }), h("span", { class: "count", "aria-hidden": "true" }), h("span", { class: "unseen" }),
        );
        return h("li", {}, button);
      },
      (item, each) => {
        const button = /** @type {HTMLElement} */ (item.firstElementChild);
        button.onclick = () => this.on.chosen(each);
        const [, name, count, more] = /** @type {[Element, Element, Element, Element]} */ ([...button.children]);
        setText(name, visible(each.name));
        setText(count, each.unread ? String(Math.min(each.unread, MOST_COUNTED)) + (each.unread > MOST_COUNTED ? "+" : "") : "");
        button.classList.toggle("unread", each.unread > 0);
        button.classList.toggle("urgent", each.mentions > 0);
        setAttribute(button, "aria-current", each === current ? "true" : undefined);
        setText(more, this.spokenCount(each));
      },
    );
  }

  /** @param {Conversation} conversation */
  spokenCount({ unread, mentions }) {
    let told = "";
    if (unread) told += `, ${t("{number} unread", { number: unread })}`;
    if (mentions) told += `, ${t("{number} for you", { number: mentions })}`;
    return told;
  }
}
