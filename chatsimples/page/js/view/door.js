/**
 * The door: who are you? A nick, or an account and its password.
 *
 * @import {Session} from "../model/session.js"
 */

import { visible } from "../model/text.js";
import { t } from "../model/words.js";
import { h, setAttribute, setText } from "./dom.js";
import { sign } from "./icons.js";

export class Door {
  /**
   * @param {Session} session
   * @param {() => string} room which room the address names; "" for none.
   */
  constructor(session, room) {
    this.session = session;
    this.room = room;
    this.title = h("h1", {}, "ChatSimples");
    this.lead = h("p", { class: "lead" });
    this.nick = h("input", { id: "door-nick", name: "nick", type: "text", autocomplete: "nickname", autocapitalize: "off", spellcheck: "false", maxlength: "64" });
    this.account = h("input", { id: "door-account", name: "username", type: "text", autocomplete: "username", autocapitalize: "off", spellcheck: "false", maxlength: "64" });
    this.password = h("input", { id: "door-password", name: "password", type: "password", autocomplete: "current-password", maxlength: "1024" });
    this.register = h("input", { id: "door-register", type: "checkbox" });
    this.nickLabel = h("label", { for: "door-nick" });
    this.accountLabel = h("label", { for: "door-account" });
    this.passwordLabel = h("label", { for: "door-password" });
    this.registerLabel = h("label", { for: "door-register" });
    this.problem = h("p", { class: "problem", role: "alert" });
    this.clear = h("p", { class: "clear" });
    this.summary = h("summary", {});
    this.login = h(
      "details", { class: "login" }, this.summary,
      this.accountLabel, this.account, this.passwordLabel, this.password,
      h("div", { class: "check" }, this.register, this.registerLabel), this.clear,
    );
    this.enter = h("button", { class: "main", type: "submit" });
    this.recorded = h("p", { class: "small" });
    this.element = h(
      "main", { class: "door" },
      h(
        "form", { class: "card", onsubmit: (/** @type {Event} */ event) => this.submitted(event) },
        sign(), this.title, this.lead, this.problem, this.nickLabel, this.nick, this.login, this.enter, this.recorded,
      ),
    );
    this.nick.value = session.lastNick;
    this.account.value = session.lastAccount;
    this.login.open = session.lastAccount !== "";
    this.asked = "";
  }

  translate() {
    const room = this.room();
    setText(this.lead, room ? t("You are invited to {room}. What do people call you?", { room: `#${visible(room)}` }) : t("What do people call you?"));
    setText(this.nickLabel, t("Nick"));
    setText(this.summary, t("I have an account"));
    setText(this.accountLabel, t("Account"));
    setText(this.passwordLabel, t("Password"));
    setText(this.registerLabel, t("make this account now"));
    setText(this.enter, t("Enter"));
    setText(this.recorded, t("Everything that is said here is recorded, private messages too."));
    const isClear = location.protocol === "http:" && !["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
    setText(this.clear, isClear ? t("This page came without TLS: the password can be read on its way.") : "");
  }

  /** Show what is asked for, and why. */
  update() {
    const { what, why } = this.session.wanted;
    const asked = `${what} ${why}`;
    setText(this.problem, why);
    if (asked === this.asked) return;
    this.asked = asked;
    if (what === "login") this.login.open = true;
    this.password.value = "";
    this.enter.disabled = false;
    this.focus();
  }

  focus() {
    const wanted = this.session.wanted.what === "login" || this.login.open ? (this.account.value ? this.password : this.account) : this.nick;
    setAttribute(this.nick, "aria-invalid", this.session.wanted.why && wanted === this.nick ? "true" : undefined);
    wanted.focus();
    if (wanted === this.nick) this.nick.select();
  }

  /** @param {Event} event */
  submitted(event) {
    event.preventDefault();
    const account = this.login.open ? this.account.value.trim() : "";
    const password = this.login.open ? this.password.value : "";
    const nick = this.nick.value.trim() || account;
    if (!nick) {
      this.nick.focus();
      return;
    }
    const login = account || password ? { account, password, register: account !== "" && this.register.checked } : undefined;
    // The same answer to another try is told again.
    this.asked = "";
    this.session.wanted = { what: "nick", why: "" };
    // Who comes as an account is called as it is, unless they say otherwise.
    void this.session.enter({ nick: account && nick === this.session.lastNick ? account : nick, login }, this.room());
  }
}
