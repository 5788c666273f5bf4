/**
 * What the word that is being typed can become, above the place where it is typed.
 *
 * @import {Completions} from "../model/completion.js"
 */

import { t } from "../model/words.js";
import { h, setAttribute } from "./dom.js";

const SHOWN = 8;

export class Suggestions {
  /** @param {() => void} taken one was clicked: it is the chosen one. */
  constructor(taken) {
    this.taken = taken;
    this.element = h("ul", { class: "suggestions", id: "suggestions", role: "listbox", hidden: true });
    /** @type {Completions} */
    this.completions = { start: 0, candidates: [] };
    /** The number of the chosen one; -1 for none yet. */
    this.chosen = -1;
  }

  get isOpen() {
    return !this.element.hidden;
  }

  /** The one that is chosen; undefined if none is. */
  get candidate() {
    return this.completions.candidates[this.chosen];
  }

  /** @param {Completions} completions */
  open(completions) {
    this.completions = completions;
    this.chosen = -1;
    this.element.hidden = completions.candidates.length === 0;
    setAttribute(this.element, "aria-label", t("suggestions"));
    this.draw();
  }

  close() {
    this.element.hidden = true;
    this.chosen = -1;
  }

  /** @param {number} by choose the one so many further. */
  step(by) {
    const { length } = this.completions.candidates;
    if (this.chosen < 0) this.chosen = by > 0 ? 0 : length - 1;
    else this.chosen = (this.chosen + by + length) % length;
    this.draw();
  }

  draw() {
    const { candidates } = this.completions;
    const first = Math.max(0, Math.min(this.chosen - SHOWN + 2, candidates.length - SHOWN));
    this.element.replaceChildren(
      ...candidates.slice(first, first + SHOWN).map(({ label, note }, index) => {
        const number = first + index;
        const isChosen = String(number === this.chosen);
        const option = h(
          "li", { role: "option", id: `suggestion-${number}`, "aria-selected": isChosen },
          h("span", {}, label), note && h("span", { class: "small" }, t(note)),
        );
        option.addEventListener("pointerdown", (event) => {
          // The text goes on having the focus.
          event.preventDefault();
          this.chosen = number;
          this.taken();
        });
        return option;
      }),
    );
  }
}
