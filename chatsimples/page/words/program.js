// Made by scripts/make_page_words.py from the program's own tables: change those, and run it.
/** @type {{[name: string]: {words: string[], arguments: string, help: string, takes: string, on_terminal: boolean, governing: boolean}}} */
export const COMMANDS = {
 "enter": {
  "words": [
   "entrar",
   "join",
   "j",
   "chave",
   "key"
  ],
  "arguments": "ROOM [KEY]",
  "help": "go into a room, or back to it",
  "takes": "room",
  "on_terminal": false,
  "governing": false
 },
 "leave": {
  "words": [
   "deixar",
   "leave",
   "part",
   "fechar",
   "close"
  ],
  "arguments": "[ROOM]",
  "help": "leave a room, end a private conversation",
  "takes": "room",
  "on_terminal": false,
  "governing": false
 },
 "who": {
  "words": [
   "quem",
   "who",
   "names"
  ],
  "arguments": "[ROOM]",
  "help": "who is in this room",
  "takes": "room",
  "on_terminal": false,
  "governing": false
 },
 "rooms": {
  "words": [
   "salas",
   "rooms",
   "list"
  ],
  "arguments": "[ROOM]",
  "help": "which rooms there are, from ROOM on",
  "takes": "room",
  "on_terminal": false,
  "governing": false
 },
 "private": {
  "words": [
   "msg",
   "msg",
   "m"
  ],
  "arguments": "NICK TEXT",
  "help": "a private message",
  "takes": "nick",
  "on_terminal": false,
  "governing": false
 },
 "act": {
  "words": [
   "eu",
   "me"
  ],
  "arguments": "TEXT",
  "help": "say what you do: ** ana waves",
  "takes": "",
  "on_terminal": false,
  "governing": false
 },
 "away": {
  "words": [
   "ausente",
   "away"
  ],
  "arguments": "[TEXT]",
  "help": "you are away, and why; alone: back again",
  "takes": "",
  "on_terminal": false,
  "governing": false
 },
 "name": {
  "words": [
   "nome",
   "name"
  ],
  "arguments": "TEXT",
  "help": "what your name is beside the nick",
  "takes": "",
  "on_terminal": false,
  "governing": false
 },
 "converse": {
  "words": [
   "conversa",
   "query",
   "q"
  ],
  "arguments": "NICK",
  "help": "talk with one person in private",
  "takes": "nick",
  "on_terminal": true,
  "governing": false
 },
 "history": {
  "words": [
   "historico",
   "history",
   "histórico"
  ],
  "arguments": "[N or DAY]",
  "help": "N messages from before, or from a day on",
  "takes": "",
  "on_terminal": false,
  "governing": false
 },
 "status": {
  "words": [
   "estado",
   "status"
  ],
  "arguments": "",
  "help": "how the server does; for its admins",
  "takes": "",
  "on_terminal": false,
  "governing": false
 },
 "topic": {
  "words": [
   "topico",
   "topic",
   "tópico"
  ],
  "arguments": "TEXT",
  "help": "what the room is about; - for nothing",
  "takes": "",
  "on_terminal": false,
  "governing": true
 },
 "invite": {
  "words": [
   "convidar",
   "invite"
  ],
  "arguments": "NICK",
  "help": "let somebody into the room",
  "takes": "nick",
  "on_terminal": false,
  "governing": true
 },
 "role": {
  "words": [
   "papel",
   "role"
  ],
  "arguments": "NICK ROLE",
  "help": "owner, operator, voice or none here",
  "takes": "role",
  "on_terminal": false,
  "governing": true
 },
 "set": {
  "words": [
   "definir",
   "set"
  ],
  "arguments": "NAME VALUE",
  "help": "change a setting of the room",
  "takes": "setting",
  "on_terminal": false,
  "governing": true
 },
 "kick": {
  "words": [
   "expulsar",
   "kick"
  ],
  "arguments": "NICK TEXT",
  "help": "remove somebody from the room",
  "takes": "nick",
  "on_terminal": false,
  "governing": true
 },
 "ban": {
  "words": [
   "banir",
   "ban"
  ],
  "arguments": "NICK 10m TEXT",
  "help": "keep somebody out, for a while or for good",
  "takes": "member",
  "on_terminal": false,
  "governing": true
 },
 "unban": {
  "words": [
   "desbanir",
   "unban"
  ],
  "arguments": "NICK",
  "help": "let somebody in again",
  "takes": "nick",
  "on_terminal": false,
  "governing": true
 },
 "mute": {
  "words": [
   "calar",
   "mute"
  ],
  "arguments": "NICK 10m TEXT",
  "help": "let somebody say nothing for a while",
  "takes": "nick",
  "on_terminal": false,
  "governing": true
 },
 "unmute": {
  "words": [
   "descalar",
   "unmute"
  ],
  "arguments": "NICK",
  "help": "let somebody speak again",
  "takes": "nick",
  "on_terminal": false,
  "governing": true
 },
 "announce": {
  "words": [
   "anunciar",
   "announce"
  ],
  "arguments": "TEXT",
  "help": "tell everybody on the server something",
  "takes": "",
  "on_terminal": false,
  "governing": true
 },
 "rename": {
  "words": [
   "apelido",
   "nick"
  ],
  "arguments": "NAME",
  "help": "take another nick",
  "takes": "",
  "on_terminal": false,
  "governing": false
 },
 "help": {
  "words": [
   "ajuda",
   "help"
  ],
  "arguments": "",
  "help": "these commands",
  "takes": "",
  "on_terminal": false,
  "governing": false
 },
 "quit": {
  "words": [
   "sair",
   "quit",
   "exit"
  ],
  "arguments": "",
  "help": "leave",
  "takes": "",
  "on_terminal": false,
  "governing": false
 }
};
/** @type {{[name: string]: {portuguese: string, english: string, values: string[][], on: string, off: string}}} */
export const SETTINGS = {
 "invite_only": {
  "portuguese": "só-convidados",
  "english": "invite-only",
  "values": [
   [
    "sim",
    "não"
   ],
   [
    "on",
    "off"
   ]
  ],
  "on": "by invitation only",
  "off": "no invitation needed"
 },
 "moderated": {
  "portuguese": "moderada",
  "english": "moderated",
  "values": [
   [
    "sim",
    "não"
   ],
   [
    "on",
    "off"
   ]
  ],
  "on": "only those speak who have a voice",
  "off": "everybody may speak"
 },
 "secret": {
  "portuguese": "secreta",
  "english": "secret",
  "values": [
   [
    "sim",
    "não"
   ],
   [
    "on",
    "off"
   ]
  ],
  "on": "secret",
  "off": "not secret"
 },
 "members_only_history": {
  "portuguese": "histórico-de-membros",
  "english": "members-only-history",
  "values": [
   [
    "sim",
    "não"
   ],
   [
    "on",
    "off"
   ]
  ],
  "on": "only its members read it",
  "off": "whoever may enter may read it"
 },
 "accounts_only": {
  "portuguese": "só-contas",
  "english": "accounts-only",
  "values": [
   [
    "sim",
    "não"
   ],
   [
    "on",
    "off"
   ]
  ],
  "on": "for accounts only",
  "off": "for guests too"
 },
 "limit": {
  "portuguese": "limite",
  "english": "limit",
  "values": [
   [],
   []
  ],
  "on": "at most {number} people",
  "off": "any number of people"
 },
 "inviters": {
  "portuguese": "quem-convida",
  "english": "inviters",
  "values": [
   [
    "operadores",
    "membros"
   ],
   [
    "operators",
    "members"
   ]
  ],
  "on": "members may invite",
  "off": "only operators invite"
 },
 "topic_by": {
  "portuguese": "quem-muda-o-tópico",
  "english": "topic-by",
  "values": [
   [
    "operadores",
    "membros"
   ],
   [
    "operators",
    "members"
   ]
  ],
  "on": "members may change the topic",
  "off": "only operators change the topic"
 },
 "outsiders": {
  "portuguese": "de-fora",
  "english": "outsiders",
  "values": [
   [
    "sim",
    "não"
   ],
   [
    "on",
    "off"
   ]
  ],
  "on": "those speak too who are not in it",
  "off": "only members speak"
 },
 "key": {
  "portuguese": "chave",
  "english": "key",
  "values": [
   [],
   []
  ],
  "on": "with a key",
  "off": "without a key"
 }
};
export const ROLES = [
 "owner",
 "operator",
 "voice",
 "none"
];
/** @type {{[lang: string]: string[]}} */
export const ROLE_WORDS = {
 "pt": [
  "dono",
  "operador",
  "voz",
  "nenhum"
 ],
 "en": [
  "owner",
  "operator",
  "voice",
  "none"
 ]
};
/** @type {{[role: string]: string}} */
export const ROLE_MARKS = {
 "owner": "~",
 "operator": "@",
 "voice": "+"
};
/** @type {{[code: string]: string}} */
export const REFUSALS = {
 "already_in_room": "you are in {room} already",
 "already_registered": "this connection has said hello already",
 "bad_frame": "these bytes are no WebSocket frame that can be taken ({why}): goodbye",
 "bad_json": "this line is not a JSON object: {why}",
 "bad_key": "{room} has a key, and this is not it",
 "bad_nick": "the nick {name} can't be used: {why}",
 "bad_request": "this command is not complete or not right: {why}",
 "bad_room": "the room name {name} can't be used: {why}",
 "bad_tags": "these tags can't be passed on: {why}",
 "bad_text": "the text can't be sent: {why}",
 "bad_utf8": "this line is not UTF-8 text",
 "banned": "you can't come in: {why}",
 "flood": "too many commands for too long ({rate} a second are allowed): goodbye",
 "insecure": "this would travel in the clear, which this server does not allow",
 "kicked": "you were removed from the chat",
 "line_too_long": "a line has at most {limit} bytes: goodbye",
 "list_full": "this list is full: it holds at most {limit}",
 "login_busy": "too many are logging in just now; try again in a moment",
 "login_failed": "the account or what proves it is not right",
 "login_required": "this is for those who are logged in",
 "muted": "you can't speak: {why}",
 "nick_confusable": "the nick {nick} looks like that of somebody who has an account",
 "nick_in_use": "the nick {nick} is taken",
 "nick_registered": "the nick {nick} is an account's: log in as that account to have it",
 "nick_unchanged": "you are called {nick} already",
 "no_account": "{nick} has no account, and only accounts have roles",
 "no_such_nick": "nobody here is called {nick}",
 "not_away": "you are not away",
 "not_banned": "{name} is not banned",
 "no_such_room": "there is no room {room}",
 "too_many_watched": "at most {limit} nicks can be watched: {name}",
 "not_a_member": "{nick} is not in {room}",
 "bad_mode": "{given} is nothing for the mode {mode}: {why}",
 "not_exempt": "{name} is not excepted",
 "not_in_room": "you are not in {room}",
 "not_muted": "{nick} is not muted",
 "not_permitted": "you may not do this: {why}",
 "not_registered": "say hello first",
 "not_text": "only text messages are understood: goodbye",
 "read_only": "this is a recorded chat: nothing can be said here",
 "registration_closed": "this server lets nobody make an account",
 "registration_timeout": "no hello within {seconds} seconds: goodbye",
 "replaced": "you have connected again elsewhere: goodbye",
 "room_closed": "you may not enter {room}: {why}",
 "room_full": "{room} has room for {limit}, and they are there",
 "sent_in_clear": "your password came in the clear: whoever was on the way could read it; use TLS",
 "server_full": "the server has no room for more connections; try again later",
 "session_ended": "the sessions of your account have ended: log in again; goodbye",
 "storage_failed": "the server's disk has failed: what was not acked may be lost; goodbye",
 "storage_full": "the server's disk takes no more; your messages wait until there is room",
 "text_too_long": "a text has at most {limit} bytes; this one has {size}",
 "timeout": "no sign of life for {seconds} seconds: goodbye",
 "too_many_connections": "too many connections from your address (at most {limit})",
 "too_many_own_rooms": "an account can have made at most {limit} rooms; give one up first",
 "too_many_rooms": "you can be in at most {limit} rooms",
 "unknown_command": "there is no command {name}; /ajuda shows what there is",
 "unknown_type": "there is no command of this type: {name}"
};
/** @type {{[reason: string]: string}} */
export const LEAVES = {
 "left": "{nick} has left {room}",
 "quit": "{nick} has left {room}",
 "closed": "{nick} has left {room}: the connection was lost",
 "timeout": "{nick} has left {room}: no sign of life",
 "kicked": "{nick} was removed from {room}",
 "banned": "{nick} was banned from {room}",
 "replaced": "{nick} has left {room}",
 "error": "{nick} has left {room}: the connection broke a limit",
 "revoked": "{nick} has left {room}: the account's sessions have ended",
 "shutdown": "{nick} has left {room}: the server stops",
 "crash": "{nick} has left {room}: the server had failed"
};
export const NOTICES = [
 "Everything that is said here is recorded, private messages too.",
 "Tudo o que se diz aqui é gravado, também as mensagens privadas."
];
/** @type {{[text: string]: string}} */
export const PORTUGUESE = {
 " until {until}": " até {until}",
 "#ROOM or *": "#SALA ou *",
 "//text": "//texto",
 "Deliveries a second": "Entregas por segundo",
 "Everything that is said here is recorded, private messages too.": "Tudo o que se diz aqui é gravado, também as mensagens privadas.",
 "N is from 1 to {most}": "N vai de 1 a {most}",
 "N messages from before, or from a day on": "N mensagens anteriores, ou a partir de um dia",
 "NAME": "NOME",
 "NAME VALUE": "NOME VALOR",
 "NICK": "APELIDO",
 "NICK 10m TEXT": "APELIDO 10m TEXTO",
 "NICK ROLE": "APELIDO PAPEL",
 "NICK TEXT": "APELIDO TEXTO",
 "Pause": "Pausa",
 "Play": "Reproduzir",
 "Position": "Posição",
 "ROOM [KEY]": "SALA [CHAVE]",
 "Settings": "Opções",
 "Space": "Espaço",
 "Speed": "Velocidade",
 "TEXT": "TEXTO",
 "[N or DAY]": "[N ou DIA]",
 "[ROOM]": "[SALA]",
 "[TEXT]": "[TEXTO]",
 "a command stands alone on its line": "um comando precisa de uma linha só para ele",
 "a day is written as {day}": "um dia é escrito assim: {day}",
 "a guest": "convidado",
 "a line has at most {limit} bytes: goodbye": "uma linha tem no máximo {limit} bytes: até logo",
 "a mask is for a room": "uma máscara é para uma sala",
 "a member": "membro",
 "a message has at most {limit} lines": "uma mensagem tem no máximo {limit} linhas",
 "a moderator": "moderador",
 "a name is made of letters, digits and _, and inside it also of . ' -": "um nome tem letras, algarismos e _, e no meio também . ' -",
 "a private message": "uma mensagem privada",
 "a text has at most {limit} bytes; this one has {size}": "um texto tem no máximo {limit} bytes; este tem {size}",
 "a time is written as 2026-11-29T15:00:00Z": "uma hora é escrita assim: 2026-11-29T15:00:00Z",
 "all": "todas",
 "an account can have made at most {limit} rooms; give one up first": "uma conta pode ter criado no máximo {limit} salas; desista antes de uma",
 "an admin": "administrador",
 "and {number} more": "e mais {number}",
 "another conversation": "outra conversa",
 "any number of people": "qualquer número de pessoas",
 "at most {limit} nicks can be watched: {name}": "podem-se observar no máximo {limit} apelidos: {name}",
 "at most {number} people": "no máximo {number} pessoas",
 "banned": "banido",
 "banned: {names}": "banidos: {names}",
 "by invitation only": "só com convite",
 "change a setting of the room": "mudar uma definição da sala",
 "completes nicks, rooms, commands and :emoji:": "completa apelidos, salas, comandos e :emoji:",
 "connected": "conectado",
 "day": "dia",
 "en": "pt",
 "end": "terminar",
 "everybody may speak": "todos podem falar",
 "exempt": "isento",
 "for accounts only": "só para contas",
 "for guests too": "também para convidados sem conta",
 "go into a room, or back to it": "entrar em uma sala, ou voltar a ela",
 "how the server does; for its admins": "como está o servidor; para seus administradores",
 "in front: in that room, on the whole server": "na frente: naquela sala, em todo o servidor",
 "it goes like this: {usage}": "usa-se assim: {usage}",
 "it has more than {limit} characters": "tem mais de {limit} caracteres",
 "it has no tag": "não há etiqueta",
 "it is closed": "está fechada",
 "it is empty": "está vazio",
 "it is for the server's operator": "é para quem opera o servidor",
 "it is for those who are invited": "é para quem foi convidado",
 "it names no setting": "não indica nenhuma configuração",
 "it names one nick, or one account": "indica um apelido, ou uma conta",
 "it takes a moderator": "é preciso ser moderador",
 "it takes an admin of the server": "é preciso ser administrador do servidor",
 "it takes an operator of {room}": "é preciso ser operador de {room}",
 "it takes an owner of {room}": "é preciso ser dono de {room}",
 "keep somebody out, for a while or for good": "não deixar alguém entrar, por um tempo ou para sempre",
 "leave": "sair",
 "leave a room, end a private conversation": "deixar uma sala, fechar uma conversa privada",
 "let somebody in again": "deixar alguém entrar de novo",
 "let somebody into the room": "deixar alguém entrar na sala",
 "let somebody say nothing for a while": "não deixar alguém falar por um tempo",
 "let somebody speak again": "deixar alguém falar de novo",
 "limit is from 1 to {most}": "limit vai de 1 a {most}",
 "lost": "perdidas",
 "max": "máx.",
 "members may change the topic": "membros podem mudar o tópico",
 "members may invite": "os membros podem convidar",
 "more: {command}": "mais: {command}",
 "muted: {names}": "calados: {names}",
 "name": "nome",
 "new since {time}": "novo desde {time}",
 "nick": "apelido",
 "no": "não",
 "no hello within {seconds} seconds: goodbye": "nenhum hello em {seconds} segundos: até logo",
 "no invitation needed": "sem precisar de convite",
 "no sign of life for {seconds} seconds: goodbye": "nenhum sinal de vida há {seconds} segundos: até logo",
 "nobody": "ninguém",
 "nobody here is called {nick}": "não há ninguém com o apelido {nick}",
 "none": "nenhuma",
 "not said: {text} ({why})": "não foi dito: {text} ({why})",
 "not secret": "não é secreta",
 "offline: reconnecting in {seconds} s": "sem conexão: nova tentativa em {seconds} s",
 "only its members read it": "só os membros a leem",
 "only members speak": "só os membros falam",
 "only operators change the topic": "só operadores mudam o tópico",
 "only operators invite": "só operadores convidam",
 "only text messages are understood: goodbye": "só mensagens de texto são entendidas: até logo",
 "only those speak in {room} who have a voice there": "em {room} só fala quem tem voz",
 "only those speak who have a voice": "só fala quem tem voz",
 "operator": "operador",
 "owner": "dono",
 "owner, operator, voice or none here": "dono, operador, voz ou nenhum aqui",
 "people: {number}": "pessoas: {number}",
 "private": "em privado",
 "remove somebody from the room": "tirar alguém da sala",
 "room": "sala",
 "rooms": "salas",
 "rooms: {rooms}": "salas: {rooms}",
 "say a text that begins with /": "dizer um texto que começa com /",
 "say hello first": "primeiro diga hello",
 "say what you do: ** ana waves": "diz o que você faz: ** ana acena",
 "secret": "secreta",
 "settings: {settings}": "definições: {settings}",
 "skip silences": "pular silêncios",
 "take another nick": "trocar de apelido",
 "talk with one person in private": "falar com uma pessoa em privado",
 "tell everybody on the server something": "diz algo a todos no servidor",
 "the account or what proves it is not right": "a conta, ou o que a prova, não está certa",
 "the account {account}": "a conta {account}",
 "the key is no proof of one": "a chave não é a prova de uma",
 "the nick {name} can't be used: {why}": "o apelido {name} não pode ser usado: {why}",
 "the nick {nick} is an account's: log in as that account to have it": "o apelido {nick} é de uma conta: identifique-se com ela para o usar",
 "the nick {nick} is banned here": "o apelido {nick} está banido aqui",
 "the nick {nick} is taken": "o apelido {nick} já está em uso",
 "the nick {nick} looks like that of somebody who has an account": "o apelido {nick} parece o de alguém que tem uma conta",
 "the room name {name} can't be used: {why}": "o nome de sala {name} não pode ser usado: {why}",
 "the server has no room for more connections; try again later": "o servidor não tem lugar para mais conexões; tente mais tarde",
 "the server's disk has failed: what was not acked may be lost; goodbye": "o disco do servidor falhou: o que não foi confirmado pode ter-se perdido; adeus",
 "the server's disk takes no more; your messages wait until there is room": "o disco do servidor está cheio; as suas mensagens esperam até haver espaço",
 "the server's operator": "o operador do servidor",
 "the sessions of your account have ended: log in again; goodbye": "as sessões da sua conta terminaram: identifique-se de novo; até logo",
 "the tag {name} has a control character": "a etiqueta {name} tem um caractere de controle",
 "the tags have more than {limit} bytes": "as etiquetas têm mais de {limit} bytes",
 "the text can't be sent: {why}": "o texto não pode ser enviado: {why}",
 "there are more than {limit} tags": "há mais de {limit} etiquetas",
 "there is no command of this type: {name}": "não há comando deste tipo: {name}",
 "there is no command {name}; /ajuda shows what there is": "o comando {name} não existe; /ajuda mostra os que há",
 "there is no room {room}": "não há a sala {room}",
 "there is no setting {name}": "não existe a opção {name}",
 "these bytes are no WebSocket frame that can be taken ({why}): goodbye": "estes bytes não são um quadro de WebSocket que se possa aceitar ({why}): até logo",
 "these commands": "estes comandos",
 "these tags can't be passed on: {why}": "estas etiquetas não podem ser transmitidas: {why}",
 "this command is not complete or not right: {why}": "este comando está incompleto ou incorreto: {why}",
 "this connection has said hello already": "esta conexão já disse hello",
 "this is a private conversation": "isto é uma conversa privada",
 "this is a recorded chat: nothing can be said here": "esta é uma conversa gravada: aqui nada pode ser dito",
 "this is for those who are logged in": "isto é para quem se identificou com uma conta",
 "this is your only room; /sair leaves the chat": "esta é a sua única sala; /sair sai do chat",
 "this line is not UTF-8 text": "esta linha não é texto UTF-8",
 "this line is not a JSON object: {why}": "esta linha não é um objeto JSON: {why}",
 "this list is full: it holds at most {limit}": "esta lista está cheia: cabem no máximo {limit}",
 "this server lets nobody make an account": "este servidor não deixa ninguém criar uma conta",
 "this would travel in the clear, which this server does not allow": "isto viajaria às claras, o que este servidor não permite",
 "those speak too who are not in it": "falam também os que não estão nela",
 "time": "tempo",
 "too many are logging in just now; try again in a moment": "há gente demais a identificar-se agora; tente de novo daqui a um momento",
 "too many commands for too long ({rate} a second are allowed): goodbye": "comandos demais por tempo demais (são permitidos {rate} por segundo): até logo",
 "too many connections from your address (at most {limit})": "conexões demais do seu endereço (no máximo {limit})",
 "topic: {text}": "assunto: {text}",
 "voice": "voz",
 "what owners and operators of rooms can do": "o que donos e operadores de salas podem fazer",
 "what the room is about; - for nothing": "de que trata a sala; - para nada",
 "what was said before": "o que se disse antes",
 "what you have typed before": "o que escreveu antes",
 "what your name is beside the nick": "qual é o seu nome, além do apelido",
 "where there is something new": "onde há algo de novo",
 "which rooms there are, from ROOM on": "que salas existem, a partir de SALA",
 "who is in this room": "quem está nesta sala",
 "whoever is to own a room of guests takes it over": "quem quer ser dono de uma sala de visitantes assume-a por si",
 "whoever may enter may read it": "quem pode entrar pode lê-la",
 "with a key": "com chave",
 "with escapes it has {size} bytes, and the server accepts {limit} in a line": "com as sequências de escape tem {size} bytes, e o servidor aceita {limit} numa linha",
 "without a key": "sem chave",
 "words": "palavras",
 "write a long message in your editor": "escrever uma mensagem longa no seu editor",
 "yes": "sim",
 "you are away, and why; alone: back again": "você está ausente, e por quê; sozinho: voltou",
 "you are banned from this server": "você está banido deste servidor",
 "you are banned from this server until {until}": "você está banido deste servidor até {until}",
 "you are banned from {room}": "você está banido de {room}",
 "you are banned from {room} until {until}": "você está banido de {room} até {until}",
 "you are called {nick} already": "o seu apelido já é {nick}",
 "you are in {room} already": "já está em {room}",
 "you are muted": "você está silenciado",
 "you are muted until {until}": "você está silenciado até {until}",
 "you are not away": "você não está ausente",
 "you are not in {room}": "não está em {room}",
 "you are now {new}": "o seu apelido agora é {new}",
 "you can be in at most {limit} rooms": "é possível estar em no máximo {limit} salas",
 "you can't come in: {why}": "você não pode entrar: {why}",
 "you can't speak: {why}": "você não pode falar: {why}",
 "you have connected again elsewhere: goodbye": "há uma nova conexão sua em outro lugar: até logo",
 "you may not do this: {why}": "você não pode fazer isto: {why}",
 "you may not enter {room}: {why}": "você não pode entrar em {room}: {why}",
 "you were removed from the chat": "foi removido do chat",
 "your password came in the clear: whoever was on the way could read it; use TLS": "a sua senha veio às claras: quem estava no caminho pôde lê-la; use TLS",
 "{by} excepts {nick} from bans and mutes in {room}": "{by} faz de {nick} uma exceção a banimentos e silêncios em {room}",
 "{by} has banned {nick} from the server": "{by} baniu {nick} do servidor",
 "{by} has banned {nick} from {room}": "{by} baniu {nick} de {room}",
 "{by} has changed {room}: {settings}": "{by} mudou {room}: {settings}",
 "{by} has given {nick} a voice in {room}": "{by} deu voz a {nick} em {room}",
 "{by} has made {nick} an operator of {room}": "{by} deu a {nick} o papel de operador de {room}",
 "{by} has made {nick} an owner of {room}": "{by} deu a {nick} o papel de dono de {room}",
 "{by} has muted {nick} in {room}": "{by} calou {nick} em {room}",
 "{by} has muted {nick} on the server": "{by} calou {nick} no servidor",
 "{by} has removed {nick} from the server": "{by} tirou {nick} do servidor",
 "{by} has removed {nick} from {room}": "{by} tirou {nick} de {room}",
 "{by} has set the topic of {room}: {text}": "{by} mudou o assunto de {room}: {text}",
 "{by} has taken away the role of {nick} in {room}": "{by} tirou o papel de {nick} em {room}",
 "{by} has taken away the topic of {room}": "{by} tirou o assunto de {room}",
 "{by} invites {nick} into {room}: /entrar {room}": "{by} convida {nick} para {room}: /entrar {room}",
 "{by} lets {nick} into {room} again": "{by} deixa {nick} entrar de novo em {room}",
 "{by} lets {nick} into {room} without an invitation": "{by} deixa {nick} entrar em {room} sem convite",
 "{by} lets {nick} onto the server again": "{by} deixa {nick} entrar de novo no servidor",
 "{by} lets {nick} speak in {room} again": "{by} deixa {nick} falar de novo em {room}",
 "{by} lets {nick} speak on the server again": "{by} deixa {nick} falar de novo no servidor",
 "{by} no longer excepts {nick} from bans and mutes in {room}": "{by} não faz mais de {nick} uma exceção a banimentos e silêncios em {room}",
 "{by} no longer lets {nick} into {room} without an invitation": "{by} não deixa mais {nick} entrar em {room} sem convite",
 "{given} is nothing for the mode {mode}: {why}": "{given} não serve para o modo {mode}: {why}",
 "{name} is a number up to {most}": "{name} é um número até {most}",
 "{name} is no name of a tag": "{name} não é nome de etiqueta",
 "{name} is no user's name: it has at most {limit} letters, digits and signs, and no space": "{name} não serve de nome de usuário: são no máximo {limit} letras, algarismos e sinais, sem espaço",
 "{name} is not banned": "{name} não está banido",
 "{name} is not below you": "{name} não está abaixo de você",
 "{name} is not excepted": "{name} não é exceção",
 "{name} is on or off": "{name} é sim ou não",
 "{name} is operators or members": "{name} é operadores ou membros",
 "{name} needs a value": "{name} precisa de um valor",
 "{nick} gives their name as {text}": "{nick} diz que se chama {text}",
 "{nick} has entered {room}": "{nick} entrou em {room}",
 "{nick} has left {room}": "{nick} saiu de {room}",
 "{nick} has left {room}: no sign of life": "{nick} saiu de {room}: nenhum sinal de vida",
 "{nick} has left {room}: the account's sessions have ended": "{nick} saiu de {room}: as sessões da conta terminaram",
 "{nick} has left {room}: the connection broke a limit": "{nick} saiu de {room}: a conexão passou de um limite",
 "{nick} has left {room}: the connection was lost": "{nick} saiu de {room}: a conexão caiu",
 "{nick} has left {room}: the server had failed": "{nick} saiu de {room}: o servidor tinha falhado",
 "{nick} has left {room}: the server stops": "{nick} saiu de {room}: o servidor está parando",
 "{nick} has made {room} and governs it while there": "{nick} criou {room} e a governa enquanto está nela",
 "{nick} has made {room} and owns it": "{nick} criou {room} e é o dono",
 "{nick} has no account, and only accounts have roles": "{nick} não tem conta, e só contas têm papéis",
 "{nick} is away: {text}": "{nick} está ausente: {text}",
 "{nick} is back": "{nick} voltou",
 "{nick} is banned from {room}": "{nick} está banido de {room}",
 "{nick} is in {room} already": "{nick} já está em {room}",
 "{nick} is logged in as {account}, {role}": "{nick} entrou na conta {account}, {role}",
 "{nick} is not in {room}": "{nick} não está em {room}",
 "{nick} is not muted": "{nick} não está silenciado",
 "{nick} is now {new}": "{nick} agora é {new}",
 "{nick} is {role} of the server from now on": "{nick} agora é {role} do servidor",
 "{nick} reacts with {text}": "{nick} reage com {text}",
 "{nick} to everybody: {text}": "{nick} para todos: {text}",
 "{nick} was banned from {room}": "{nick} foi banido de {room}",
 "{nick} was removed from {room}": "{nick} foi removido de {room}",
 "{room} has a key, and this is not it": "{room} tem uma chave, e não é esta",
 "{room} has no owner": "{room} não tem dono",
 "{room} has room for {limit}, and they are there": "em {room} cabem {limit}, e já lá estão",
 "{what} at character {where} is a control character": "{what}, na posição {where}, é um caractere de controle",
 "{what} is not for names": "{what} não serve para nomes"
};
