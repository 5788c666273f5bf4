/**
 * Where texts are written.
 *
 * Enter says what is written; several lines are so many messages. Tab completes the word before the cursor, if it can
 * be completed, and else goes on to what is next in the page, as everywhere.
 *
 * @import {Conversation} from "../model/conversations.js"
 * @import {Session} from "../model/session.js"
 */

import { bytesOf } from "../core/requests/bounds.js";
import { Refusal } from "../core/requests/refusal.js";
import { heardKey } from "../core/names.js";
import { complete } from "../model/completion.js";
import { Emoji } from "../model/emoji.js";
import { visible } from "../model/text.js";
import { language, t } from "../model/words.js";
import { h, setAttribute, setText } from "./dom.js";
import { icon } from "./icons.js";
import { Suggestions } from "./suggestions.js";

/** From this share of the longest text on, it is said how much is left. */
const NEARLY = 0.8;
/** Drafts are written down so long after the last key. */
const AFTER = 300;

export class Composer {
  /**
   * @param {Session} session
   * @param {(text: string) => void} announce tells a screen reader.
   */
  constructor(session, announce) {
    this.session = session;
    this.announce = announce;
    this.emoji = new Emoji(async () => {
      const answer = await fetch("words/emoji.txt");
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.text();
    });
    this.text = h("textarea", {
      rows: "1", autocomplete: "off", autocapitalize: "sentences", enterkeyhint: "send", spellcheck: "true", dir: "auto",
      "aria-autocomplete": "list", "aria-controls": "suggestions",
      oninput: () => this.typed(),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.pressed(event),
      onblur: () => this.suggestions.close(),
    });
    this.suggestions = new Suggestions(() => this.take());
    this.hint = h("p", { class: "hint" });
    this.send = h("button", { class: "send", type: "submit" }, icon("send"));
    this.element = h(
      "form", { class: "composer", onsubmit: (/** @type {Event} */ event) => this.submitted(event) },
      this.suggestions.element, h("div", { class: "field" }, this.text, this.send), this.hint,
    );
    /** @type {Conversation | undefined} */
    this.conversation = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.keeping = undefined;
  }

  translate() {
    setAttribute(this.send, "aria-label", t("say it"));
    this.update();
  }

  /** @param {Conversation} conversation comes to the front. */
  show(conversation) {
    if (this.conversation) this.keep();
    this.conversation = conversation;
    this.put(this.session.drafts.get(conversation.key));
    this.update();
  }

  update() {
    const title = visible(this.conversation?.title ?? "");
    const label = this.conversation?.isPrivate ? t("say something to {nick}", { nick: title }) : t("say something in {room}", { room: title });
    setAttribute(this.text, "placeholder", label);
    setAttribute(this.text, "aria-label", label);
  }

  /** Write down what is written. */
  keep() {
    clearTimeout(this.keeping);
    if (this.conversation) this.session.drafts.put(this.conversation.key, this.text.value);
  }

  /**
   * Put a text in the place of what is written.
   *
   * @param {string} text
   */
  put(text) {
    this.text.value = text;
    this.text.setSelectionRange(text.length, text.length);
    this.suggestions.close();
    this.changed();
  }

  /**
   * Address somebody.
   *
   * @param {string} nick
   */
  address(nick) {
    const { value } = this.text;
    this.put(value ? `${value.replace(/\s*$/, " ")}${nick} ` : `${nick}: `);
    this.text.focus();
  }

  typed() {
    const cursor = this.text.selectionStart;
    const named = this.emoji.before(this.text.value, cursor);
    if (named) this.replace(named.start, cursor, named.emoji);
    this.changed();
    this.suggest();
    clearTimeout(this.keeping);
    this.keeping = setTimeout(() => this.keep(), AFTER);
  }

  /** The text is another one: its height, and what is said below it. */
  changed() {
    const { text } = this;
    if (text.value.length > 40 || text.value.includes("\n") || text.style.height) {
      text.style.height = "";
      if (text.scrollHeight > text.clientHeight) text.style.height = `${text.scrollHeight}px`;
    }
    setText(this.hint, this.hintFor(text.value));
    this.send.disabled = !text.value.trim();
  }

  /** @param {string} value */
  hintFor(value) {
    const lines = value.split("\n").filter((line) => line.trim()).length;
    if (lines > 1) return t("{number} lines: so many messages", { number: lines });
    const most = this.session.core?.limits.max_text ?? 0;
    // Each character is a byte at least.
    if (!most || value.length * 4 < most * NEARLY) return "";
    const left = most - bytesOf(value);
    if (left < 0) return t("too long by {number} bytes", { number: -left });
    return left < most * (1 - NEARLY) ? t("{number} bytes are left", { number: left }) : "";
  }

