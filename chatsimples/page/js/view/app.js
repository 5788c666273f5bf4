/**
 * The page as a whole: its parts, what is drawn when, and the keys that hold everywhere.
 *
 * @import {Conversation} from "../model/conversations.js"
 * @import {Arrival, Topic} from "../model/inbox.js"
 * @import {Session} from "../model/session.js"
 */

import { Refusal } from "../core/requests/refusal.js";
import { keyOf } from "../model/conversations.js";
import { languageOf, setLanguage, t } from "../model/words.js";
import { Alerts } from "./alerts.js";
import { Announcer } from "./announcer.js";
import { Composer } from "./composer.js";
import { RoomsDialog, SettingsDialog } from "./dialogs.js";
import { h } from "./dom.js";
import { Door } from "./door.js";
import { connectionState, Header } from "./header.js";
import { MembersList } from "./members_list.js";
import { MessageList } from "./message_list.js";
import { Overlay } from "./overlay.js";
import { Past } from "./past.js";
import { RoomsList } from "./rooms_list.js";
import { readRoute, routeOf } from "./route.js";
import { spoken } from "./rows.js";
import { StatusDialog } from "./status.js";

/** A page that nobody looks at draws no frames; its title is drawn so often. */
const UNSEEN_FRAME = 500;
/** After drawing, so many times as long is for other things: what is typed is not held up by what comes in. */
const REST = 3;
/** Drawings that take less than this need no rest; in milliseconds. */
const QUICK = 4;
/** When as many rows as this are new at once nobody reads them all, and they are drawn so seldom; in milliseconds. */
const MANY = 10;
const FLOODED = 120;
const TICK = 1_000;
/** What the browser's history holds of a place where this page has been. */
const VISITED = { visited: true };
/** In windows like this who is there lies over the conversation. */
const NARROW = "(max-width: 70rem)";
/** A private message whose reader was not there is said again after so many ticks. */
const AGAIN = 3;

export class App {
  /**
   * @param {Session} session
   * @param {HTMLElement} root
   */
  constructor(session, root) {
    this.session = session;
    this.root = root;
    this.announcer = new Announcer();
    this.alerts = new Alerts(session, (arrival) => this.open(arrival.conversation));
    this.rooms = new RoomsList({
      chosen: (conversation) => this.open(conversation),
      more: () => this.roomsDialog.show(),
      settings: () => this.settings.show(),
      status: () => this.status.show(),
    });
    this.header = new Header({
      rooms: () => this.toggle("rooms-open"),
      members: () => this.toggle("members-open"),
      past: () => this.past.dialog.show(),
      leave: () => this.leave(),
      retry: () => session.link?.nudge(),
    });
    this.messages = new MessageList(() => session.dialogue, () => this.changed("timeline"), {
      addressed: (nick) => this.composer.address(nick),
      returned: () => this.returned(),
      told: (text) => this.announcer.say(text),
    });
    this.past = new Past(session, this.messages, {
      opened: (isOpen) => {
        this.composer.element.hidden = isOpen;
        if (!isOpen) this.focusSoon();
      },
      told: (text) => session.dialogue?.note([text]),
    });
    this.composer = new Composer(session, (text) => this.announcer.say(text));
    this.members = new MembersList((nick) => this.converse(nick), () => this.toggle("members-open"));
    this.roomsDialog = new RoomsDialog(() => session.dialogue);
    this.settings = new SettingsDialog(session.preferences, (name) => void this.preferred(name), () => this.quit());
    this.status = new StatusDialog(() => session.dialogue);
    this.door = new Door(session, () => readRoute(location.hash).room);
    this.overlay = new Overlay(session);
    this.veil = h("div", { class: "veil", onclick: () => this.closeDrawers() });
    this.chat = h(
      "div", { class: "chat", hidden: true },
      this.rooms.element,
      h("main", { class: "conversation" }, this.header.element, this.messages.element, this.past.bar, this.composer.element),
      this.members.element, this.veil,
    );
    /** @type {Set<Topic | "front">} */
    this.dirty = new Set();
    this.isScheduled = false;
    this.restUntil = 0;
    this.ticks = 0;
    this.lastState = "";
    /** @type {Conversation | undefined} */
    this.front = undefined;
    this.wasInside = false;
    /** The message that the address names, until it can be looked for. */
    this.wantedSeq = 0;
  }

