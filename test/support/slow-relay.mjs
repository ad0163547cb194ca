/**
 * The process of `slow-relay.ts`: takes mail over HTTPS for any name, where the relays can reach it, on
 * the lab's network. Says its address, gets certificate and key, says "ready", and then the `X-Mail-To` of
 * each message: "came" before it answers, and "taken" afterwards. The name it is
 * asked for says how it is slow: "reads" without an answer, "trickles" one, "stalls" altogether. From
 * then on each line says whether to take everything at once.
 */
import { createServer } from 'node:https';
import { networkInterfaces } from 'node:os';
import { createInterface } from 'node:readline';

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const hear = async () => {
  const { value, done } = await lines.next();
  if (done) process.exit(0);
  return JSON.parse(value);
};

const [address] = Object.values(networkInterfaces())
  .flat()
  .filter(({ family, internal }) => family === 'IPv4' && !internal)
  .map((each) => each.address);
say(address);

let takesAll = false;
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';

const take = (request, response) => {
  request.resume();
  request.on('end', () => {
    response.writeHead(200).end();
    say({ taken: request.headers['x-mail-to'] });
  });
};

/** A byte of the answer a second. */
const trickle = (socket) => {
  let sent = 0;
  const timer = setInterval(() => {
    socket.write(ANSWER.slice(sent, sent + 1));
    sent = Math.min(sent + 1, ANSWER.length - 1);
  }, 1000);
  socket.on('close', () => clearInterval(timer));
};

const server = createServer(await hear(), (request, response) => {
  if (request.method !== 'POST') return response.writeHead(405).end();
  if (takesAll) return take(request, response);
  say({ came: request.headers['x-mail-to'] });
  if (request.headers.host.includes('.reads.')) request.resume();
  else if (request.headers.host.includes('.trickles.')) trickle(request.socket);
});
server.on('connection', (socket) => socket.on('error', () => {}));
server.on('tlsClientError', () => {});
server.listen(443, address, () => say('ready'));
for (;;) takesAll = await hear();
