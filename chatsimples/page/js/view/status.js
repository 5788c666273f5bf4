/**
 * How the server does, for its admins: live plots of what it says of itself each second. It stands at `/status`.
 *
 * @import {Dialogue} from "../model/dialogue.js"
 * @import {Sample, ServerStatus} from "../model/server_status.js"
 */

import { language, t } from "../model/words.js";
import { Dialog } from "./dialogs.js";
import { h, setText } from "./dom.js";
import { Plot } from "./plot.js";

const EVERY = 1_000;
/** At first the plots have room for a minute. */
const FEW = 60;
const PATH = /\/status$/;

export class StatusDialog extends Dialog {
  /** @param {() => Dialogue | undefined} dialogue */
  constructor(dialogue) {
    super("status-dialog");
    this.dialogue = dialogue;
    this.facts = h("p", { class: "facts" });
    this.problem = h("p", { class: "problem", hidden: true });
    this.records = new Plot(number, 1);
    this.deliveries = new Plot(number, 1);
    this.connections = new Plot(number, 1);
    this.turns = new Plot((value) => `${number(value)} ms`, 1);
    this.backlog = new Plot(bytes, 1024);
    this.memory = new Plot(bytes, 1 << 20);
    this.plots = h(
      "div", { class: "plots" },
      ...[this.records, this.deliveries, this.connections, this.turns, this.backlog, this.memory].map((each) => each.element),
    );
    this.body.append(this.facts, this.problem, this.plots);
    this.element.addEventListener("close", () => this.closed());
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.timer = undefined;
    /** @type {ServerStatus | undefined} */
    this.status = undefined;
  }

  /** Whether the address names it. */
  get isWanted() {
    return PATH.test(location.pathname);
  }

  translate() {
    super.translate();
    setText(this.title, t("How the server does"));
    setText(this.problem, t("Only admins of the server see this."));
    if (this.element.open) this.draw();
  }

  show() {
    if (!this.isWanted) history.pushState(null, "", `status${location.hash}`);
    if (this.element.open) return;
    this.element.showModal();
    this.timer = setInterval(() => this.poll(), EVERY);
    this.poll();
    this.draw();
  }

  poll() {
    const status = this.dialogue()?.status;
    if (document.hidden || !status) return;
    if (status !== this.status) {
      this.status = status;
      status.changed = () => this.draw();
    }
    status.poll();
  }

  closed() {
    clearInterval(this.timer);
    if (this.isWanted) history.replaceState(null, "", `./${location.hash}`);
  }

  draw() {
    const samples = this.status?.samples ?? [];
    const last = samples.at(-1);
    const isRefused = this.status?.isRefused ?? false;
    this.problem.hidden = !isRefused;
    this.plots.hidden = isRefused;
    if (!last || !this.element.open) return;
    const { status } = last;
    const most = Math.max(FEW, samples.length);
    const facts = { time: duration(status.uptime), records: number(status.seq), connections: number(total(status.connections)) };
    setText(this.facts, t("up for {time} · records: {records} · connections: {connections}", facts));
    const of = (/** @type {(sample: Sample) => number} */ value) => samples.map(value);
    const one = (/** @type {(sample: Sample) => number} */ value) => [{ name: "", values: of(value) }];
    this.records.draw(t("Records a second"), one((each) => each.records), most);
    const rate = Number.isNaN(last.bytes) ? "–" : bytes(last.bytes);
    this.deliveries.draw(t("Deliveries a second"), one((each) => each.deliveries), most, { note: t("{bytes} a second", { bytes: rate }) });
    const dialects = [...new Set(samples.flatMap((each) => Object.keys(each.status.connections)))].sort();
    const lines = dialects.map((name) => ({ name, values: of((each) => each.status.connections[name] ?? 0) }));
    this.connections.draw(t("Connections"), lines, most, { now: total(status.connections) });
    const busy = Number.isNaN(last.busy) ? "–" : `${number(last.busy * 100)} %`;
    this.turns.draw(
      t("Turns of the loop"), [{ name: "p99", values: of((each) => each.p99) }, { name: "p50", values: of((each) => each.p50) }],
      most, { note: t("busy {share}", { share: busy }) },
    );
    this.backlog.draw(
      t("Waiting"),
      [
        { name: t("for slow readers"), values: of((each) => each.status.backlog) },
        { name: t("to be decided"), values: of((each) => each.status.queue) },
      ], most,
    );
    this.memory.draw(t("Memory"), one((each) => each.status.rss), most, { note: t("connections that catch up: {number}", { number: status.catching_up }) });
  }
}

/** @param {{[name: string]: number}} counts */
function total(counts) {
  return Object.values(counts).reduce((sum, each) => sum + each, 0);
}

/** @param {number} value */
function number(value) {
  const digits = Math.abs(value) < 10 ? 1 : 0;
  return value.toLocaleString(language() === "pt" ? "pt-BR" : "en-GB", { maximumFractionDigits: value < 1 ? 2 : digits });
}

/** @param {number} value */
function bytes(value) {
  const units = ["B", "kB", "MB", "GB"];
  let unit = 0;
  for (; value >= 1_000 && unit < units.length - 1; unit++) value /= 1_000;
  return `${number(value)} ${units[unit]}`;
}

/** @param {number} seconds */
function duration(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return `${Math.floor(seconds)} s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : t("{number} days", { number: Math.floor(hours / 24) });
}
