/**
 * The player: what is on record is shown as time goes on, in the rhythm in which it was said.
 *
 * It is the chat's page's and the exported page's. So it imports nothing, and asks its track what there is to show.
 * Times are milliseconds after the first record.
 *
 * @typedef {object} Track What is played.
 * @property {number} duration the time of the last record.
 * @property {number} some records that are shown in a frame at the highest speed.
 * @property {() => number} next the time of the first record that is not shown: Infinity after the last one, NaN if it
 *     is not here yet.
 * @property {(time: number) => number} play shows what comes until then, and returns how far that goes.
 * @property {(time: number) => void} seek shows what was said until then, and nothing after it.
 * @property {(count: number) => number} more shows so many further records, and returns the time of the last.
 * @property {(time: number) => string} clock a time in words.
 * @property {() => string} [count] how much is shown, in words.
 *
 * @typedef {object} Controls
 * @property {HTMLButtonElement} play
 * @property {HTMLInputElement} position a range from 0 to 1000.
 * @property {HTMLElement} clock
 * @property {HTMLElement} [count]
 * @property {HTMLSelectElement} speed is given its options.
 * @property {HTMLInputElement} skip whether long silences are shortened.
 *
 * @typedef {{play: string, pause: string, max: string}} Words
 */

export const SPEEDS = [1, 2, 5, 10, 30, 100, 1000];
/** The longest silence, as it is played. */
const LONGEST_SILENCE = 2_000;
/** So far go the arrows. */
const STEP = 10_000;
const PARTS = 1_000;

export class Player {
  /**
   * @param {Track} track
   * @param {Controls} controls
   * @param {Words} words
   * @param {(isPlaying: boolean) => void} [changed] something else is shown, or it has begun or stopped.
   */
  constructor(track, controls, words, changed = () => {}) {
    this.track = track;
    this.controls = controls;
    this.words = words;
    this.changed = changed;
    this.now = track.duration;
    this.playing = false;
    this.before = 0;
    const { play, position, speed } = controls;
    for (const each of SPEEDS) speed.append(new Option(`${each}\u00d7`, String(each)));
    speed.append(new Option(words.max, "max"));
    play.addEventListener("click", () => this.toggle());
    position.addEventListener("input", () => this.goTo((Number(position.value) / PARTS) * track.duration));
    /** @type {{[key: string]: () => void}} */
    this.keys = {
      " ": () => this.toggle(),
      ".": () => this.step(),
      "+": () => this.changeSpeed(1),
      "=": () => this.changeSpeed(1),
      "-": () => this.changeSpeed(-1),
      ArrowLeft: () => this.goTo(this.now - STEP),
      ArrowRight: () => this.goTo(this.now + STEP),
    };
  }

  /** Show in the controls how far it is. */
  draw() {
    const { track, controls, words, playing } = this;
    controls.clock.textContent = track.clock(this.now);
    if (controls.count && track.count) controls.count.textContent = track.count();
    controls.position.value = String(track.duration ? Math.round((this.now / track.duration) * PARTS) : PARTS);
    controls.position.setAttribute("aria-valuetext", controls.clock.textContent ?? "");
    // Where the button shows a sign, its words are a label.
    const told = playing ? words.pause : words.play;
    if (controls.play.children.length) controls.play.setAttribute("aria-label", told);
    else controls.play.textContent = told;
    controls.play.classList.toggle("playing", playing);
    this.changed(playing);
  }

  /** @param {number} time */
  goTo(time) {
    this.now = Math.min(this.track.duration, Math.max(0, time));
    this.track.seek(this.now);
    this.draw();
  }

  toggle() {
    if (this.playing) this.pause();
    else this.start();
  }

  start() {
    if (this.track.next() === Infinity) this.rewind(this.controls.speed.value === "max" ? -1 : 0);
    if (this.track.next() === Infinity) return;
    this.playing = true;
    this.draw();
    this.before = performance.now();
    requestAnimationFrame((moment) => this.frame(moment));
  }

  pause() {
    this.playing = false;
    this.draw();
  }

  /** Show one more record; after the last one, the first. */
  step() {
    this.pause();
    if (this.track.next() === Infinity) this.rewind(-1);
    if (Number.isFinite(this.track.next())) this.now = this.track.more(1);
    this.draw();
  }

  /** @param {number} time before 0 nothing is shown. */
  rewind(time) {
    this.now = 0;
    this.track.seek(time);
  }

  /** @param {number} by */
  changeSpeed(by) {
    const { speed } = this.controls;
    speed.selectedIndex = Math.min(speed.options.length - 1, Math.max(0, speed.selectedIndex + by));
  }

  /** @param {number} moment of the frame. */
  frame(moment) {
    if (!this.playing) return;
    this.advance(Math.max(0, moment - this.before));
    this.before = moment;
    if (this.track.next() === Infinity) this.pause();
    else requestAnimationFrame((next) => this.frame(next));
  }

  /** @param {number} passed milliseconds of the person's time. */
  advance(passed) {
    const { track, controls } = this;
    const next = track.next();
    // It is on its way.
    if (Number.isNaN(next)) return;
    if (controls.speed.value === "max") this.now = track.more(track.some);
    else {
      const speed = Number(controls.speed.value);
      let time = this.now + passed * speed;
      if (controls.skip.checked && next !== Infinity) time = Math.max(time, next - LONGEST_SILENCE * speed);
      this.now = track.play(Math.min(time, track.duration));
    }
    this.draw();
  }

  /**
   * Take a key, if it is one of the player's.
   *
   * @param {KeyboardEvent} event
   * @returns {boolean} whether it is.
   */
  pressed(event) {
    const { target, key } = event;
    // Who has pressed the button has the keys, but for those that press it again.
    const isHere = target === this.controls.play && key !== " ";
    const isElsewhere = target instanceof Element && target.closest("input, select, textarea, button, summary, a");
    if ((isElsewhere && !isHere) || event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return false;
    const act = Object.hasOwn(this.keys, key) ? this.keys[key] : undefined;
    if (!act) return false;
    event.preventDefault();
    act();
    return true;
  }
}
