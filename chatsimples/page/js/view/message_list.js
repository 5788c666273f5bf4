/**
 * A conversation's entries. Only those near to what is in view are in the page: rows are made at the edge to which
 * somebody scrolls, and taken away at the other.
 *
 * Rows change at most once a frame (`update`), however much has come. Who looks at the newest message goes on seeing
 * it; who looks at something else goes on seeing that.
 *
 * @import {Conversation} from "../model/conversations.js"
 * @import {Dialogue} from "../model/dialogue.js"
 * @import {TimeMachine} from "../model/time_machine.js"
 * @import {Entry, Range} from "../model/timeline.js"
 * @import {Reader} from "./rows.js"
 */

import { visible } from "../model/text.js";
import { fullTime } from "../model/times.js";
import { t } from "../model/words.js";
import { h, setText } from "./dom.js";
import { icon } from "./icons.js";
import { MessageLinks } from "./message_links.js";
import { PendingList } from "./pending_list.js";
import { makeRow } from "./rows.js";

/** Rows that are made when a conversation comes to the front. */
const FIRST = 40;
/** Rows that are made when somebody comes near an edge. */
const STEP = 30;
/** Rows in the page at most. */
const MOST = 160;
/** So near to the end somebody counts as being there; in pixels. */
const AT_END = 48;
/** More is fetched when somebody is so near to the edge of what is here; in heights of the view. */
const FETCHED_AHEAD = 2;
const SHOWN_LONG = 2_000;

export class MessageList {
  /**
   * @param {() => Dialogue | undefined} dialogue
   * @param {() => void} schedule has `update` called in the next frame.
   * @param {object} on
   * @param {(nick: string) => void} on.addressed a nick was clicked.
   * @param {() => void} on.returned the view goes back to the newest message.
   * @param {(text: string) => void} on.told something is to be told to a screen reader.
   */
  constructor(dialogue, schedule, on) {
    this.dialogue = dialogue;
    this.schedule = schedule;
    this.on = on;
    this.list = h("ol", { class: "entries" });
    this.pending = new PendingList();
    this.beginning = h("p", { class: "beginning" });
    this.scroller = h(
      "div", { class: "timeline", tabindex: "0", role: "log", "aria-live": "off", onscroll: () => this.scrolled() },
      h("div", { class: "column" }, this.beginning, this.list, this.pending.element),
    );
    this.further = h(
      "button", { class: "further", type: "button", hidden: true, onclick: () => this.toEnd() },
      icon("down"), h("span", {}),
    );
    this.element = h("div", { class: "middle" }, this.scroller, this.further);
    this.list.addEventListener("click", (event) => {
      const nick = event.target instanceof HTMLElement ? event.target.dataset.nick : undefined;
      if (nick) on.addressed(nick);
    });
    new MessageLinks(this.scroller, on.told);
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
    /** @type {TimeMachine | undefined} */
    this.machine = undefined;
    this.version = 0;
    /** The positions of the first row, and after the last one. */
    this.first = 0;
    this.end = 0;
    /** The view stays with the newest entry. */
    this.following = true;
    this.seenEnd = 0;
    this.newAfter = 0;
    /** How many rows were new at the end the last time. */
    this.appended = 0;
    /** What is at the top of the view, if that is not the end. */
    /** @type {ReturnType<MessageList["anchor"]>} */
    this.place = undefined;
    new ResizeObserver(() => this.resized()).observe(this.scroller);
  }

  /** @param {Conversation} conversation comes to the front. */
  show(conversation) {
    this.conversation = conversation;
    this.range = this.pinned = this.machine = undefined;
    this.newAfter = conversation.newAfter;
    this.schedule();
  }

  /** @param {TimeMachine | undefined} machine what it shows is shown from now on; undefined for what is said now. */
  play(machine) {
    this.machine = machine;
    this.pinned = undefined;
    this.following = true;
    this.pending.element.hidden = machine !== undefined;
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
    const range = this.machine?.range ?? this.pinned ?? timeline.live;
    if (this.range && range && this.range !== range && this.isIn(range)) this.moveTo(range);
    const anchor = this.range === range && !this.following ? this.anchor() : undefined;
    // Who is at the end looks at nothing old.
    if (this.machine || (this.following && !this.pinned)) timeline.trim();
    else if (range) timeline.keepAround(range, this.range === range ? this.first : range.end);
    // What is looked at is not what is said now, if it is far from that.
    this.pinned = this.machine || range?.to === Infinity ? undefined : range;
    if (!range) {
      this.list.replaceChildren();
      this.range = undefined;
    } else if (this.range !== range || this.version !== range.version || this.newAfter !== newAfter) {
      this.restart(range, conversation, anchor !== undefined);
    } else {
      this.go(range);
    }
    this.pending.update(this.dialogue(), conversation);
    this.drawEdges(conversation);
    this.restore(anchor);
    this.stay();
  }