  /** Offer what the word before the cursor can become, if it begins as commands, people, rooms and emoji do. */
  suggest() {
    const cursor = this.text.selectionStart;
    const word = /\S*$/u.exec(this.text.value.slice(0, cursor))?.[0] ?? "";
    const isCommand = word.startsWith("/") && word === this.text.value.slice(0, cursor);
    if (word.includes(":") && !this.emoji.names.length) void this.emoji.load().then(() => this.emoji.names.length && this.typed());
    if (isCommand || /^[@#]\S|:[^\s:]{2,}$/u.test(word)) this.suggestions.open(this.completions());
    else this.suggestions.close();
    this.mark();
  }

  completions() {
    const { dialogue } = this.session;
    const own = heardKey(dialogue?.core.nick ?? "");
    const open = dialogue?.conversations.rooms.map((each) => each.name) ?? [];
    const known = dialogue?.known.map((each) => each.room) ?? [];
    return complete(this.text.value, this.text.selectionStart, {
      nicks: (this.conversation?.people.byActivity() ?? []).filter((nick) => heardKey(nick) !== own),
      rooms: [...new Set([...open, ...known])],
      language: language(),
      emoji: this.emoji,
    });
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    if (event.isComposing) return;
    const { suggestions } = this;
    if (event.key === "Tab" && !event.ctrlKey && !event.altKey && !event.metaKey) {
      this.tab(event);
    } else if (event.key === "Escape" && suggestions.isOpen) {
      suggestions.close();
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (suggestions.isOpen && suggestions.candidate) this.take();
      else this.element.requestSubmit();
    } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      this.arrow(event);
    }
    this.mark();
  }

  /** @param {KeyboardEvent} event */
  tab(event) {
    const { suggestions } = this;
    if (!suggestions.isOpen) {
      const completions = this.completions();
      const [only, second] = completions.candidates;
      // An empty line is no beginning of anything: from it Tab goes on.
      if (!only || event.shiftKey || !this.text.value.trim()) return;
      suggestions.open(completions);
      if (!second) suggestions.chosen = 0;
      if (!second) this.take();
      else suggestions.step(1);
    } else if (!event.shiftKey && suggestions.completions.candidates.length === 1) {
      suggestions.chosen = 0;
      this.take();
    } else {
      suggestions.step(event.shiftKey ? -1 : 1);
    }
    event.preventDefault();
  }

  /** @param {KeyboardEvent} event */
  arrow(event) {
    const by = event.key === "ArrowUp" ? 1 : -1;
    if (this.suggestions.isOpen) {
      this.suggestions.step(-by);
      event.preventDefault();
      return;
    }
    const { value, selectionStart } = this.text;
    const isAtEdge = by > 0 ? !value.slice(0, selectionStart).includes("\n") : !value.slice(selectionStart).includes("\n");
    if (event.altKey || event.shiftKey || event.ctrlKey || !isAtEdge) return;
    const line = this.session.drafts.recall(by, value);
    if (line === undefined) return;
    event.preventDefault();
    this.put(line);
  }

  /** Tell a screen reader which suggestion is chosen. */
  mark() {
    const { candidate, chosen, isOpen } = this.suggestions;
    const active = isOpen && candidate ? `suggestion-${chosen}` : undefined;
    if (active && this.text.getAttribute("aria-activedescendant") !== active) this.announce(candidate?.label ?? "");
    setAttribute(this.text, "aria-activedescendant", active);
  }

  /** Put the chosen suggestion in. */
  take() {
    const { candidate, completions } = this.suggestions;
    if (!candidate) return;
    this.replace(completions.start, this.text.selectionStart, candidate.text);
    this.suggestions.close();
    this.changed();
    this.suggest();
    this.keep();
  }

  /**
   * @param {number} start
   * @param {number} end
   * @param {string} text
   */
  replace(start, end, text) {
    this.text.setRangeText(text, start, end, "end");
  }

  /** @param {Event} event */
  submitted(event) {
    event.preventDefault();
    const { dialogue } = this.session;
    const { value } = this.text;
    const { conversation } = this;
    if (!dialogue || !conversation || !value.trim()) return;
    try {
      dialogue.typed(value);
    } catch (error) {
      // What was typed stays, to be put right.
      if (!(error instanceof Refusal)) throw error;
      dialogue.explain(error);
      return;
    }
    this.session.drafts.entered(value);
    this.session.drafts.put(conversation.key, "");
    if (this.conversation === conversation) this.put("");
    this.text.focus();
  }
}
