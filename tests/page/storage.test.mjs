import assert from "node:assert/strict";
import { test } from "node:test";
import { KeptTexts } from "../../chatsimples/page/js/core/storage/kept_texts.js";
import { MOST, PrivateRecords } from "../../chatsimples/page/js/core/storage/private_records.js";
import { ReadMarkers } from "../../chatsimples/page/js/core/storage/read_markers.js";
import { Shelf } from "../../chatsimples/page/js/core/storage/shelf.js";
import { Database, record, Store } from "./fakes.mjs";

function said(text, id) {
  return { type: "message", id, room: "geral", text };
}

test("a text is there for the next page, in order, until it is answered", async () => {
  const [store, database] = [new Store(), new Database()];
  const first = new KeptTexts(new Shelf(store), database);
  await first.load("");
  for (const [text, id] of [["um", "a"], ["dois", "b"], ["três", "c"]]) first.keep(said(text, id));
  first.forget("b");
  await first.written;
  const next = new KeptTexts(new Shelf(store), database);
  assert.deepEqual(["um", "três"], (await next.load("")).map((each) => each.text));
  next.forget("a");
  next.forget("c");
  await next.written;
  assert.deepEqual([[], 0], [await new KeptTexts(new Shelf(store), database).load(""), store.length]);
});

test("a text is kept though the page ends before the database has written it", async () => {
  const [store, database] = [new Store(), new Database()];
  const first = new KeptTexts(new Shelf(store), database);
  await first.load("");
  database.held = true;
  first.keep(said("um", "a"));
  database.held = false;
  assert.deepEqual(["um"], (await new KeptTexts(new Shelf(store), database).load("")).map((each) => each.text));
});

test("an account's texts are said as that account only", async () => {
  const [store, database] = [new Store(), new Database()];
  const texts = new KeptTexts(new Shelf(store), database);
  await texts.load("ana");
  texts.keep(said("um", "a"));
  assert.deepEqual([[], ["um"]], [await texts.load(""), (await texts.load("ana")).map((each) => each.text)]);
});

test("where nothing can be stored the page goes on", () => {
  const shelf = new Shelf({
    length: 0, key: () => null, getItem: () => null, removeItem() {},
    setItem() {
      throw new Error("full");
    },
  });
  shelf.put("nick", "ana");
  assert.equal("ana", shelf.get("nick"));
});

test("what is stored and not readable is not there", () => {
  const store = new Store();
  store.setItem("chatsimples.nick", "{");
  assert.equal(undefined, new Shelf(store).get("nick"));
});

test("private records are kept up to a number, and those of another log forgotten", async () => {
  const database = new Database();
  const kept = new PrivateRecords(database);
  for (let seq = 1; seq <= MOST + 3; seq++) kept.keep("L", { record: record(seq, "message", { to: "bia" }), own: true });
  await kept.written;
  const loaded = await new PrivateRecords(database).load("L");
  assert.deepEqual([MOST, 4], [loaded.length, loaded[0].record.seq]);
  const other = new PrivateRecords(database);
  assert.deepEqual([], await other.load("M"));
  await other.written;
  assert.equal(0, database.tables.private.size);
});

test("a read marker never goes backwards, and is worth nothing in another log", () => {
  const markers = new ReadMarkers(new Shelf(new Store()));
  markers.put("L", [{ room: "Geral", seq: 9, at: "t9" }]);
  markers.put("L", [{ room: "geral", seq: 3, at: "t3" }]);
  assert.deepEqual([{ seq: 9, at: "t9" }, undefined], [markers.get("L", "GERAL"), markers.get("M", "geral")]);
});