  /** Put the page together, and draw it. */
  start() {
    this.colours();
    this.translate();
    if (this.session.preferences.values.members === "shown" && !matchMedia(NARROW).matches) {
      this.chat.classList.add("members-open");
    }
    this.tellDrawers();
    this.root.replaceChildren(this.door.element, this.chat, this.overlay.element, this.roomsDialog.element, this.settings.element, this.past.dialog.element, this.status.element, this.announcer.element);
    document.addEventListener("keydown", (event) => this.pressed(event));
    addEventListener("hashchange", () => this.routed());
    addEventListener("popstate", () => {
      if (!this.status.isWanted) this.status.element.close();
      else this.changed("state");
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.colours());
    setInterval(() => this.tick(), TICK);
    this.draw();
    this.door.update();
  }

  // What is drawn when.

  /** @param {Topic | "front"} topic is to be drawn anew. */
  changed(topic) {
    this.dirty.add(topic);
    if (this.isScheduled) return;
    this.isScheduled = true;
    if (document.hidden) {
      setTimeout(() => this.frame(), UNSEEN_FRAME);
      return;
    }
    const rest = this.restUntil - performance.now();
    if (rest > 0) setTimeout(() => requestAnimationFrame(() => this.frame()), rest);
    else requestAnimationFrame(() => this.frame());
  }

  frame() {
    this.isScheduled = false;
    const begun = performance.now();
    this.draw();
    // What was changed is laid out already, as the list looks at its height.
    const ended = performance.now();
    const rest = ended - begun < QUICK ? 0 : REST * (ended - begun);
    this.restUntil = ended + Math.max(rest, this.messages.appended > MANY ? FLOODED : 0);
  }

  draw() {
    const topics = this.dirty;
    this.dirty = new Set();
    const { session } = this;
    const { dialogue, place } = session;
    this.alerts.title();
    this.place();
    if (place !== "chat" || !dialogue) return;
    const { current } = dialogue;
    if (current !== this.front) {
      this.front = current;
      this.past.close();
      this.messages.show(current);
      this.composer.show(current);
      for (const topic of /** @type {const} */ (["conversations", "people", "timeline"])) topics.add(topic);
    }
    if (topics.has("conversations") || topics.has("state")) this.rooms.update(dialogue);
    if (["conversations", "people", "state", "pending"].some((each) => topics.has(/** @type {Topic} */ (each)))) {
      this.header.update(session);
    }
    if (topics.has("people")) {
      this.members.update(current, dialogue.core.nick);
      if (this.roomsDialog.element.open) this.roomsDialog.update();
    }
    if (topics.has("timeline") || topics.has("pending") || topics.has("state")) this.messages.update();
    if (this.wantedSeq) void this.visit();
    if (topics.has("state") && this.status.isWanted && dialogue.core.registered) this.status.show();
    this.tellState();
  }

  /** Show what belongs to the place where the person is. */
  place() {
    const { place } = this.session;
    const isInside = place !== "door";
    this.chat.hidden = !isInside;
    this.door.element.hidden = isInside;
    this.overlay.update();
    // What is below an overlay can't be used.
    this.chat.inert = place !== "chat";
    if (isInside !== this.wasInside) {
      this.wasInside = isInside;
      this.front = undefined;
      for (const dialog of [this.roomsDialog, this.settings, this.past.dialog, this.status]) dialog.element.close();
      if (isInside) this.arrive();
    }
    if (!isInside) this.door.update();
  }

  /** The person has come in: the conversation that the address names, if it names one, is in front. */
  arrive() {
    const { dialogue } = this.session;
    const { to, room, seq } = readRoute(location.hash);
    this.wantedSeq = seq;
    if (to) dialogue?.converse(to);
    else if (!room && dialogue) history.replaceState(VISITED, "", routeOf(dialogue.current));
    this.focusSoon();
  }

  focusSoon() {
    // A phone would open its keyboard.
    if (matchMedia("(pointer: fine)").matches) setTimeout(() => this.composer.text.focus());
  }

  /** Tell a screen reader that the connection is another one. */
  tellState() {
    const { linkState } = this.session;
    if (linkState === this.lastState || linkState === "connecting") return;
    const isFirst = this.lastState === "";
    this.lastState = linkState;
    if (!isFirst || linkState !== "connected") this.announcer.say(connectionState(this.session).words);
  }

  tick() {
    this.ticks += 1;
    if (this.ticks % AGAIN === 0) this.session.dialogue?.sendPostponed();
    if (this.session.place !== "chat" || document.hidden) return;
    if (this.session.linkState !== "connected" || this.session.core?.recordsBehind) this.header.updateState(this.session);
  }

  // What the session tells.

  /** @param {Arrival} arrival */
  arrived(arrival) {
    this.alerts.arrived(arrival);
    const isFront = arrival.conversation === this.session.dialogue?.current;
    if (isFront) this.announcer.say(() => spoken(arrival.entry));
    else if (arrival.urgent) this.announcer.say(`${arrival.conversation.title}, ${spoken(arrival.entry)}`);
  }

  /** @param {Conversation} conversation came to the front. */
  shown(conversation) {
    const route = routeOf(conversation);
    if (readRoute(location.hash).seq === 0 || !location.hash.startsWith(`${route}/`)) {
      if (location.hash !== route) history.pushState(VISITED, "", route);
    }
    this.changed("conversations");
  }

  /** @param {Parameters<import("../model/inbox.js").Observer["wished"]>[0]} wish */
  wished(wish) {
    if (wish.type === "status") this.status.show();
    else void this.past.visit({ at: wish.at });
  }

  // What the person does.

  /** @param {Conversation} conversation */
  open(conversation) {
    this.closeDrawers();
    this.session.dialogue?.show(conversation);
    this.focusSoon();
  }

  /** @param {string} nick */
  converse(nick) {
    this.closeDrawers();
    this.session.dialogue?.converse(nick);
    this.focusSoon();
  }

  leave() {
    const { dialogue } = this.session;
    try {
      dialogue?.leave(dialogue.current);
    } catch (error) {
      if (error instanceof Refusal) dialogue?.explain(error);
      else throw error;
    }
  }

  quit() {
    const unsent = this.session.dialogue?.unconfirmed ?? 0;
    // Not to be said any more: that is to be meant.
    if (unsent && !confirm(t("{number} texts are not sent yet. Leave without saying them?", { number: unsent }))) return;
    this.session.quit();
  }

  /** The address has another part behind `#`: the back button, or a link. */
  routed() {
    const { dialogue, place } = this.session;
    const { room, to, seq } = readRoute(location.hash);
    if (!dialogue || place !== "chat") {
      this.door.translate();
      return;
    }
    // The way back leads into nothing that was left; a link does.
    if (history.state?.visited && dialogue.conversations.closed.has(keyOf(to ? { to } : { room }))) {
      history.replaceState(VISITED, "", routeOf(dialogue.current));
      return;
    }
    if (to) dialogue.converse(to);
    else if (room) dialogue.enter(room);
    this.wantedSeq = seq;
    this.changed("timeline");
  }

  /** Go to the message that the address names, once its room can be read. */
  async visit() {
    const { dialogue } = this.session;
    const seq = this.wantedSeq;
    if (!seq || !dialogue?.core.registered || !dialogue.current.timeline.live) return;
    this.wantedSeq = 0;
    if (!(await this.messages.visit({ seq }))) dialogue.note([t("there is no such message here")]);
  }

  /** The view is at the newest message: the address names no other one. */
  returned() {
    const { dialogue } = this.session;
    if (dialogue && readRoute(location.hash).seq) history.replaceState(null, "", routeOf(dialogue.current));
  }

  /** @param {keyof import("../model/preferences.js").Values} name a preference has another value. */
  async preferred(name) {
    if (name === "language") {
      this.translate();
      this.front = undefined;
      for (const topic of /** @type {const} */ (["conversations", "people", "timeline", "state"])) this.changed(topic);
    } else if (name === "theme") this.colours();
    else if (name === "sound") this.alerts.sound();
    else if (name === "notify" && this.session.preferences.values.notify !== "off") {
      this.settings.tell(await this.alerts.permit());
    }
  }

  colours() {
    const { theme } = this.session.preferences.values;
    const isDark = theme === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : theme === "dark";
    document.documentElement.dataset.scheme = isDark ? "dark" : "light";
  }

  translate() {
    const language = languageOf(this.session.preferences.values.language, navigator.languages);
    setLanguage(language);
    document.documentElement.lang = language;
    for (const part of [this.rooms, this.header, this.members, this.composer, this.roomsDialog, this.settings, this.past, this.status, this.door]) part.translate();
    this.messages.scroller.setAttribute("aria-label", t("what is said"));
  }

  /** @param {"rooms-open" | "members-open"} drawer */
  toggle(drawer) {
    const isOpen = this.chat.classList.toggle(drawer);
    if (drawer === "members-open") this.session.preferences.set("members", isOpen ? "shown" : "hidden");
    const part = drawer === "members-open" ? this.members.element : this.rooms.element;
    // In a narrow window it lies over the conversation.
    if (isOpen && getComputedStyle(part).position === "absolute") part.querySelector("button")?.focus();
    this.tellDrawers();
  }

  closeDrawers() {
    this.chat.classList.remove("rooms-open");
    if (matchMedia(NARROW).matches) this.chat.classList.remove("members-open");
    this.tellDrawers();
  }

  tellDrawers() {
    this.header.tellDrawers(this.chat.classList.contains("rooms-open"), this.chat.classList.contains("members-open"));
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const { dialogue, place } = this.session;
    if (!dialogue || place !== "chat" || document.querySelector("dialog[open]")) return;
    if (this.past.pressed(event)) return;
    const { conversations } = dialogue;
    /** @type {Conversation | undefined} */
    let wanted;
    if (event.altKey && !event.ctrlKey && !event.metaKey) {
      if (event.key === "ArrowUp" || event.key === "ArrowDown") wanted = conversations.step(event.key === "ArrowUp" ? -1 : 1);
      else if (/^Digit[1-9]$/.test(event.code)) wanted = conversations.listed[Number(event.code.slice(5)) - 1];
      else if (event.code === "KeyA") wanted = conversations.mostUrgent();
      if (wanted) {
        event.preventDefault();
        this.open(wanted);
      }
      return;
    }
    if (event.key === "F1") {
      event.preventDefault();
      dialogue.help();
    } else if (event.key === "Escape") {
      this.closeDrawers();
      this.messages.toEnd();
      this.composer.text.focus();
    } else if ((event.key === "PageUp" || event.key === "PageDown") && event.target === this.composer.text) {
      event.preventDefault();
      const { scroller } = this.messages;
      scroller.scrollBy({ top: (event.key === "PageUp" ? -0.9 : 0.9) * scroller.clientHeight });
    } else if (!this.past.player && this.isTyping(event)) {
      this.composer.text.focus();
    }
  }

  /**
   * Tell whether a key writes something, and nothing that could take it has the focus.
   *
   * @param {KeyboardEvent} event
   */
  isTyping(event) {
    const isCharacter = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey;
    const { activeElement } = document;
    return isCharacter && !(activeElement && activeElement.matches("input, textarea, select"));
  }
}
