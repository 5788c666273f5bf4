/**
 * A conversation's entries. Only those near to what is in view are in the page: rows are made at the edge to which
 * somebody scrolls, and taken away at the other.
 *
 * Rows change at most once a frame (`update`), however much has come. Who looks at the newest message goes on seeing
 * it; who looks at something else goes on seeing that.
 *
 * @import {Conversation} from "../model/conversations.js"
 * @import {Dialogue} from "../model/dialogue.js"
 * @import {Range} from "../model/timeline.js"
 * @import {Reader} from "./rows.js"
 */

import { visible } from "../model/text.js";
import { fullTime } from "../model/times.js";
import { t } from "../model/words.js";
import { h, setText } from "./dom.js";
import { icon } from "./icons.js";
import { makeRow, pendingRow } from "./rows.js";

/** Rows that are made when a conversation comes to the front. */
const FIRST = 40;
/** Rows that are made when somebody comes near an edge. */
const STEP = 30;
/** Rows in the page at most. */
const MOST = 160;
/** So near to the end somebody counts as being there; in pixels. */
const AT_END = 48;
const SHOWN_LONG = 2_000;

export class MessageList {
  /**
   * @param {() => Dialogue | undefined} dialogue
   * @param {() => void} schedule has `update` called in the next frame.
   * @param {(nick: string) => void} addressed a nick was clicked.
   */
  constructor(dialogue, schedule, addressed) {
    this.dialogue = dialogue;
    this.schedule = schedule;
    this.list = h("ol", { class: "entries" });
    this.pending = h("ol", { class: "entries" });
    this.beginning = h("p", { class: "beginning" });
    this.scroller = h(
      "div", { class: "timeline", tabindex: "0", role: "log", "aria-live": "off", onscroll: () => this.scrolled() },
      h("div", { class: "column" }, this.beginning, this.list, this.pending),
    );
    this.further = h(
      "button", { class: "further", type: "button", hidden: true, onclick: () => this.toEnd() },
      icon("down"), h("span", {}),
    );
    this.element = h("div", { class: "middle" }, this.scroller, this.further);
    this.list.addEventListener("click", (event) => {
      const nick = event.target instanceof HTMLElement ? event.target.dataset.nick : undefined;
      if (nick) addressed(nick);
    });
    // To say a time in full takes long: it is done for those that are pointed at.
    this.list.addEventListener("pointerover", ({ target }) => {
      if (target instanceof HTMLTimeElement && !target.title) target.title = fullTime(target.dateTime);
    });
    /** @type {Conversation | undefined} */
    this.conversation = undefined;
    /** @type {Range | undefined} */
    this.range = undefined;
    /** A range that somebody looks at, though it is not what is said now. */
    /** @type {Range | undefined} */
    this.pinned = undefined;
    this.version = 0;
    /** The positions of the first row, and after the last one. */
    this.first = 0;
    this.end = 0;
    /** The view stays with the newest entry. */
    this.following = true;
    this.seenEnd = 0;
    this.newAfter = 0;
    this.drawn = "";
    /** How many rows were new at the end the last time. */
    this.appended = 0;
    /** What is at the top of the view, if that is not the end. */
    /** @type {{seq?: string, offset: number} | undefined} */
    this.place = undefined;
    new ResizeObserver(() => this.resized()).observe(this.scroller);
  }

  /** @param {Conversation} conversation comes to the front. */
  show(conversation) {
    this.conversation = conversation;
    this.range = this.pinned = undefined;
    this.newAfter = conversation.newAfter;
    this.schedule();
  }

  /** Make the page's rows those that are to be seen now. */
  update() {
    const { conversation } = this;
    this.appended = 0;
    if (!conversation) return;
    const { timeline, newAfter } = conversation;
    // Ranges that touch become one.
    if (this.pinned && !timeline.ranges.includes(this.pinned)) this.pinned = timeline.rangeOf(this.pinned.from + 1);
    const range = this.pinned ?? timeline.live;
    // Who is at the end looks at nothing old.
    if (this.following) timeline.trim();
    if (!range) {
      this.list.replaceChildren();
      this.range = undefined;
    } else if (this.range !== range || this.version !== range.version || this.newAfter !== newAfter) {
      this.restart(range, conversation);
    } else {
      this.go(range);
    }
    this.drawPending(conversation);
    this.drawEdges(conversation);
    this.stay();
  }

