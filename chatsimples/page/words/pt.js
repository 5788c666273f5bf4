/** The page's own texts in Portuguese. What the rest of the program says too stands in program.js. */

/** @type {{[text: string]: string}} */
export const PORTUGUESE = {
  // At the door.
  "What do people call you?": "Como se chama?",
  "You are invited to {room}. What do people call you?": "Convite para {room}. Como se chama?",
  "Nick": "Apelido",
  "I have an account": "Tenho uma conta",
  "Account": "Conta",
  "Password": "Senha",
  "make this account now": "criar esta conta agora",
  "Enter": "Entrar",
  "This page came without TLS: the password can be read on its way.":
    "Esta página veio sem TLS: a senha pode ser lida no caminho.",
  "you have left the chat": "você saiu do chat",

  // The connection.
  "connecting…": "conectando…",
  "catching up: {number}": "recuperando: {number}",
  "try now": "tentar agora",
  "{number} not sent yet": "{number} por enviar",
  "sending…": "enviando…",
  "waits for the connection": "espera pela conexão",
  "connected again: the server has another record now, and what was said meanwhile can't be shown":
    "conectado de novo: o servidor tem agora outro registro, e o que foi dito nesse meio-tempo não pode ser mostrado",
  "The chat goes on in another tab or window.": "O chat continua em outra aba ou janela.",
  "Use it here": "Usar aqui",
  "Connect again": "Conectar de novo",

  // Conversations.
  "Rooms": "Salas",
  "In private": "Em privado",
  "conversations": "conversas",
  "conversations, with something new": "conversas, com novidades",
  "find or make a room": "encontrar ou criar uma sala",
  "the name of a room, one that is there or a new one": "o nome de uma sala, que já existe ou nova",
  "leave this conversation": "deixar esta conversa",
  "people here": "quem está aqui",
  "talk with {nick} in private": "falar com {nick} em privado",
  "you": "você",
  "{number} unread": "{number} por ler",
  "{number} for you": "{number} para você",
  "{room} ({number}): {members}": "{room} ({number}): {members}",
  "close": "fechar",

  // What is said.
  "what is said": "o que se diz",
  "today": "hoje",
  "yesterday": "ontem",
  "earlier messages …": "mensagens anteriores …",
  "this is the beginning of {room}": "este é o começo de {room}",
  "only {nick} and you read this, and the record has it":
    "só {nick} e você leem isto, e fica no registro",
  "{number} new": "{number} novas",
  "to the newest": "às mais novas",

  "there is no such message here": "essa mensagem não está aqui",
  "copy the link to this message": "copiar o link desta mensagem",
  "link copied": "link copiado",

  // Back in time.
  "back in time": "voltar no tempo",
  "Back in time": "Voltar no tempo",
  "Read from a day on": "Ler a partir de um dia",
  "Go there": "Ir",
  "To the beginning": "Ao começo",
  "Time machine": "Máquina do tempo",
  "The time machine plays the room from its beginning, as it was.":
    "A máquina do tempo mostra a sala desde o começo, no ritmo em que foi.",
  "nothing was said from that day on": "nada foi dito a partir desse dia",
  "Back to now": "Voltar a agora",

  // The server, for admins.
  "how the server does": "como vai o servidor",
  "How the server does": "Como vai o servidor",
  "Only admins of the server see this.": "Só quem administra o servidor vê isto.",
  "up for {time} · records: {records} · connections: {connections}":
    "no ar há {time} · registros: {records} · conexões: {connections}",
  "Records a second": "Registros por segundo",
  "{bytes} a second": "{bytes} por segundo",
  "Connections": "Conexões",
  "Turns of the loop": "Voltas do laço",
  "busy {share}": "ocupado {share}",
  "Waiting": "Em espera",
  "for slow readers": "por leitores lentos",
  "to be decided": "por decidir",
  "Memory": "Memória",
  "connections that catch up: {number}": "conexões que recuperam: {number}",
  "{number} days": "{number} dias",

  // Writing.
  "say something in {room}": "diga algo em {room}",
  "say something to {nick}": "diga algo a {nick}",
  "say it": "dizer",
  "suggestions": "sugestões",
  "{number} lines: so many messages": "{number} linhas: outras tantas mensagens",
  "{number} bytes are left": "faltam {number} bytes para o limite",
  "too long by {number} bytes": "{number} bytes a mais",
  "a further line, which is a message of its own": "mais uma linha, que é uma mensagem à parte",
  "to the newest message, and to writing": "à mensagem mais nova, e a escrever",

  // Settings.
  "settings": "opções",
  "Language": "Língua",
  "the browser's": "a do navegador",
  "Colours": "Cores",
  "as the system": "as do sistema",
  "light": "claras",
  "dark": "escuras",
  "Who comes and goes": "Quem entra e sai",
  "where it is news": "onde é novidade",
  "everybody": "todos",
  "Notifications": "Notificações",
  "Sound": "Som",
  "off": "desligado",
  "what is for me": "o que é para mim",
  "everything": "tudo",
  "/help or F1 shows what can be typed": "/ajuda ou F1 mostra o que se pode digitar",
  "Leave the chat": "Sair do chat",
  "{number} texts are not sent yet. Leave without saying them?":
    "{number} textos ainda não foram enviados. Sair sem os dizer?",
  "this browser shows notifications only of pages that come by TLS":
    "este navegador só mostra notificações de páginas que vêm por TLS",
  "the browser does not let this page notify": "o navegador não deixa esta página notificar",
};
