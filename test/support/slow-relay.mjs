/**
 * The process of `slow-relay.ts`: takes mail over HTTPS for any name. Says the `X-Mail-To` of each message: "came"
 * before it answers, and "taken" afterwards. The name it is asked for says how it is slow: "reads" without
 * an answer, "trickles" one, "stalls" altogether. Each line it gets says whether to take everything at once.
 */
import { hear, say, serveHttps } from './stand-in-process.mjs';

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

await serveHttps(443, (request, response) => {
  if (request.method !== 'POST') return response.writeHead(405).end();
  if (takesAll) return take(request, response);
  say({ came: request.headers['x-mail-to'] });
  if (request.headers.host.includes('.reads.')) request.resume();
  else if (request.headers.host.includes('.trickles.')) trickle(request.socket);
});
for (;;) takesAll = await hear();
