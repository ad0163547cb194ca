/**
 * What the processes of `stand-in.ts` have in common: they run where the relays can reach them, on the lab's
 * network, speak JSON, one value a line, and end with their standard input.
 */
import { createServer } from 'node:https';
import { networkInterfaces } from 'node:os';
import { createInterface } from 'node:readline';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

export const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

export const hear = async () => {
  const { value, done } = await lines.next();
  if (done) process.exit(0);
  return JSON.parse(value);
};

/** Says its address, gets certificate and key, says its port; a `port` of 0 is any that is free. */
export const serveHttps = async (port, answer) => {
  const [address] = Object.values(networkInterfaces())
    .flat()
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map((each) => each.address);
  say(address);
  const server = createServer(await hear(), answer);
  server.on('connection', (socket) => socket.on('error', () => {}));
  server.on('tlsClientError', () => {});
  server.listen(port, address, () => say(server.address().port));
};