  /**
   * Begin with a range: at the first new message, or at the end.
   *
   * @param {Range} range
   * @param {Conversation} conversation
   * @param {boolean} anchored the view is brought back to where it was.
   */
  restart(range, conversation, anchored) {
    const firstNew = !this.machine && conversation.newAfter && this.newAfter === conversation.newAfter && this.range === undefined;
    const old = this.range === range && !this.following ? this.first : range.end - FIRST;
    this.newAfter = conversation.newAfter;
    this.version = range.version;
    this.range = range;
    this.list.replaceChildren();
    const start = firstNew ? Math.min(range.find(conversation.newAfter + 1) - STEP / 2, range.end - FIRST) : old;
    this.first = this.end = Math.max(range.first, start);
    this.append(Math.min(range.end, this.first + MOST));
    if (anchored) return;
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
   * Tell whether the rows are of entries that are in a range too.
   *
   * @param {Range} range
   */
  isIn(range) {
    const first = this.range?.at(this.first);
    return first !== undefined && this.version === this.range?.version && range.entries.includes(first);
  }

  /**
   * Go on with a range in which the one that is shown has become a part.
   *
   * @param {Range} range
   */
  moveTo(range) {
    const first = /** @type {Entry} */ (this.range?.at(this.first));
    const position = range.first + range.entries.indexOf(first);
    this.end += position - this.first;
    this.first = position;
    this.seenEnd = range.end;
    this.range = range;
    this.version = range.version;
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
      this.append(Math.min(range.end, this.end + STEP));
      if (this.end - this.first > MOST) this.removeBefore(this.end - MOST);
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
    const rows = this.list.children;
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (/** @type {Element} */ (rows[middle]).getBoundingClientRect().bottom <= top) low = middle + 1;
      else high = middle;
    }
    const row = /** @type {HTMLElement | undefined} */ (rows[low]);
    // What stands before the first row, such as its day, may go: its end stays.
    return row && { row, seq: row.dataset.seq, offset: row.getBoundingClientRect().bottom - top };
  }

  /** Return the entry at the top of the view. */
  entryAtTop() {
    const seq = Number(this.anchor()?.seq ?? 0);
    return this.range?.at(this.range.find(seq));
  }

  /** @param {Element} row is to be in the middle of the view. */
  bring(row) {
    const { scroller } = this;
    const { top, height } = row.getBoundingClientRect();
    scroller.scrollTop += top - scroller.getBoundingClientRect().top - (scroller.clientHeight - height) / 2;
  }

  /** @param {ReturnType<MessageList["anchor"]>} anchor is to be where it was. */
  restore(anchor) {
    if (!anchor) return;
    const row = anchor.row.isConnected ? anchor.row : this.list.querySelector(`[data-seq="${anchor.seq}"]`);
    if (!row) return;
    const top = this.scroller.getBoundingClientRect().top;
    this.scroller.scrollTop += row.getBoundingClientRect().bottom - top - anchor.offset;
  }

  /** @param {Conversation} conversation */
  drawEdges(conversation) {
    const { range } = this;
    const isAtFirst = range !== undefined && this.first === range.first;
    this.drawBeginning(conversation, isAtFirst);
    const unseen = range && !this.pinned ? Math.max(0, range.end - Math.max(this.seenEnd, this.first)) : 0;
    this.further.hidden = this.following || this.machine !== undefined;
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
    const isLast = this.following || (range !== undefined && this.end === range.end && !this.pinned);
    const following = left < AT_END && isLast;
    const isNearTop = scroller.scrollTop < scroller.clientHeight;
    const isNearEnd = left < scroller.clientHeight;
    if (following !== this.following || ((isNearTop || isNearEnd) && !following)) this.schedule();
    this.following = following;
    this.place = following ? undefined : this.anchor();
    if (range && this.conversation) this.fetch(range, this.conversation);
  }

  /**
   * Have more of what was said fetched, if somebody comes near the edge of what is here.
   *
   * @param {Range} range
   * @param {Conversation} conversation
   */
  fetch(range, conversation) {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const history = this.dialogue()?.history;
    const isNearEnd = scrollHeight - scrollTop - clientHeight < FETCHED_AHEAD * clientHeight;
    const isNearTop = this.first - range.first < STEP && scrollTop < FETCHED_AHEAD * clientHeight;
    if (this.machine) {
      if (isNearTop) void this.machine.earlier();
    } else if (isNearTop) void history?.earlier(conversation, range);
    else if (range.end - this.end < STEP && isNearEnd) void history?.later(conversation, range);
  }

  /** Go to the newest entry. */
  toEnd() {
    if (!this.range) return;
    this.pinned = undefined;
    this.following = true;
    // A scrolling that is under way would end somewhere else.
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: "instant" });
    this.on.returned();
    this.schedule();
    this.scroller.focus();
  }

  /**
   * Go to a message, or to the first one from a time on; it is fetched, if it is not here.
   *
   * @param {{seq: number} | {at: string}} place
   * @returns {Promise<boolean>} whether there is one.
   */
  async visit(place) {
    const { conversation } = this;
    const seq = conversation && (await this.dialogue()?.history.reach(conversation, place));
    if (!seq || conversation !== this.conversation) return false;
    return this.showSeq(seq);
  }

  /**
   * @param {number} seq of a message that is here.
   * @returns {boolean} whether it is.
   */
  showSeq(seq) {
    const { conversation } = this;
    const range = conversation?.timeline.rangeOf(seq);
    if (!conversation || !range) return false;
    const position = range.find(seq);
    const entry = range.at(position);
    if (!entry) return false;
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
    const row = this.list.querySelector(`[data-seq="${entry.seq}"]`);
    if (row) this.bring(row);
    row?.classList.add("shown");
    setTimeout(() => row?.classList.remove("shown"), SHOWN_LONG);
    this.schedule();
    return true;
  }
}
