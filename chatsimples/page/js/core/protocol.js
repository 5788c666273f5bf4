/**
 * What stands in the lines of the JSON dialect (docs/protocol.md), as types. Nothing here runs.
 *
 * A server may send more than this: what is not named here is ignored.
 *
 * @typedef {{log: string, seq: number}} Position
 *
 * @typedef {object} ChatRecord What stands in the transcript.
 * @property {number} seq
 * @property {string} at
 * @property {string} type
 * @property {number} [conn]
 * @property {string} [nick]
 * @property {string} [new]
 * @property {string} [room]
 * @property {string} [to]
 * @property {number} [to_conn]
 * @property {string} [text]
 * @property {string} [id]
 * @property {string} [identity]
 * @property {string} [reason]
 * @property {boolean} [quiet]
 * @property {string} [by]
 * @property {number} [by_conn]
 * @property {string} [account]
 * @property {string} [role]
 * @property {string} [until]
 * @property {{[name: string]: unknown}} [settings]
 * @property {string} [kind] of a message: "action" or "notice".
 * @property {{[name: string]: string}} [tags]
 * @property {string} [realname]
 *
 * @typedef {object} Limits What the server accepts; 0: no bound, or it is not told.
 * @property {number} max_line
 * @property {number} max_text
 * @property {number} max_name
 *
 * @typedef {object} Welcome
 * @property {"welcome"} type
 * @property {string} nick
 * @property {string} log
 * @property {number} seq
 * @property {number} [head]
 * @property {string} [session]
 * @property {boolean} [resumed]
 * @property {string} [server]
 * @property {string} [notice]
 * @property {Partial<Limits>} [limits]
 * @property {string} [account]
 * @property {string} [role]
 *
 * @typedef {{nick: string, by: string, until?: string}} Held
 *
 * @typedef {object} Members
 * @property {"members"} type
 * @property {string} room
 * @property {string[]} members
 * @property {number} count
 * @property {string} [next]
 * @property {string} [id]
 * @property {string} [topic]
 * @property {{[name: string]: unknown}} [settings]
 * @property {boolean} [keyed]
 * @property {{[nick: string]: string}} [roles]
 * @property {Held[]} [bans]
 * @property {Held[]} [mutes]
 *
 * @typedef {object} RoomList
 * @property {"rooms"} type
 * @property {{room: string, members: number}[]} rooms
 * @property {number} [count]
 * @property {string} [next]
 * @property {string} [id]
 *
 * @typedef {object} HistoryEnd
 * @property {"history_end"} type
 * @property {string} room
 * @property {boolean} complete
 * @property {number} [before]
 * @property {number} [after]
 * @property {string} [id]
 *
 * @typedef {object} Status How the server does; what it counts, it counts since `uptime` seconds ago.
 * @property {"status"} type
 * @property {number} uptime
 * @property {number} seq
 * @property {{[dialect: string]: number}} connections
 * @property {number} records
 * @property {number} deliveries
 * @property {number} bytes
 * @property {{count: number, busy: number, histogram: [number, number][]}} turns
 * @property {number} backlog
 * @property {number} catching_up
 * @property {number} queue
 * @property {number} rss
 * @property {string} [id]
 *
 * @typedef {Members | RoomList | HistoryEnd | Status} Answer The reply to a question.
 *
 * @typedef {object} ErrorReply
 * @property {"error"} type
 * @property {string} code
 * @property {string} [text]
 * @property {string} [id]
 * @property {{[name: string]: string}} [detail]
 *
 * @typedef {object} Command A command that is answered: by its record, by a reply, or by an error.
 * @property {string} type
 * @property {string} id
 * @property {string} [room]
 * @property {string} [to]
 * @property {string} [text]
 * @property {string} [nick]
 * @property {number} [before]
 * @property {number | string} [after]
 * @property {string} [at]
 * @property {boolean} [all]
 * @property {number} [limit]
 * @property {string} [key]
 * @property {string} [role]
 * @property {string} [account]
 * @property {number} [seconds]
 * @property {{[name: string]: unknown}} [settings]
 * @property {string} [kind]
 * @property {string} [realname]
 *
 * @typedef {object} Login As whom somebody logs in, and what proves it.
 * @property {string} account "" for one password for everybody.
 * @property {string} password
 * @property {boolean} [register] The account is to be made.
 */

/** The types of records that this client knows. */
export const RECORDS = new Set([
  "message", "join", "leave", "nick", "hello", "bye",
  "login", "topic", "set", "role", "invite", "ban", "unban", "mute", "exempt", "admit",
  "away", "setname", "tags", "announcement",
]);

/** Those of them in which people tell of themselves, react, or say something to everybody. */
export const TELLING = new Set(["away", "setname", "tags", "announcement"]);

/** Those of them that govern a room or the server: `by_conn` is who did it. */
export const GOVERNING = new Set([
  "login", "topic", "set", "role", "invite", "ban", "unban", "mute", "exempt", "admit",
]);
