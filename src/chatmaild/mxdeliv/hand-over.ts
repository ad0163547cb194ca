/** Hands a message to this host's Postfix, whose milter checks it as it checks all mail of strangers. */
import { SmtpClient } from '../smtp/client.ts';
import { DotEncoder } from '../smtp/dots.ts';
import type { SmtpReply } from '../smtp/reply.ts';
import type { Envelope } from './envelope.ts';

/**
 * @param port of Postfix on 127.0.0.1
 * @returns the first reply that refuses, or the last one: 250 when Postfix has the message on disk
 * @throws when the connection or `body` breaks; the message is not taken then
 */
export const handOver = async (
  port: number,
  { from, to }: Envelope,
  body: AsyncIterable<Buffer>,
): Promise<SmtpReply> => {
  const client = new SmtpClient(port);
  try {
    const greeting = await client.reply();
    if (greeting.code !== 220) return greeting;
    const recipients = to.map((address) => `RCPT TO:<${address}>`);
    for (const line of ['EHLO localhost', `MAIL FROM:<${from}>`, ...recipients]) {
      const reply = await client.command(line);
      if (reply.code !== 250) return reply;
    }
    const go = await client.command('DATA');
    if (go.code !== 354) return go;
    const encoder = new DotEncoder();
    for await (const chunk of body) await client.write(encoder.push(chunk));
    return await client.command(encoder.end());
  } finally {
    client.close();
  }
};
