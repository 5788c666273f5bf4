/**
 * A conversation's own texts that are not known to be on record.
 *
 * @import {Conversation} from "../model/conversations.js"
 * @import {Dialogue} from "../model/dialogue.js"
 */

import { t } from "../model/words.js";
import { h } from "./dom.js";
import { pendingRow } from "./rows.js";

/** Texts that are shown. */
const MOST = 40;

export class PendingList {
  constructor() {
    this.element = h("ol", { class: "entries" });
    /** What was drawn last. */
    this.drawn = "";
  }

  /**
   * @param {Dialogue | undefined} dialogue
   * @param {Conversation} conversation
   */
  update(dialogue, conversation) {
    const commands = dialogue?.pendingOf(conversation.destination) ?? [];
    const connected = dialogue?.core.registered ?? false;
    const drawn = `${connected} ${commands.map((each) => each.id).join(" ")}`;
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const nick = dialogue?.core.nick ?? "";
    const rows = commands.slice(0, MOST).map((each, index) => pendingRow(each, nick, connected, index === 0));
    this.element.replaceChildren(...rows);
    if (commands.length > MOST) {
      this.element.append(h("li", { class: "row more" }, t("and {number} more", { number: commands.length - MOST })));
    }
  }
}
