/**
 * Elements, made without markup: what others wrote only ever becomes text.
 *
 * @typedef {Node | string | number | undefined | null | false} Child
 */

/**
 * Make an element.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {{[name: string]: unknown}} [properties] attributes; with `on…` functions that listen; `class`; `dataset`.
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (name === "dataset") Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) {
    if (child !== undefined && child !== null && child !== false) element.append(nodeOf(child));
  }
  return element;
}

/** @param {Node | string | number} child */
function nodeOf(child) {
  return child instanceof Node ? child : document.createTextNode(String(child));
}

/**
 * Set an element's text, if it is another one.
 *
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Set an attribute, if it has another value.
 *
 * @param {Element} element
 * @param {string} name
 * @param {string | undefined} value undefined takes it away.
 */
export function setAttribute(element, name, value) {
  if (value === undefined) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/**
 * Make a list's children those of these keys, in this order; those that are there stay, with their focus.
 *
 * @template T
 * @param {Element} list
 * @param {T[]} items
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => HTMLElement} make
 * @param {(element: HTMLElement, item: T) => void} update
 */
export function reconcile(list, items, keyOf, make, update) {
  const old = new Map(Array.from(list.children, (each) => [/** @type {HTMLElement} */ (each).dataset.key, each]));
  let place = list.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let element = /** @type {HTMLElement | undefined} */ (old.get(key));
    if (element) old.delete(key);
    else {
      element = make(item);
      element.dataset.key = key;
    }
    update(element, item);
    if (element === place) place = place.nextElementSibling;
    else list.insertBefore(element, place);
  }
  for (const element of old.values()) element.remove();
}
