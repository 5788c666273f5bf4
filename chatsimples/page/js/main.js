/** The page begins here: what it has of the browser is given to the session, and the session to the views. */

import { browserWorld } from "./core/link.js";
import { browserDatabase } from "./core/storage/database.js";
import { localStore, Shelf } from "./core/storage/shelf.js";
import { Session } from "./model/session.js";
import { App } from "./view/app.js";
import { readRoute } from "./view/route.js";

const address = new URL("ws", location.href);
address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
address.hash = address.search = "";

/** @type {App | undefined} */
let app;

const session = new Session({
  world: browserWorld(address.href),
  shelf: new Shelf(localStore()),
  database: browserDatabase(),
  channel: "BroadcastChannel" in globalThis ? new BroadcastChannel("chatsimples") : undefined,
  observer: {
    changed: (topic) => app?.changed(topic),
    arrived: (arrival) => app?.arrived(arrival),
    wished: (wish) => app?.wished(wish),
    shown: (conversation) => app?.shown(conversation),
  },
  isLookedAt: () => document.visibilityState === "visible" && document.hasFocus(),
});

app = new App(session, /** @type {HTMLElement} */ (document.getElementById("page")));
await session.resume(readRoute(location.hash).room);
app.start();

// The page may end at any of these, and at none that comes after.
addEventListener("pagehide", () => session.end());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") {
    app.composer.keep();
    session.keepPlace();
  } else {
    session.link?.nudge();
    session.dialogue?.looked();
  }
});
addEventListener("focus", () => session.dialogue?.looked());
addEventListener("online", () => session.link?.nudge());
addEventListener("pageshow", (event) => {
  if (event.persisted) session.takeOver();
});
