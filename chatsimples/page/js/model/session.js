/**
 * A person's session with the chat: who they are, their connection, their conversations, and what of it outlives the
 * page. The views look at it, and tell it what the person does.
 *
 * @import {CoreEvent, Rejected} from "../core/core.js"
 * @import {LinkState, World} from "../core/link.js"
 * @import {Login, Position} from "../core/protocol.js"
 * @import {Database} from "../core/storage/database.js"
 * @import {Shelf} from "../core/storage/shelf.js"
 * @import {Observer} from "./inbox.js"
 *
 * @typedef {object} Identity As whom somebody comes in.
 * @property {string} nick
 * @property {Login} [login]
 *
 * @typedef {object} Wanted What the door asks for.
 * @property {"nick" | "login"} what
 * @property {string} why in words; "" at first.
 *
 * @typedef {"door" | "chat" | "elsewhere" | "dismissed"} Place door: who are you?; elsewhere: another tab has the
 *     connection; dismissed: the server does not want this client.
 */

import { Core } from "../core/core.js";
import { Link } from "../core/link.js";
import { DEFAULT_ROOM, heardKey } from "../core/names.js";
import { KeptTexts } from "../core/storage/kept_texts.js";
import { PrivateRecords } from "../core/storage/private_records.js";
import { ReadMarkers } from "../core/storage/read_markers.js";
import { Tabs } from "../core/tabs.js";
import { Conversations } from "./conversations.js";
import { Dialogue } from "./dialogue.js";
import { Drafts } from "./drafts.js";
import { Preferences } from "./preferences.js";
import { explain } from "./sentences.js";
import { t } from "./words.js";

/** A session that was away for so long begins anew: what was said meanwhile is in the history. */
const AWAY = 600_000;
const MOST_ROOMS_KEPT = 50;

export class Session {
  /**
   * @param {object} parts
   * @param {World} parts.world
   * @param {Shelf} parts.shelf
   * @param {Database} parts.database
   * @param {ConstructorParameters<typeof Tabs>[0]} parts.channel
   * @param {Observer} parts.observer
   * @param {() => boolean} parts.isLookedAt whether the person looks at this page.
   */
  constructor({ world, shelf, database, channel, observer, isLookedAt }) {
    this.world = world;
    this.shelf = shelf;
    this.observer = observer;
    this.isLookedAt = isLookedAt;
    this.preferences = new Preferences(shelf);
    this.drafts = new Drafts(shelf);
    this.texts = new KeptTexts(shelf, database);
    this.privateRecords = new PrivateRecords(database);
    this.markers = new ReadMarkers(shelf);
    this.tabs = new Tabs(channel, {
      taken: () => this.taken(), yielded: () => void this.othersYielded(), gone: () => this.othersGone(),
    });
    /** @type {Place} */
    this.place = "door";
    /** @type {Wanted} */
    this.wanted = { what: "nick", why: "" };
    /** Why the server does not want this client. */
    this.dismissal = "";
    /** @type {Core | undefined} */
    this.core = undefined;
    /** @type {Link | undefined} */
    this.link = undefined;
    /** @type {Dialogue | undefined} */
    this.dialogue = undefined;
  }

  /** @returns {LinkState} */
  get linkState() {
    return this.link?.state ?? "idle";
  }

  /** The nick of last time; "" for none. */
  get lastNick() {
    const nick = this.shelf.get("nick");
    return typeof nick === "string" ? nick : "";
  }

  /** The account of last time; "" for a guest. */
  get lastAccount() {
    const account = this.shelf.get("account");
    return typeof account === "string" ? account : "";
  }

  /**
   * Go on where the last page stopped, if that was as a guest who has not left: an account needs its password.
   *
   * @param {string} room to enter too; "" for none.
   */
  async resume(room) {
    if (!this.shelf.get("inside") || !this.lastNick || this.lastAccount) return;
    await this.enter({ nick: this.lastNick }, room);
  }

  /**
   * Come in.
   *
   * @param {Identity} identity
   * @param {string} [room] to enter beside those of last time.
   */
  async enter({ nick, login }, room = "") {
    if (this.core && this.link) {
      // The server has refused the first hello: it hears another one.
      this.link.stop();
    }
    const account = login?.account ?? "";
    // Before anything new can be said: what an earlier page could not say comes first.
    const texts = await this.texts.load(account);
    const kept = this.shelf.get(`session.${account}`) ?? {};
    const rooms = this.roomsToEnter(room);
    const core = new Core({
      nick, rooms, login,
      session: typeof kept.secret === "string" ? kept.secret : "",
      identity: typeof kept.identity === "string" ? kept.identity : "",
      position: this.positionOf(account),
      keeper: this.texts,
    });
    const conversations = new Conversations(rooms);
    this.core = core;
    this.dialogue = new Dialogue({
      core, conversations, markers: this.markers, kept: this.privateRecords, preferences: this.preferences,
      observer: this.observer,
      isLookedAt: () => this.place === "chat" && this.isLookedAt(),
      send: () => this.link?.flush(),
      quit: () => this.quit(),
    });
    const front = room && conversations.find({ room });
    if (front) conversations.show(front);
    const link = new Link(core, this.world, {
      received: (events) => this.received(link, events),
      changed: () => this.observer.changed("state"),
    });
    this.link = link;
    this.shelf.put("nick", nick || account);
    this.shelf.put("account", account || undefined);
    this.become("chat");
    this.tabs.take();
    core.restore(texts);
    link.start();
  }

