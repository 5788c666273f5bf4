import assert from "node:assert/strict";
import { test } from "node:test";
import { complete } from "../../chatsimples/page/js/model/completion.js";
import { Drafts } from "../../chatsimples/page/js/model/drafts.js";
import { Emoji } from "../../chatsimples/page/js/model/emoji.js";
import { People } from "../../chatsimples/page/js/model/people.js";
import { explain, told } from "../../chatsimples/page/js/model/sentences.js";
import { address, mentions, pieces, visible } from "../../chatsimples/page/js/model/text.js";
import { Range, Timeline } from "../../chatsimples/page/js/model/timeline.js";
import { languageOf, setLanguage } from "../../chatsimples/page/js/model/words.js";
import { Shelf } from "../../chatsimples/page/js/core/storage/shelf.js";
import { record, Store } from "./fakes.mjs";

function entry(seq) {
  return { seq, at: "2026-11-22T15:00:00Z", own: false, record: record(seq, "message", { text: `m${seq}` }) };
}

function seqs(range) {
  return range.entries.map((each) => each.seq);
}

test("what is fetched from before joins the live range, and positions stay", () => {
  const timeline = new Timeline();
  timeline.begin(10);
  timeline.append(entry(12));
  const { live } = timeline;
  timeline.add(new Range(4, 10, [entry(5), entry(9)]));
  assert.deepEqual([[5, 9, 12], 12, 4], [seqs(live), live.at(0).seq, live.from]);
  assert.equal(1, timeline.ranges.length);
});

test("ranges with a gap between them stay apart until it is filled", () => {
  const timeline = new Timeline();
  timeline.begin(100);
  timeline.add(new Range(10, 20, [entry(15)]));
  assert.deepEqual([[15], []], timeline.ranges.map(seqs));
  assert.equal(undefined, timeline.rangeOf(50));
  timeline.add(new Range(18, 100, [entry(25), entry(60)]));
  assert.deepEqual([[15, 25, 60]], timeline.ranges.map(seqs));
  assert.equal(Infinity, timeline.ranges[0].to);
});

test("records that are here already are not there twice", () => {
  const timeline = new Timeline();
  timeline.begin(10);
  timeline.append(entry(12));
  assert.equal(false, timeline.append(entry(12)));
  timeline.add(new Range(5, 12, [entry(8), entry(12)]));
  assert.deepEqual([8, 12], seqs(timeline.live));
});

test("a text that was known before it was fetched is there once, in its place", () => {
  const timeline = new Timeline();
  timeline.begin(10);
  timeline.append(entry(6));
  timeline.append(entry(12));
  timeline.add(new Range(4, 10, [entry(5), entry(6), entry(9)]));
  assert.deepEqual([5, 6, 9, 12], seqs(timeline.live));
});

test("a long live range forgets its oldest records, and knows that they are missing", () => {
  const timeline = new Timeline();
  timeline.begin(0);
  for (let seq = 1; seq <= 1_200; seq++) timeline.append(entry(seq));
  assert.equal(true, timeline.live.complete);
  assert.equal(true, timeline.trim(100));
  assert.deepEqual([100, 1_101, false, 1_100], [
    timeline.live.entries.length, timeline.live.at(1_100).seq, timeline.live.complete, timeline.live.from,
  ]);
});

test("a text's links and the reader's nick are pieces of their own", () => {
  assert.deepEqual(
    [["text", "vê "], ["link", "https://x.org/a_(b)"], ["text", ", "], ["mention", "Ana"], ["text", "!"]],
    pieces("vê https://x.org/a_(b), Ana!", "ana").map(({ kind, text }) => [kind, text]),
  );
  assert.deepEqual([true, false, false, true], [
    mentions("olá ana.", "ana"), mentions("banana", "ana"), mentions("ana_b", "ana"), mentions("A.B: oi", "a.b"),
  ]);
});

test("only addresses of the web become links", () => {
  assert.deepEqual(["https://x.org/", undefined], [address("https://x.org"), address("javascript:alert(1)")]);
  assert.deepEqual(["text"], pieces("javascript:alert(1) data:text/html,x", "").map(({ kind }) => kind));
});

test("what can't be seen is shown as an escape", () => {
  assert.equal("a\\u202eb\\u200b❤️👨‍👩‍👧", visible("a\u202eb\u200b❤️👨‍👩‍👧"));
  assert.equal(`z${"\u0301".repeat(4)}…o`, visible(`z${"\u0301".repeat(9)}o`));
});

