/**
 * The process of `notification-service.ts`: runs where the relays can reach it, on the lab's network.
 * Speaks JSON, one value a line. Says its address, gets certificate and key, says its port; from then
 * on gets how to answer (a status, "stall" or "hang up"; what stalls is cut off by the next one) and
 * says each token that comes.
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

let answer = 200;
const stalled = [];
const server = createServer(await hear(), (request, response) => {
  let token = '';
  request.setEncoding('latin1').on('data', (data) => {
    token += data;
  });
  request.on('end', () => {
    say(token);
    if (answer === 'stall') stalled.push(response.socket);
    else if (answer === 'hang up') response.socket.destroy();
    else response.writeHead(answer, { Location: '/' }).end();
  });
});
server.on('connection', (socket) => socket.on('error', () => {}));
server.listen(0, address, () => say(server.address().port));
for (;;) {
  answer = await hear();
  for (const socket of stalled.splice(0)) socket.destroy();
}