  /** @param {string} room */
  roomsToEnter(room) {
    const kept = this.shelf.get("rooms");
    const rooms = Array.isArray(kept) ? kept.filter((each) => typeof each === "string") : [];
    const all = rooms.length ? rooms : [DEFAULT_ROOM];
    if (room && !all.some((each) => heardKey(each) === heardKey(room))) all.push(room);
    return all;
  }

  /**
   * @param {string} account
   * @returns {Position | undefined} where an earlier page of this session stopped, if that is not long ago.
   */
  positionOf(account) {
    const kept = this.shelf.get("position");
    const isFresh = kept?.account === account && this.world.now() - kept.when < AWAY;
    return isFresh && kept.log && kept.seq ? { log: kept.log, seq: kept.seq } : undefined;
  }

  /**
   * @param {Link} link
   * @param {CoreEvent[]} events
   */
  received(link, events) {
    for (const event of events) {
      // An event before may have been the end.
      if (this.link !== link || this.place !== "chat") return;
      if (event.type === "nick" || event.type === "login") this.rejected(event);
      else if (event.type === "dismissed") this.dismissed(event);
      else {
        if (event.type === "welcomed") this.welcomed();
        this.dialogue?.received(event);
        if (event.type === "record" && event.own) this.keepIdentity();
      }
    }
    link.flush();
  }

  welcomed() {
    this.shelf.put("inside", true);
    this.keepIdentity();
  }

  /** Write down who this is, and where. */
  keepIdentity() {
    const { core } = this;
    if (!core?.registered) return;
    const account = core.login?.account ?? "";
    this.shelf.put(`session.${account}`, { secret: core.session, identity: core.identity });
    this.shelf.put("nick", core.nick);
    this.shelf.put("rooms", core.rooms.slice(0, MOST_ROOMS_KEPT));
  }

  /** Write down where the page has come to: it may end now. */
  keepPlace() {
    const { core, dialogue } = this;
    if (!core || this.place !== "chat") return;
    dialogue?.keepMarkers();
    if (core.position && core.welcomedBefore) {
      const account = core.login?.account ?? "";
      this.shelf.put("position", { ...core.position, when: this.world.now(), account });
    }
  }

  /** @param {Rejected} event */
  rejected(event) {
    // Who comes in again under another nick goes on from here.
    this.keepPlace();
    this.link?.stop();
    this.wanted = { what: event.type === "nick" ? "nick" : "login", why: explain(event) };
    this.become("door");
  }

  /** @param {Rejected} event */
  dismissed(event) {
    this.keepPlace();
    this.link?.stop();
    if (event.code === "replaced") {
      this.become("elsewhere");
      return;
    }
    this.dismissal = explain(event);
    this.become("dismissed");
  }

  /** Leave the chat; nothing of this person stays in this browser but the nick. */
  quit() {
    this.core?.bye();
    this.link?.flush();
    const account = this.core?.login?.account ?? "";
    const unsaid = [...(this.core?.unconfirmed ?? []), ...(this.dialogue?.postponed.messages ?? [])];
    for (const each of unsaid) this.texts.forget(each.id);
    this.link?.stop();
    for (const name of [`session.${account}`, "inside", "position", "rooms", "read"]) this.shelf.put(name, undefined);
    this.privateRecords.clear();
    this.drafts.clear();
    this.core = this.dialogue = undefined;
    this.wanted = { what: "nick", why: t("you have left the chat") };
    this.become("door");
  }

  /** Have the connection here, and not in another tab; or try once more with a server that did not want it. */
  takeOver() {
    if (this.place !== "elsewhere" && this.place !== "dismissed") return;
    this.become("chat");
    this.tabs.take();
    void this.reload().then(() => this.link?.start());
  }

  taken() {
    if (this.place !== "chat") return;
    this.keepPlace();
    this.link?.stop();
    this.become("elsewhere");
    void this.texts.written.then(() => this.tabs.yield());
  }

  /** The page ends. */
  end() {
    this.keepPlace();
    if (this.place === "chat") this.tabs.leave();
  }

  async othersYielded() {
    if (this.place === "chat") await this.reload();
  }

  othersGone() {
    // Only who is closed leaves the place to others: two tabs that are seen do not take it from each other.
    if (this.place === "elsewhere" && this.isLookedAt()) this.takeOver();
  }

  /** Take over texts that another tab has written down and not said. */
  async reload() {
    const { core, link } = this;
    if (!core) return;
    core.restore(await this.texts.load(core.login?.account ?? ""));
    if (link === this.link) link?.flush();
    this.observer.changed("pending");
  }

  /** @param {Place} place */
  become(place) {
    this.place = place;
    this.observer.changed("state");
  }
}
