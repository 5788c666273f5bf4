/**
 * The head of the conversation in front: its name, what it is about, and the state of the connection.
 *
 * @import {Session} from "../model/session.js"
 */

import { visible } from "../model/text.js";
import { t } from "../model/words.js";
import { h, setAttribute, setText } from "./dom.js";
import { icon } from "./icons.js";

export class Header {
  /**
   * @param {object} on
   * @param {() => void} on.rooms
   * @param {() => void} on.members
   * @param {() => void} on.past
   * @param {() => void} on.leave
   * @param {() => void} on.retry
   */
  constructor(on) {
    this.rooms = h("button", { class: "plain only-narrow", type: "button", "aria-controls": "rooms", onclick: () => on.rooms() }, icon("menu"), h("span", { class: "badge" }));
    this.members = h("button", { class: "plain", type: "button", "aria-controls": "members", onclick: () => on.members() }, icon("people"), h("span", { class: "number" }));
    this.past = h("button", { class: "plain", type: "button", "aria-haspopup": "dialog", onclick: () => on.past() }, icon("past"));
    this.leave = h("button", { class: "plain", type: "button", onclick: () => on.leave() }, icon("leave"));
    this.title = h("h1", {});
    this.topic = h("p", { class: "topic", dir: "auto" });
    this.state = h("button", { class: "state", type: "button", onclick: () => on.retry() }, h("span", { class: "dot" }), h("span", { class: "words" }));
    this.element = h(
      "header", { class: "head" },
      this.rooms, h("div", { class: "names" }, this.title, this.topic), this.state, this.past, this.leave, this.members,
    );
  }

  translate() {
    setAttribute(this.members, "title", t("people here"));
    for (const name of ["title", "aria-label"]) setAttribute(this.past, name, t("back in time"));
    setAttribute(this.leave, "title", t("leave this conversation"));
    setAttribute(this.leave, "aria-label", t("leave this conversation"));
  }

  /**
   * @param {boolean} rooms whether the conversations are shown, in a narrow window.
   * @param {boolean} members whether it is shown who is there.
   */
  tellDrawers(rooms, members) {
    setAttribute(this.rooms, "aria-expanded", String(rooms));
    setAttribute(this.members, "aria-expanded", String(members));
  }

  /** @param {Session} session */
  update(session) {
    const { dialogue } = session;
    if (!dialogue) return;
    const { current, conversations } = dialogue;
    setText(this.title, visible(current.title));
    setText(this.topic, visible(current.topic));
    this.topic.title = this.topic.textContent ?? "";
    const people = current.isPrivate ? 0 : current.people.count;
    setText(/** @type {Element} */ (this.members.lastElementChild), people ? String(people) : "");
    setAttribute(this.members, "aria-label", people ? `${t("people here")}, ${people}` : t("people here"));
    this.past.hidden = current.isPrivate;
    this.leave.hidden = !current.isPrivate && conversations.rooms.length === 1;
    const others = conversations.all.filter((each) => each !== current);
    const urgent = others.reduce((sum, each) => sum + each.mentions, 0);
    const unread = others.some((each) => each.unread);
    const badge = /** @type {HTMLElement} */ (this.rooms.lastElementChild);
    setText(badge, urgent ? String(Math.min(urgent, 99)) : "");
    badge.className = urgent ? "badge urgent" : unread ? "badge unread" : "badge";
    setAttribute(this.rooms, "aria-label", unread || urgent ? t("conversations, with something new") : t("conversations"));
    this.updateState(session);
  }

  /** @param {Session} session */
  updateState(session) {
    const { kind, words } = connectionState(session);
    this.state.className = `state ${kind}`;
    setText(/** @type {Element} */ (this.state.lastElementChild), words);
    this.state.disabled = kind !== "lost";
    setAttribute(this.state, "title", kind === "lost" ? t("try now") : words);
  }
}

/**
 * Return the state of the connection: its kind, and what is said of it.
 *
 * @param {Session} session
 */
export function connectionState(session) {
  const { core, link, dialogue } = session;
  const waiting = dialogue?.unconfirmed ?? 0;
  const unsent = waiting ? ` · ${t("{number} not sent yet", { number: waiting })}` : "";
  if (session.linkState === "connected") {
    const behind = core?.recordsBehind ?? 0;
    if (behind > 0) return { kind: "busy", words: t("catching up: {number}", { number: behind }) };
    return { kind: "connected", words: t("connected") };
  }
  if (session.linkState === "lost" && link) {
    const seconds = Math.max(1, Math.ceil((link.retryAt - session.world.now()) / 1000));
    return { kind: "lost", words: t("offline: reconnecting in {seconds} s", { seconds }) + unsent };
  }
  return { kind: "busy", words: t("connecting…") + unsent };
}
