// Stands behind the player that it shares with the chat's page. The page is whole without this. It only hides and shows rows: `hidden` is what has not happened yet where it
// is being played, the class `out` is what was not searched for. Lists in which all is hidden are so as a whole.
const element = (id) => document.getElementById(id);
const chat = element("chat");
const search = element("search");
const room = element("room");
const hits = element("hits");
const MOST_FRAMES = 120;
const AT_END = 60;

const lists = [];
const rows = [];
const days = [...chat.querySelectorAll("section")].map((section) => {
  const own = [...section.querySelectorAll("ol")].map((list) => {
    const first = rows.length;
    rows.push(...list.children);
    return { list, first, end: rows.length };
  });
  lists.push(...own);
  return { section, lists: own };
});

const once = (make) => {
  let made;
  return () => (made ??= make());
};
// Read when they are needed: the page is there at once.
const times = once(() => Float64Array.from(rows, (row) => Number(row.dataset.t)));
const texts = once(() => rows.map((row) => fold(contentOf(row))));

const isAway = ({ list }) => list.hidden || list.classList.contains("out");
const updateDays = () => {
  for (const day of days) day.section.hidden = day.lists.every(isAway);
};

// Finding.

const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const contentOf = (row) => [...row.children].slice(1).map((each) => each.textContent).join(" ");
const out = new Uint8Array(rows.length);
let wanted = "";
let found = 0;

const find = () => {
  wanted = fold(search.value.trim());
  const from = room.value;
  found = 0;
  for (const each of lists) {
    let some = false;
    for (let index = each.first; index < each.end; index++) {
      const row = rows[index];
      const isOut = (from && row.dataset.r !== from) || (wanted && !texts()[index].includes(wanted)) ? 1 : 0;
      if (isOut !== out[index]) row.classList.toggle("out", isOut === 1);
      out[index] = isOut;
      if (index < shown) found += 1 - isOut;
      some ||= !isOut;
    }
    each.list.classList.toggle("out", !some);
  }
  updateDays();
  tell();
  mark();
};

const tell = () => {
  const text = wanted || room.value ? hits.dataset.text.replace("{count}", String(found)) : "";
  if (hits.textContent !== text) hits.textContent = text;
};

// What was searched for is marked in what is near the view only.
const near = new Set();
const watcher = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) near[entry.isIntersecting ? "add" : "delete"](entry.target);
    if (wanted) mark();
  },
  { rootMargin: "100%" },
);
for (const { list } of lists) watcher.observe(list);

const mark = () => {
  if (!CSS.highlights) return;
  CSS.highlights.delete("hit");
  if (!wanted) return;
  const marks = new Highlight();
  for (const list of near) {
    for (const row of list.children) {
      if (!row.classList.contains("out")) for (const range of hitsIn(row)) marks.add(range);
    }
  }
  CSS.highlights.set("hit", marks);
};

function* hitsIn(row) {
  const walker = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentNode === row.firstChild) continue;
    // Where each character of the folded text comes from.
    let folded = "";
    const starts = [];
    let offset = 0;
    for (const character of node.data) {
      const piece = fold(character);
      for (let each = 0; each < piece.length; each++) starts.push(offset);
      folded += piece;
      offset += character.length;
    }
    starts.push(offset);
    for (let at = folded.indexOf(wanted); at >= 0; at = folded.indexOf(wanted, at + wanted.length)) {
      const range = document.createRange();
      range.setStart(node, starts[at]);
      range.setEnd(node, Math.max(starts[at + wanted.length], starts[at] + 1));
      yield range;
    }
  }
}

const findNothing = () => {
  search.value = "";
  room.value = "";
  find();
};

// Playing.

let shown = rows.length;
let following = true;
let height = 0;

const countAt = (moment) => {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times()[middle] <= moment) low = middle + 1;
    else high = middle;
  }
  return low;
};

const show = (count) => {
  const from = Math.min(shown, count);
  const to = Math.max(shown, count);
  for (const { list, first, end } of lists) {
    if (end < from || first > to) continue;
    list.hidden = first >= count;
    for (let index = first; index < end && !list.hidden; index++) rows[index].hidden = index >= count;
  }
  const sign = count > shown ? 1 : -1;
  for (let index = from; index < to; index++) found += sign * (1 - out[index]);
  shown = count;
  updateDays();
  tell();
};

const dayOf = (row) => row.closest("section").dataset.day;

const follow = () => {
  if (following) window.scrollTo(0, document.documentElement.scrollHeight);
};

const showAll = (count) => {
  show(count);
  follow();
};

/** @type {Track} */
const track = {
  duration: Number(element("position").dataset.duration),
  some: Math.ceil(rows.length / MOST_FRAMES),
  next: () => (shown < rows.length ? times()[shown] : Infinity),
  play: (time) => {
    showAll(countAt(time));
    return time;
  },
  seek: (time) => showAll(countAt(time)),
  more: (count) => {
    showAll(Math.min(rows.length, shown + count));
    return shown ? times()[shown - 1] : 0;
  },
  // The time that the last record tells, and what has passed since.
  clock: (time) => {
    if (!rows.length) return "";
    const index = Math.max(0, shown - 1);
    const row = rows[index];
    const moment = Date.parse(`${dayOf(row)}T${row.firstChild.textContent}Z`) + Math.max(0, time - times()[index]);
    return Number.isNaN(moment) ? "" : new Date(moment).toISOString().slice(0, 19).replace("T", " ");
  },
  count: () => `${shown} / ${rows.length}`,
};

const controls = Object.fromEntries(["play", "position", "clock", "count", "speed", "skip"].map((id) => [id, element(id)]));
const { play, pause } = controls.play.dataset;
let wasPlaying = false;
const player = new Player(track, controls, { play, pause, max: controls.speed.dataset.max }, (playing) => {
  hits.setAttribute("aria-live", playing ? "off" : "polite");
  following ||= playing && !wasPlaying;
  wasPlaying = playing;
});
// Before the player shows anything.
controls.position.addEventListener("input", () => (following = true), { capture: true });

// A link to a record shows it among all the others.
const goToTarget = () => {
  const row = element(location.hash.slice(1));
  if (!row || !chat.contains(row)) return;
  player.pause();
  following = false;
  findNothing();
  const index = rows.indexOf(row);
  if (index >= shown) player.goTo(times()[index]);
  row.scrollIntoView({ block: "center" });
};

const KEYS = { "/": () => search.focus(), Escape: findNothing };

document.addEventListener("keydown", (event) => {
  if (player.pressed(event) || !Object.hasOwn(KEYS, event.key)) return;
  const isHere = event.target.closest("input, select, button, summary, a");
  if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
  if (event.key === "Escape" ? event.target === room : isHere) return;
  event.preventDefault();
  KEYS[event.key]();
});

let waiting = 0;
search.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(find, 120);
});
room.addEventListener("change", find);
window.addEventListener("hashchange", goToTarget);
window.addEventListener(
  "scroll",
  () => {
    // Rows that come into view may be higher than was guessed: only who goes back has left the end.
    const end = document.documentElement.scrollHeight - window.innerHeight;
    following = window.scrollY >= end - AT_END || (following && window.scrollY >= height);
    height = window.scrollY;
  },
  { passive: true },
);
for (const form of document.forms) {
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
}

const writtenDay = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "full", timeZone: "UTC" });
for (const { section } of days) {
  const day = Date.parse(section.dataset.day);
  if (!Number.isNaN(day)) section.querySelector("time").textContent = writtenDay.format(day);
}
find();
player.draw();
goToTarget();