  /**
   * Begin with a range: at the first new message, or at the end.
   *
   * @param {Range} range
   * @param {Conversation} conversation
   */
  restart(range, conversation) {
    const anchor = this.range === range && !this.following ? this.anchor() : undefined;
    const firstNew = conversation.newAfter && this.newAfter === conversation.newAfter && this.range !== range;
    const old = this.range === range ? this.first : range.end - FIRST;
    this.newAfter = conversation.newAfter;
    this.version = range.version;
    this.range = range;
    this.list.replaceChildren();
    const start = firstNew ? Math.min(range.find(conversation.newAfter + 1) - STEP / 2, range.end - FIRST) : old;
    this.first = this.end = Math.max(range.first, start);
    this.append(Math.min(range.end, this.first + MOST));
    if (anchor) {
      this.restore(anchor);
      return;
    }
    this.following = this.end === range.end;
    this.seenEnd = range.end;
    const line = firstNew ? this.list.querySelector(".new") : null;
    if (line) {
      const far = line.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top;
      const toEnd = this.scroller.scrollHeight - this.scroller.clientHeight;
      this.scroller.scrollTop += far - this.scroller.clientHeight / 4;
      this.following &&= this.scroller.scrollTop >= toEnd - AT_END;
    }
  }

  /**
   * Follow what has changed in the range that is shown.
   *
   * @param {Range} range
   */
  go(range) {
    if (this.first < range.first) this.removeBefore(Math.min(range.first, this.end));
    if (this.first < range.first) this.first = this.end = range.first;
    if (this.following) {
      // Of so many that come at once only the last are in view.
      if (range.end - this.end > FIRST) {
        this.list.replaceChildren();
        this.first = this.end = range.end - FIRST;
      }
      this.append(range.end);
      if (this.end - this.first > MOST) this.removeBefore(this.end - FIRST);
      const isFilled = this.list.offsetHeight > 2 * this.scroller.clientHeight;
      if (!isFilled && this.first > range.first) this.prepend(Math.max(range.first, this.first - STEP));
      return;
    }
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const isNearTop = scrollTop < clientHeight;
    if (isNearTop && this.first > range.first) this.prepend(Math.max(range.first, this.first - STEP));
    else if (scrollHeight - scrollTop - clientHeight < clientHeight && this.end < range.end) {
      const anchor = this.anchor();
      this.append(Math.min(range.end, this.end + STEP));
      if (this.end - this.first > MOST) this.removeBefore(this.end - MOST);
      this.restore(anchor);
    }
  }

  /** @param {number} end make the rows up to this position. */
  append(end) {
    const rows = document.createDocumentFragment();
    this.appended += end - this.end;
    for (; this.end < end; this.end++) rows.append(this.row(this.end));
    this.list.append(rows);
  }

  /** @param {number} first make the rows from this position on. */
  prepend(first) {
    const anchor = this.anchor();
    const rows = document.createDocumentFragment();
    const old = this.first;
    for (let position = first; position <= old; position++) rows.append(this.row(position));
    // What stands before a row says how it begins.
    this.list.firstElementChild?.remove();
    this.list.prepend(rows);
    this.first = first;
    while (this.end - this.first > MOST) {
      this.list.lastElementChild?.remove();
      this.end -= 1;
    }
    this.restore(anchor);
  }

  /** @param {number} position take away the rows before it. */
  removeBefore(position) {
    const removed = document.createRange();
    const first = this.list.children[0];
    const last = this.list.children[position - this.first - 1];
    if (first && last) {
      removed.setStartBefore(first);
      removed.setEndAfter(last);
      removed.deleteContents();
    }
    this.first = position;
  }

  /** @param {number} position */
  row(position) {
    const entry = this.range?.at(position);
    const { core } = /** @type {Dialogue} */ (this.dialogue());
    /** @type {Reader} */
    const reader = {
      nick: core.nick,
      room: this.conversation?.isPrivate ? "" : (this.conversation?.name ?? ""),
      newAfter: this.newAfter,
    };
    return entry ? makeRow(entry, this.range?.at(position - 1), reader) : h("li");
  }

  /** Return which row is at the top of the view, and where. */
  anchor() {
    const top = this.scroller.getBoundingClientRect().top;
    for (const row of this.list.children) {
      const { bottom, top: rowTop } = row.getBoundingClientRect();
      if (bottom > top) return { seq: /** @type {HTMLElement} */ (row).dataset.seq, offset: rowTop - top };
    }
    return undefined;
  }

