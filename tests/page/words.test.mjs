import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { KEYS } from "../../chatsimples/page/js/model/help.js";
import { PORTUGUESE as OF_PROGRAM } from "../../chatsimples/page/words/program.js";
import { PORTUGUESE as OF_PAGE } from "../../chatsimples/page/words/pt.js";

const JS = join(dirname(fileURLToPath(import.meta.url)), "../../chatsimples/page/js");
const sources = readdirSync(JS, { recursive: true }).filter((name) => name.endsWith(".js"));
const said = new Set(KEYS.map(([, meaning]) => meaning));
for (const name of sources) {
  for (const [, text] of readFileSync(join(JS, name), "utf8").matchAll(/\bt\(\s*"((?:[^"\\]|\\.)*)"/g)) said.add(text);
}

test("every text that the page says is there in Portuguese", () => {
  assert.deepEqual([], [...said].filter((text) => !(text in OF_PAGE) && !(text in OF_PROGRAM)));
});

test("every text in the page's own table is said by it, and not by the rest of the program", () => {
  assert.deepEqual([], Object.keys(OF_PAGE).filter((text) => !said.has(text) || text in OF_PROGRAM));
});

test("a translation has the placeholders of its text", () => {
  const names = (text) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
  const all = Object.entries({ ...OF_PROGRAM, ...OF_PAGE });
  assert.deepEqual([], all.filter(([text, told]) => names(text).join() !== names(told).join()).map(([text]) => text));
});
