/**
 * Going back in a room: to a day, to its beginning, or by the time machine, which plays it anew.
 *
 * @import {Session} from "../model/session.js"
 * @import {MessageList} from "./message_list.js"
 */

import { TimeMachine } from "../model/time_machine.js";
import { dayField, momentTime } from "../model/times.js";
import { t } from "../model/words.js";
import { Player } from "../player/playback.js";
import { Dialog } from "./dialogs.js";
import { h, setAttribute, setText } from "./dom.js";
import { icon } from "./icons.js";

/** Asks where to go. */
class PastDialog extends Dialog {
  /**
   * @param {object} on
   * @param {(at: string) => void} on.day
   * @param {() => void} on.beginning
   * @param {() => void} on.machine
   */
  constructor(on) {
    super("past-dialog");
    this.day = h("input", { id: "past-day", type: "date", required: true });
    this.label = h("label", { for: "past-day" });
    this.go = h("button", { class: "main", type: "submit" });
    this.beginning = h("button", { class: "quiet", type: "button", onclick: () => this.leave(on.beginning) });
    this.machine = h("button", { class: "quiet", type: "button", onclick: () => this.leave(on.machine) }, icon("play"), h("span", {}));
    this.help = h("p", { class: "small" });
    this.body.append(
      h(
        "form",
        {
          onsubmit: (/** @type {Event} */ event) => {
            event.preventDefault();
            const [year = 0, month = 1, date = 1] = this.day.value.split("-").map(Number);
            this.leave(() => on.day(new Date(year, month - 1, date).toISOString()));
          },
        },
        this.label, h("div", { class: "line" }, this.day, this.go),
      ),
      h("div", { class: "ways" }, this.beginning, this.machine), this.help,
    );
  }

  translate() {
    super.translate();
    setText(this.title, t("Back in time"));
    setText(this.label, t("Read from a day on"));
    setText(this.go, t("Go there"));
    setText(this.beginning, t("To the beginning"));
    setText(/** @type {Element} */ (this.machine.lastElementChild), t("Time machine"));
    setText(this.help, t("The time machine plays the room from its beginning, as it was."));
  }

  /** @param {() => void} act */
  leave(act) {
    this.element.close();
    act();
  }

  show() {
    this.day.max = dayField(Date.now());
    this.day.value ||= this.day.max;
    this.element.showModal();
    this.day.focus();
  }
}

export class Past {
  /**
   * @param {Session} session
   * @param {MessageList} messages
   * @param {object} on
   * @param {(isOpen: boolean) => void} on.opened the time machine was opened, or closed.
   * @param {(text: string) => void} on.told something is to be told.
   */
  constructor(session, messages, on) {
    this.session = session;
    this.messages = messages;
    this.on = on;
    this.dialog = new PastDialog({
      day: (at) => void this.visit({ at }),
      beginning: () => void this.visit({ seq: 1 }),
      machine: () => void this.open(),
    });
    this.bar = h("div", { class: "bar", hidden: true });
    /** @type {Player | undefined} */
    this.player = undefined;
  }

  translate() {
    this.dialog.translate();
    this.close();
  }

  /** @param {{seq: number} | {at: string}} place */
  async visit(place) {
    this.close();
    if (await this.messages.visit(place)) this.messages.scroller.focus();
    else this.on.told(t("nothing was said from that day on"));
  }

  /** Open the time machine, where the view is. */
  async open() {
    const { dialogue } = this.session;
    const room = dialogue?.current;
    if (!dialogue || !room || room.isPrivate) return;
    const { messages } = this;
    const machine = new TimeMachine({
      fetch: (wanted) => dialogue.history.ask(room, wanted),
      changed: () => messages.schedule(),
      tell: momentTime,
    });
    if (!(await machine.open()) || dialogue.current !== room) return;
    const seen = messages.following ? undefined : messages.entryAtTop();
    this.close();
    this.player = this.makePlayer(machine);
    messages.play(machine);
    if (seen) this.player.goTo(machine.timeOf(seen));
    else this.player.draw();
    this.bar.hidden = false;
    this.on.opened(true);
    this.player.controls.play.focus();
  }

  /** @param {TimeMachine} machine */
  makePlayer(machine) {
    const play = h("button", { class: "play", type: "button", "aria-keyshortcuts": "Space" }, icon("play"), icon("pause"));
    const position = h("input", { type: "range", min: "0", max: "1000", "aria-label": t("Position") });
    const clock = h("time", { class: "clock" });
    const speed = h("select", { "aria-label": t("Speed"), title: t("Speed") });
    const skip = h("input", { type: "checkbox", checked: true });
    const back = h("button", { class: "quiet", type: "button", onclick: () => this.close() }, t("Back to now"));
    const form = h(
      "form", { class: "player", "aria-label": t("Time machine"), onsubmit: (/** @type {Event} */ event) => event.preventDefault() },
      play, position, clock, speed, h("label", {}, skip, t("skip silences")), back,
    );
    this.bar.replaceChildren(form);
    const words = { play: t("Play"), pause: t("Pause"), max: t("max") };
    return new Player(machine, { play, position, clock, speed, skip }, words, (isPlaying) => {
      setAttribute(position, "aria-live", isPlaying ? "off" : undefined);
    });
  }

  /** Go back to what is said now. */
  close() {
    const { player } = this;
    if (!player) return;
    player.pause();
    this.player = undefined;
    this.bar.hidden = true;
    this.bar.replaceChildren();
    this.messages.play(undefined);
    this.on.opened(false);
  }

  /**
   * @param {KeyboardEvent} event
   * @returns {boolean} whether it was for the time machine.
   */
  pressed(event) {
    if (!this.player) return false;
    if (event.key === "Escape") {
      this.close();
      return true;
    }
    return this.player.pressed(event);
  }
}
