/**
 * The process of `notification-service.ts`. Gets how to answer from now on (a status, "stall" or "hang up";
 * what stalls is cut off by the next one) and says each token that comes.
 */
import { hear, say, serveHttps } from './stand-in-process.mjs';

let answer = 200;
const stalled = [];
await serveHttps(0, (request, response) => {
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
for (;;) {
  answer = await hear();
  for (const socket of stalled.splice(0)) socket.destroy();
}
