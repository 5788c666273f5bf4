/**
 * A plot: what something was over the last minutes, as lines, with what it is now in words.
 *
 * @typedef {object} Line
 * @property {string} name "" for the only one.
 * @property {number[]} values from the oldest on; NaN where there is none.
 */

import { h, setAttribute, setText } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 300;
const HEIGHT = 90;
/** More lines can't be told from each other. */
const MOST_LINES = 5;

export class Plot {
  /**
   * @param {(value: number) => string} tell a value in words.
   * @param {number} least what the scale reaches at least.
   */
  constructor(tell, least) {
    this.tell = tell;
    this.least = least;
    this.title = h("h3", {});
    this.value = h("strong", {});
    this.scale = h("span", { class: "scale", "aria-hidden": "true" });
    this.legend = h("p", { class: "legend" });
    this.svg = document.createElementNS(SVG, "svg");
    this.svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    this.svg.setAttribute("preserveAspectRatio", "none");
    this.svg.setAttribute("role", "img");
    this.area = this.path("area");
    this.lines = Array.from({ length: MOST_LINES }, (_, index) => this.path(`trace trace${index}`));
    this.element = h("section", { class: "plot" }, h("div", { class: "top" }, this.title, this.value), h("div", { class: "drawing" }, this.svg, this.scale), this.legend);
  }

  /** @param {string} name */
  path(name) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", name);
    this.svg.append(path);
    return path;
  }

  /**
   * @param {string} title
   * @param {Line[]} lines
   * @param {number} most how many values there is room for.
   * @param {{note?: string, now?: number}} [told] what stands below, and what it is now, if that is not the first line's.
   */
  draw(title, lines, most, { note = "", now = lines[0]?.values.at(-1) ?? NaN } = {}) {
    const shown = lines.slice(0, MOST_LINES);
    const top = nice(Math.max(this.least, ...shown.flatMap((line) => line.values.filter(Number.isFinite))));
    const [first] = shown;
    setText(this.title, title);
    setText(this.value, Number.isNaN(now) ? "–" : this.tell(now));
    setText(this.scale, this.tell(top));
    this.lines.forEach((path, index) => path.setAttribute("d", outline(shown[index]?.values ?? [], most, top)));
    this.area.setAttribute("d", shown.length === 1 && first ? filled(first.values, most, top) : "");
    const names = shown.filter((line) => line.name);
    if (names.length) {
      const keys = names.map((line, index) => h("span", {}, h("i", { class: `key key${index}` }), `${line.name} `, h("b", {}, this.told(line))));
      this.legend.replaceChildren(...keys, note);
    } else setText(this.legend, note);
    setAttribute(this.svg, "aria-label", `${title}: ${shown.map((line) => `${line.name} ${this.told(line)}`.trim()).join(", ")}`);
  }

  /** @param {Line} line */
  told(line) {
    const value = line.values.at(-1) ?? NaN;
    return Number.isNaN(value) ? "–" : this.tell(value);
  }
}

/**
 * Return the next number that a scale can end with.
 *
 * @param {number} value
 */
export function nice(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return (([1, 2, 5].find((each) => each * power >= value) ?? 10) * power);
}

/**
 * @param {number[]} values
 * @param {number} most
 * @param {number} top
 */
function outline(values, most, top) {
  let told = "";
  let isOn = false;
  values.forEach((value, index) => {
    if (Number.isNaN(value)) isOn = false;
    else {
      told += `${isOn ? "L" : "M"}${placeOf(index, values.length, most)} ${(HEIGHT - (value / top) * (HEIGHT - 2) - 1).toFixed(1)}`;
      isOn = true;
    }
  });
  return told;
}

/**
 * @param {number[]} values
 * @param {number} most
 * @param {number} top
 */
function filled(values, most, top) {
  const first = values.findIndex((value) => !Number.isNaN(value));
  if (first < 0) return "";
  const known = values.slice(first).map((value) => (Number.isNaN(value) ? 0 : value));
  const begin = placeOf(0, known.length, most);
  return `${outline(known, most, top)}L${WIDTH} ${HEIGHT}L${begin} ${HEIGHT}Z`;
}

/**
 * @param {number} index
 * @param {number} length
 * @param {number} most
 */
function placeOf(index, length, most) {
  return (WIDTH - ((length - 1 - index) * WIDTH) / (most - 1)).toFixed(1);
}
