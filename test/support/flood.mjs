/**
 * A client that opens connections without end: keeps as many open as it is told, says nothing and opens
 * another one for each that is closed. Ends with its standard input.
 *
 *     node flood.mjs ADDRESS PORT=COUNT...
 */
import { connect } from 'node:net';
import process from 'node:process';

const PAUSE_MS = 1000;
const [address, ...wishes] = process.argv.slice(2);
let started = 0;

const open = (port, first) => {
  const socket = connect({ host: address, port });
  socket.resume();
  socket.on('connect', () => {
    if (!first) return;
    started -= 1;
    if (started === 0) console.log('all connections are open');
  });
  socket.on('error', () => {});
  socket.on('close', () => setTimeout(open, PAUSE_MS, port, false));
};

for (const wish of wishes) {
  const [port, count] = wish.split('=').map(Number);
  started += count;
  for (let n = 0; n < count; n += 1) open(port, true);
}

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