test("people are listed by role, and completed by who spoke last", () => {
  const people = new People();
  people.replace(["caio", "ana", "bia"], 5, { bia: "owner" });
  people.spoke("dora", 1_000);
  people.spoke("ana", 2_000);
  assert.deepEqual([["bia", "ana", "caio", "dora"], ["ana", "dora", "bia", "caio"], 5], [
    people.byRole(), people.byActivity(), people.count,
  ]);
  people.renamed("ana", "eva");
  people.left("caio");
  assert.deepEqual(["eva", "dora", "bia"], people.byActivity());
});

const emoji = new Emoji(async () => "❤️ heart coração_vermelho\n💙 blue_heart coração_azul\n");
await emoji.load();

function completed(text, more = {}) {
  const scope = { nicks: ["bia", "Élio"], rooms: ["geral", "turma"], language: "pt", emoji, ...more };
  return complete(text, text.length, scope).candidates.map((each) => each.text);
}

test("Tab completes people, rooms, commands, settings and emoji", () => {
  assert.deepEqual([["bia: "], ["bia "], ["Élio: "], ["#turma "], ["@bia "]], [
    completed("b"), completed("oi b"), completed("el"), completed("vai a #t"), completed("oi @b"),
  ]);
  assert.deepEqual([["/entrar "], ["/sair "], ["turma "], ["bia "], ["dono "], ["moderada "], ["sim ", "não "]], [
    completed("/en"), completed("/sai"), completed("/entrar t"), completed("/msg b"), completed("/papel bia d"),
    completed("/definir mod"), completed("/definir moderada "),
  ]);
  assert.deepEqual([["❤️", "💙"], []], [completed("que :cora"), completed("12:30:45")]);
});

test("a name between colons becomes its emoji", () => {
  assert.deepEqual({ start: 3, emoji: "❤️" }, emoji.before("oi :coracao_vermelho:", 21));
  assert.equal(undefined, emoji.before("std::heart:", 11));
});

test("an emoji table that could not be fetched is fetched again", async () => {
  let tries = 0;
  const late = new Emoji(async () => {
    if (++tries === 1) throw new Error("offline");
    return "❤️ heart\n";
  });
  await late.load();
  await late.load();
  assert.deepEqual([{ emoji: "❤️", name: "heart" }], late.find("he", 5));
});

test("drafts are kept by conversation, and never with a secret", () => {
  const store = new Store();
  const drafts = new Drafts(new Shelf(store));
  drafts.put("#geral", "olá");
  drafts.put("#turma", "/entrar sala segredo");
  assert.deepEqual(["olá", ""], ["#geral", "#turma"].map((key) => new Drafts(new Shelf(store)).get(key)));
});

test("the arrows bring back what was typed before, and then what stood there", () => {
  const drafts = new Drafts(new Shelf(new Store()));
  for (const line of ["um", "dois", "/login ana x"]) drafts.entered(line);
  assert.deepEqual(["dois", "um", undefined, "dois", "agora", undefined], [
    drafts.recall(1, "agora"), drafts.recall(1, "dois"), drafts.recall(1, "um"), drafts.recall(-1, "um"),
    drafts.recall(-1, "dois"), drafts.recall(-1, "agora"),
  ]);
});

test("people are told in their language", () => {
  setLanguage("pt");
  const join = record(1, "join", { nick: "bia", room: "geral" });
  const ban = record(2, "ban", { nick: "bia", room: "geral", by: "ana", text: "{nick} fora" });
  assert.deepEqual(
    ["bia entrou em #geral", "ana baniu bia de #geral: {nick} fora", "não há ninguém com o apelido rui"],
    [told(join, false), told(ban, false), explain({ code: "no_such_nick", detail: { nick: "rui" } })],
  );
  setLanguage("en");
  assert.deepEqual(
    ["bia has entered #geral", "who knows"], [told(join, false), explain({ code: "new_code", text: "who knows" })],
  );
});

test("the language is the browser's first that is known, or the one that was chosen", () => {
  assert.deepEqual(["pt", "en", "en", "pt"], [
    languageOf("auto", ["fr", "pt-BR", "en"]), languageOf("auto", ["en-GB", "pt"]), languageOf("auto", ["fr"]),
    languageOf("pt", ["en"]),
  ]);
});
