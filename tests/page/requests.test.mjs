import assert from "node:assert/strict";
import { test } from "node:test";
import { heardKey, nickColour } from "../../chatsimples/page/js/core/names.js";
import { holdsSecret, parseLines } from "../../chatsimples/page/js/core/requests/parser.js";
import { Refusal } from "../../chatsimples/page/js/core/requests/refusal.js";

const LIMITS = { max_line: 16_384, max_text: 20, max_name: 32 };

function parsed(line) {
  return parseLines(line, LIMITS);
}

function refused(line) {
  try {
    parsed(line);
  } catch (error) {
    assert.ok(error instanceof Refusal);
    return error.code;
  }
  return "";
}

test("each command is the same in both languages", () => {
  for (const [one, other] of [
    ["/entrar turma abre", "/join #turma abre"], ["/deixar", "/leave"], ["/conversa ana", "/query @ana"],
    ["/quem", "/who"], ["/salas", "/rooms"], ["/apelido bia", "/nick bia"], ["/ajuda salas", "/help rooms"],
    ["/historico 5", "/history 5"], ["/sair", "/quit"], ["/topico x", "/topic x"], ["/convidar bia", "/invite bia"],
    ["/papel bia dono", "/role bia owner"], ["/definir moderada sim", "/set moderated=on"],
    ["/expulsar bia já", "/kick bia já"], ["/banir bia 10m x", "/ban @bia 10m x"], ["/desbanir bia", "/unban bia"],
    ["/calar bia 1h", "/mute bia 1h"], ["/descalar bia", "/unmute bia"], ["/estado", "/status"],
  ]) {
    assert.deepEqual(parsed(one), parsed(other), one);
  }
});

test("what governs becomes a command with its room, the one in front, or the whole server", () => {
  const asked = (line) => parsed(line)[0].command;
  assert.deepEqual({ type: "ban", room: "", nick: "bia", seconds: 600, text: "fora" }, asked("/banir bia 10m fora"));
  assert.deepEqual({ type: "ban", room: "sala", account: "bia", seconds: 0 }, asked("/banir #sala conta:bia"));
  assert.deepEqual({ type: "mute", nick: "bia", seconds: -1 }, asked("/descalar * bia"));
  assert.deepEqual({ type: "topic", room: "", text: "" }, asked("/topico -"));
  assert.deepEqual(
    { type: "set", room: "", settings: { moderated: true, limit: 20, members_only_history: false, key: "" } },
    asked("/definir moderada sim limite 20 historico-de-membros=nao chave -"),
  );
});

test("history is asked for by a number, or by a day that begins at midnight here", () => {
  assert.deepEqual([{ type: "history", limit: 5 }], parsed("/historico 5"));
  assert.deepEqual([{ type: "visit", at: new Date(2026, 10, 29).toISOString() }], parsed("/historico 2026-11-29"));
  for (const typed of ["/historico 2026-02-30", "/historico 2026-13-01", "/historico 29-11-2026"]) {
    assert.equal("bad_request", refused(typed), typed);
  }
});

test("a text is a text, also one that begins with two slashes", () => {
  assert.deepEqual([{ type: "say", text: "/olá" }], parsed("//olá"));
  assert.deepEqual([{ type: "private", to: "bia", text: "só para ti" }], parsed("/msg bia só para ti"));
});

test("what somebody does is said as that, and what they tell of themselves is no text", () => {
  const asked = (line) => parsed(line)[0].command;
  assert.deepEqual([{ type: "say", text: "acena", kind: "action" }], parsed("/eu acena"));
  assert.deepEqual(["action", "action"], parsed("/me acena\nsorri").map((each) => each.kind));
  assert.deepEqual({ type: "away", text: "almoço" }, asked("/ausente almoço"));
  assert.deepEqual({ type: "away", text: "" }, asked("/away"));
  assert.deepEqual({ type: "setname", realname: "Ana Lima" }, asked("/nome Ana Lima"));
  assert.deepEqual({ type: "announcement", text: "#1 já volto" }, asked("/anunciar #1 já volto"));
  assert.equal("bad_request", refused("/anunciar"));
  assert.equal("bad_text", refused("/eu"));
});

test("several lines are several texts, and go where the first goes", () => {
  assert.deepEqual(["a", "b"], parsed("a\n\nb").map((each) => each.text));
  assert.deepEqual(["bia", "bia"], parsed("/msg bia a\r\n/b").map((each) => each.to));
  assert.equal("bad_request", refused("/quem\nolá"));
});

test("what can't be sent is refused before it is", () => {
  assert.deepEqual(
    ["text_too_long", "bad_text", "bad_text", "unknown_command", "bad_request", "bad_request", "bad_request"],
    ["á".repeat(11), "a\u202eb", "a\u0007", "/nada", "/papel bia rei", "/definir x 1", "/historico 0"].map(refused),
  );
});

test("lines with a key or a password are told from others", () => {
  assert.deepEqual(
    [true, true, true, false, false, false],
    ["/entrar sala abre", "/set key x", "/login ana x", "/entrar sala", "//login x", "olá"].map(holdsSecret),
  );
});

test("names that differ in case are the same, and have the terminal's colour", () => {
  assert.equal(heardKey("JOSÉ"), heardKey("jose\u0301"));
  assert.deepEqual([9, 1, 9, 8, 3], ["ana", "bia", "Ana", "José", "visitante-12"].map(nickColour));
});
