import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dkimSign } from 'mailauth/lib/dkim/sign.js';
import { afterAll, describe, expect, test } from 'vitest';
import { encodeFrame, FrameDecoder } from '../../../src/chatmaild/milter/frames.ts';
import { expectSignature } from '../../../src/chatmaild/probe/signature.ts';
import { networkAt, serve } from './fake-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'cmdeploy-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

const newKey = (): string =>
  generateKeyPairSync('rsa', { modulusLength: 1024 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
const key = newKey();
writeFileSync(join(folder, 'opendkim.private'), key);

const strings = (data: Buffer): string[] => data.toString('latin1').split('\0');

/** As OpenDKIM does it. */
const signatureOf = async (source: string, privateKey: string): Promise<string> => {
  const signature = { signingDomain: 'x.test', selector: 'opendkim', privateKey };
  const { signatures } = await dkimSign(source, {
    ...signature,
    canonicalization: 'relaxed/simple',
    signTime: new Date(),
    signatureData: [signature],
  });
  return signatures.replace(/^DKIM-Signature: /, '').trimEnd();
};

/** A milter that signs with a key, or answers the end of the header with a letter. */
const milter = (options: { privateKey?: string; atEndOfHeader?: string }) =>
  serve(({ socket }) => {
    const decoder = new FrameDecoder();
    let source = '';
    const handle = async (letter: string, data: Buffer): Promise<void> => {
      if (letter === 'D') return;
      if (letter === 'L') source += `${strings(data).slice(0, 2).join(': ')}\r\n`;
      if (letter === 'N') source += '\r\n';
      if (letter === 'B') source += data.toString('latin1');
      if (letter === 'O') return void socket.write(encodeFrame('O', data));
      if (letter === 'E' && options.privateKey !== undefined) {
        const value = await signatureOf(source, options.privateKey);
        const index = Buffer.alloc(4);
        socket.write(encodeFrame('i', index, Buffer.from(`DKIM-Signature\0${value}\0`)));
      }
      const end = letter === 'N' ? options.atEndOfHeader : undefined;
      socket.write(encodeFrame(end ?? 'c'));
    };
    socket.removeAllListeners('data');
    socket.on('data', (chunk: Buffer) => {
      for (const { command, data } of decoder.push(chunk)) void handle(command, data);
    });
  });

const check = async (port: number): Promise<void> => {
  const connection = await networkAt(port).tcp(1);
  try {
    await expectSignature(connection, 'x.test', folder);
  } finally {
    connection.close();
  }
};

describe('the signature', () => {
  test('of the key on disk', async () => {
    await expect(check(await milter({ privateKey: key }))).resolves.toBeUndefined();
  });

  test('of another key', async () => {
    await expect(check(await milter({ privateKey: newKey() }))).rejects.toThrow(
      /its signature does not verify with the key in .* \(bad signature\)/,
    );
  });

  test.each([
    ['c', 'it does not sign mail of x.test'],
    ['a', 'it lets mail of the relay pass without a signature'],
    ['t', 'it cannot sign for now'],
    ['r', 'it answered "r" to "N" of a message'],
  ])('none: %s', async (atEndOfHeader, message) => {
    await expect(check(await milter({ atEndOfHeader }))).rejects.toThrow(message);
  });

  test('nonsense instead of a milter', async () => {
    const port = await serve((peer) => peer.send('220 not a milter at all'));
    await expect(check(port)).rejects.toThrow(/it announced \d+ bytes/);
  });
});
