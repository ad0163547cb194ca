import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LabHost } from '../support/cmdeploy.ts';
import { deliver, type Login, openServerSession, openSubmission } from '../support/delivery.ts';
import { deployAgain, deployWith } from '../support/deploy-with.ts';
import { https } from '../support/https.ts';
import { waitForSource } from '../support/imap.ts';
import { ImapCommands } from '../support/imap-commands.ts';
import {
  armoredMessage,
  CONTROL_PART,
  type DkimKey,
  pgpMime,
  signed,
} from '../support/messages.ts';
import { dkimKeyOf, newAccount, peerOf, relays } from '../support/relays.ts';

/** Bytes as they are transferred, each line end two of them (RFC 1870 section 3). */
const LIMIT = 150_000;
const CONTENT = 100_000;
const FIELD = 'X-Padding: ';
const FIELD_LENGTH = 500;

/** Fields before the message, which no signature covers, make it as long as it should be. */
function padded(source: string, size: number): string {
  const room = size - source.length;
  const count = Math.floor(room / FIELD_LENGTH);
  const fields = Array.from({ length: count }, (_, index) => {
    const length = index === 0 ? room - (count - 1) * FIELD_LENGTH : FIELD_LENGTH;
    return `${FIELD.padEnd(length - 2, 'x')}\r\n`;
  });
  return fields.join('') + source;
}

interface Sending {
  readonly relay: LabHost;
  readonly to: Login;
  readonly size: number;
}
/** Sends a message of that size, which must arrive; gives its id and what the relay answers. */
type Way = (sending: Sending) => Promise<{ id: string; answer: string }>;

const encrypted = async (from: string, to: string) => {
  const armored = await armoredMessage(CONTENT);
  const parts = [CONTROL_PART, ['application/octet-stream', armored] as const];
  return await pgpMime({ from, to }, { parts });
};

const submittedOn =
  (port: 443 | 465 | 587): Way =>
  async ({ relay, to: { address }, size }) => {
    const login = await newAccount(relay);
    const { id, source } = await encrypted(login.address, address);
    const session = await openSubmission(relay, login, port);
    const envelope = { from: login.address, to: [address] };
    const { code } = await deliver(session, envelope, padded(source, size));
    await session.quit();
    return { id, answer: String(code) };
  };

const keys = new Map<LabHost, Promise<DkimKey>>();
const keyOf = (relay: LabHost): Promise<DkimKey> => {
  const key = keys.get(relay) ?? dkimKeyOf(relay);
  keys.set(relay, key);
  return key;
};

const fromOtherServer = async ({ relay, to: { address }, size }: Sending) => {
  const peer = peerOf(relay);
  const from = `sender@${peer.domain}`;
  const built = await signed(await encrypted(from, address), await keyOf(peer));
  return { from, id: built.id, message: padded(built.source, size) };
};

const onPort25: Way = async (sending) => {
  const { from, id, message } = await fromOtherServer(sending);
  const session = await openServerSession(sending.relay);
  const { code } = await deliver(session, { from, to: [sending.to.address] }, message);
  await session.quit();
  return { id, answer: String(code) };
};

const overHttps =
  (sent: (message: string) => string): Way =>
  async (sending) => {
    const { from, id, message } = await fromOtherServer(sending);
    const envelope = { 'X-Mail-From': from, 'X-Mail-To': sending.to.address };
    const { status } = await https(sending.relay, 'POST', '/mxdeliv', sent(message), envelope);
    return { id, answer: String(status) };
  };

const appended: Way = async ({ relay, to, size }) => {
  const { id, source } = await encrypted(to.address, to.address);
  const session = await ImapCommands.login(relay, to);
  const literal = `{${size}+}\r\n${padded(source, size)}`;
  const answer = await session.command(`APPEND INBOX ${literal}`);
  session.close();
  return { id, answer: /^a\d+ (\w+)/m.exec(answer)?.[1] ?? answer };
};

const WAYS: readonly (readonly [name: string, way: Way, taken: string, refused: string])[] = [
  ['port 25', onPort25, '250', '552'],
  ['port 465', submittedOn(465), '250', '552'],
  ['port 587', submittedOn(587), '250', '552'],
  ['SMTP on port 443', submittedOn(443), '250', '552'],
  ['/mxdeliv', overHttps((message) => message), '200', '413'],
  // nginx counts what it gets, Postfix what it is given.
  ['/mxdeliv, bare line feeds', overHttps((text) => text.replaceAll('\r\n', '\n')), '200', '413'],
  ['APPEND', appended, 'OK', 'NO'],
];

describe('max_message_size', () => {
  beforeAll(() =>
    Promise.all(relays.map((relay) => deployWith(relay, { max_message_size: LIMIT }))),
  );
  afterAll(() => Promise.all(relays.map(deployAgain)));

  describe.each(relays)('on Debian $debian', (relay) => {
    test.each(WAYS)('is what may come by %s, to the byte', async (_, way, taken, refused) => {
      const to = await newAccount(relay);
      const over = await way({ relay, to, size: LIMIT + 1 });
      expect(over.answer).toBe(refused);
      const exact = await way({ relay, to, size: LIMIT });
      expect(exact.answer).toBe(taken);
      await waitForSource(relay, to, exact.id);
      await expect(waitForSource(relay, to, over.id, 1)).rejects.toThrow(/No message/);
    });

    test('ends an APPEND before its content is there', async () => {
      const session = await ImapCommands.login(relay, await newAccount(relay));
      expect(await session.command(`APPEND INBOX {${10 ** 12}}`)).toMatch(/^a2 (NO|BAD)/m);
      session.close();
    });
  });
});