  /** @param {{seq?: string, offset: number} | undefined} anchor is to be where it was. */
  restore(anchor) {
    if (!anchor) return;
    const row = this.list.querySelector(`[data-seq="${anchor.seq}"]`);
    if (!row) return;
    const top = this.scroller.getBoundingClientRect().top;
    this.scroller.scrollTop += row.getBoundingClientRect().top - top - anchor.offset;
  }

  /** @param {Conversation} conversation */
  drawPending(conversation) {
    const dialogue = this.dialogue();
    const commands = dialogue?.pendingOf(conversation.destination) ?? [];
    const connected = dialogue?.core.registered ?? false;
    const drawn = `${connected} ${commands.map((each) => each.id).join(" ")}`;
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const nick = dialogue?.core.nick ?? "";
    const rows = commands.slice(0, STEP).map((each, index) => pendingRow(each, nick, connected, index === 0));
    this.pending.replaceChildren(...rows);
    if (commands.length > STEP) {
      this.pending.append(h("li", { class: "row more" }, t("and {number} more", { number: commands.length - STEP })));
    }
  }

  /** @param {Conversation} conversation */
  drawEdges(conversation) {
    const { range } = this;
    const isAtFirst = range !== undefined && this.first === range.first;
    this.drawBeginning(conversation, isAtFirst);
    const unseen = range ? Math.max(0, range.end - Math.max(this.seenEnd, this.first)) : 0;
    this.further.hidden = this.following;
    const told = unseen ? t("{number} new", { number: unseen }) : t("to the newest");
    setText(/** @type {HTMLElement} */ (this.further.lastElementChild), told);
  }

  /**
   * @param {Conversation} conversation
   * @param {boolean} isAtFirst what is here is in the page from its beginning on.
   */
  drawBeginning({ title, isPrivate }, isAtFirst) {
    this.beginning.hidden = !isAtFirst;
    if (!isAtFirst) return;
    const isFirst = isPrivate || this.range?.complete === true;
    const name = visible(title);
    let text = t("earlier messages …");
    if (isPrivate) text = t("only {nick} and you read this, and the record has it", { nick: name });
    else if (isFirst) text = t("this is the beginning of {room}", { room: name });
    if (this.beginning.lastChild?.textContent === text) return;
    this.beginning.classList.toggle("first", isFirst);
    this.beginning.replaceChildren(...(isFirst ? [h("strong", {}, name), text] : [text]));
  }

  /** Stay with the newest entry, if the view is there. */
  stay() {
    const { scroller, range } = this;
    if (!this.following) return;
    scroller.scrollTop = scroller.scrollHeight;
    this.seenEnd = range?.end ?? 0;
  }

  /** Rows may be broken elsewhere: what was in view stays there. */
  resized() {
    if (this.following) this.stay();
    else this.restore(this.place);
  }

  scrolled() {
    const { scroller, range } = this;
    const left = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
    // What came since the last frame is no row yet: who was at the end still is.
    const isLast = this.following || (range !== undefined && this.end === range.end);
    const following = left < AT_END && isLast;
    const near = scroller.scrollTop < scroller.clientHeight || left < scroller.clientHeight;
    if (following !== this.following || (near && !following)) this.schedule();
    this.following = following;
    this.place = following ? undefined : this.anchor();
    if (range && this.first === range.first && scroller.scrollTop < scroller.clientHeight && this.conversation) {
      void this.dialogue()?.earlier(this.conversation);
    }
  }

  /** Go to the newest entry. */
  toEnd() {
    if (!this.range) return;
    this.pinned = undefined;
    this.following = true;
    this.schedule();
    this.scroller.focus();
  }

  /**
   * Go to a message, if it is here.
   *
   * @param {number} seq
   * @returns {boolean} whether it is.
   */
  showSeq(seq) {
    const { conversation } = this;
    const range = conversation?.timeline.rangeOf(seq);
    if (!conversation || !range) return false;
    const position = range.find(seq);
    if (range.at(position)?.seq !== seq) return false;
    this.pinned = range === conversation.timeline.live ? undefined : range;
    if (this.range !== range || position < this.first || position >= this.end) {
      this.range = range;
      this.version = range.version;
      this.newAfter = conversation.newAfter;
      this.list.replaceChildren();
      this.first = this.end = Math.max(range.first, position - STEP);
      this.append(Math.min(range.end, position + STEP));
    }
    this.following = false;
    const row = this.list.querySelector(`[data-seq="${seq}"]`);
    row?.scrollIntoView({ block: "center" });
    row?.classList.add("shown");
    setTimeout(() => row?.classList.remove("shown"), SHOWN_LONG);
    return true;
  }
}
