import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { IN_LAB } from '../support/cmdeploy.ts';
import { DeltaChatAccount, dcloginUrl, newCredentials } from '../support/deltachat.ts';
import { DeltaChatCore } from '../support/deltachat-core.ts';
import { https } from '../support/https.ts';
import { peerOf, relays } from '../support/relays.ts';

const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

let core: DeltaChatCore;
beforeAll(async () => {
  core = await DeltaChatCore.start(IN_LAB);
});
afterAll(async () => {
  await core?.close();
});

function login(domain: string): Promise<DeltaChatAccount> {
  return DeltaChatAccount.login(core, dcloginUrl(newCredentials(domain)));
}

/** Sends a message each way and gives what each of the two took, in milliseconds. */
async function converse(
  [one, oneChat]: [DeltaChatAccount, number],
  [two, twoChat]: [DeltaChatAccount, number],
  round = 1,
): Promise<[number, number]> {
  const question = await one.sendText(oneChat, `How are you? (${round})`);
  const asked = await two.waitForText(question);
  const answer = await two.sendText(twoChat, `Well, and you? (${round})`);
  const answered = await one.waitForText(answer);
  return [asked.at - question.at, answered.at - answer.at];
}

describe.each(relays)('Delta Chat with the relay on Debian $debian', (relay) => {
  const peer = peerOf(relay);

  test('logs in with the URL that /new gives', async () => {
    const { body } = await https(relay, 'POST', '/new');
    const { email, dclogin_url: url } = JSON.parse(body);
    const account = await DeltaChatAccount.login(core, url);
    expect(account.address).toBe(email);
  });

  test('two people on this relay meet and write to each other', async () => {
    const [alice, bob] = await Promise.all([login(relay.domain), login(relay.domain)]);
    const { chat, inviterChat } = await bob.secureJoin(alice);
    await converse([bob, chat], [alice, inviterChat]);
  });

  test('two people on different relays meet and write to each other', async () => {
    const [alice, bob] = await Promise.all([login(relay.domain), login(peer.domain)]);
    const { chat, inviterChat } = await bob.secureJoin(alice);
    const first = await converse([bob, chat], [alice, inviterChat]);
    const second = await converse([bob, chat], [alice, inviterChat], 2);
    console.log(`delivery, ms: ${[...first, ...second].map(Math.round).join(', ')}`);
  });

  test('a file of several megabytes arrives as it was', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cmdeploy-test-'));
    try {
      const file = join(folder, 'photos.bin');
      const content = randomBytes(5_000_000);
      await writeFile(file, content);
      const [alice, bob] = await Promise.all([login(relay.domain), login(peer.domain)]);
      const { chat } = await bob.secureJoin(alice);
      const sent = await bob.sendFile(chat, 'the photos', file);
      const received = await readFile(await alice.waitForFile(sent));
      expect(sha256(received)).toBe(sha256(content));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('a group of three across both relays', async () => {
    const [alice, bob, carol] = await Promise.all([
      login(relay.domain),
      login(peer.domain),
      login(relay.domain),
    ]);
    await bob.secureJoin(alice);
    await carol.secureJoin(alice);
    const group = await alice.createGroup('Hiking', [bob, carol]);
    const invitation = await alice.sendText(group, 'Tomorrow?');
    const [toBob] = await Promise.all([bob.waitForText(invitation), carol.waitForText(invitation)]);
    const answer = await bob.sendText(toBob.message.chatId, 'With pleasure.');
    await Promise.all([alice.waitForText(answer), carol.waitForText(answer)]);
  });
});
