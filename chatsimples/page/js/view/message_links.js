/**
 * Links to messages: each message's time is one. A button copies it, which stands in the row that is pointed at; with
 * the keyboard, Tab goes from what is said to the last time in view, the arrows to others, and Ctrl-C copies.
 */

import { t } from "../model/words.js";
import { h, setAttribute } from "./dom.js";
import { icon } from "./icons.js";

const DONE_LONG = 1_500;

export class MessageLinks {
  /**
   * @param {HTMLElement} scroller in which the rows are.
   * @param {(text: string) => void} told something is to be told to a screen reader.
   */
  constructor(scroller, told) {
    this.scroller = scroller;
    this.told = told;
    this.button = h("button", { class: "copy", type: "button", tabindex: "-1", onclick: () => void this.copy(this.button) }, icon("link"));
    /** The link that Tab goes to. */
    /** @type {HTMLElement | undefined} */
    this.stop = undefined;
    scroller.addEventListener("pointerover", ({ target }) => this.pointed(target));
    scroller.addEventListener("focusin", ({ target }) => {
      if (target === scroller) this.offer();
    });
    scroller.addEventListener("keydown", (event) => this.pressed(event));
  }

  /** @param {EventTarget | null} target */
  pointed(target) {
    const message = target instanceof Element ? target.closest(".message") : null;
    if (!message || this.button.parentElement === message || !message.querySelector("a.stamp")) return;
    this.button.classList.remove("done");
    for (const name of ["aria-label", "title"]) setAttribute(this.button, name, t("copy the link to this message"));
    message.append(this.button);
  }

  /** Have the last link in view be what Tab goes to. */
  offer() {
    const { bottom } = this.scroller.getBoundingClientRect();
    const links = [.../** @type {NodeListOf<HTMLElement>} */ (this.scroller.querySelectorAll("a.stamp"))];
    this.choose(links.findLast((each) => each.getBoundingClientRect().bottom <= bottom));
  }

  /** @param {HTMLElement | undefined} link */
  choose(link) {
    if (this.stop) this.stop.tabIndex = -1;
    this.stop = link;
    if (link) link.tabIndex = 0;
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const { target, key } = event;
    if (!(target instanceof HTMLElement) || !target.matches("a.stamp")) return;
    if (key === "ArrowUp" || key === "ArrowDown") {
      event.preventDefault();
      const links = [.../** @type {NodeListOf<HTMLElement>} */ (this.scroller.querySelectorAll("a.stamp"))];
      const next = links[links.indexOf(target) + (key === "ArrowUp" ? -1 : 1)];
      if (!next) return;
      this.choose(next);
      next.focus({ preventScroll: true });
      this.bring(/** @type {Element} */ (next.closest(".row")));
    } else if (key === "c" && (event.ctrlKey || event.metaKey) && getSelection()?.isCollapsed) {
      event.preventDefault();
      event.stopPropagation();
      void this.copy(target);
    }
  }

  /** @param {Element} row is to be in view. */
  bring(row) {
    // `scrollIntoView` would move the page too.
    const { top, bottom } = row.getBoundingClientRect();
    const view = this.scroller.getBoundingClientRect();
    this.scroller.scrollTop += Math.min(0, top - view.top) || Math.max(0, bottom - view.bottom);
  }

  /** @param {Element} inside what stands in the message whose link is copied. */
  async copy(inside) {
    const link = inside.closest(".message")?.querySelector("a.stamp");
    if (!(link instanceof HTMLAnchorElement)) return;
    const copied = await copyText(link.href);
    this.told(copied ? t("link copied") : link.href);
    this.button.classList.toggle("done", copied);
    setTimeout(() => this.button.classList.remove("done"), DONE_LONG);
  }
}

/**
 * Put a text into the clipboard.
 *
 * @param {string} text
 * @returns {Promise<boolean>} whether it is there.
 */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Pages that did not come by TLS have only the old way.
    const field = h("textarea", { class: "unseen", readonly: true });
    field.value = text;
    const { activeElement } = document;
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    if (activeElement instanceof HTMLElement) activeElement.focus({ preventScroll: true });
    return copied;
  }
}
