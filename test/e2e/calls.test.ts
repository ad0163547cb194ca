import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { beforeAll, describe, expect, test } from 'vitest';
import { IN_LAB, type LabHost, onHost, shellOnHost } from '../support/cmdeploy.ts';
import { DeltaChatAccount, dcloginUrl, newCredentials } from '../support/deltachat.ts';
import { DeltaChatCore } from '../support/deltachat-core.ts';
import { clientAddress, newAccount, peerOf, relays } from '../support/relays.ts';
import {
  answersStun,
  credentialsOf,
  floodTurn,
  parseTurn,
  relayThrough,
  stunMessage,
  type TurnCredentials,
  turnMetadata,
} from '../support/turn.ts';

const ALLOCATE_REQUEST = 0x0003;
/** Of the 256 MB that its unit allows. */
const MEMORY_KILOBYTES = 150_000;
const now = () => Math.floor(Date.now() / 1000);

describe.each(relays)('calls on Debian $debian', (relay) => {
  const peer = peerOf(relay);
  let turn: TurnCredentials;

  beforeAll(async () => {
    turn = parseTurn(await turnMetadata(relay, await newAccount(relay)));
  });

  test('a client gets credentials for a day', () => {
    expect(turn.host).toBe(relay.domain);
    expect(turn.port).toBe(3478);
    const left = Number(turn.username) - now();
    expect(left).toBeGreaterThan(20 * 3600);
    expect(left).toBeLessThanOrEqual(25 * 3600);
  });

  test('Delta Chat takes them', async () => {
    const core = await DeltaChatCore.start(IN_LAB);
    try {
      const account = await DeltaChatAccount.login(core, dcloginUrl(newCredentials(relay.domain)));
      const servers = () => core.call('ICE servers', core.rpc.iceServers(account.id));
      await expect
        .poll(servers, { timeout: 60_000 })
        .toContain(`"urls":["turn:${relay.address}:3478"],"username":"`);
    } finally {
      await core.close();
    }
  });

  test('what it sends goes to its peer and back', async () => {
    const output = await relayThrough(relay, peer, turn, peer.address);
    expect(output).toContain('tot_send_msgs=2, tot_recv_msgs=2');
  });

  test('nothing is relayed to the relay itself, its loopback or private networks', async () => {
    for (const address of [relay.address, '127.0.0.1', '10.0.0.1', '192.168.1.1']) {
      const output = await relayThrough(relay, peer, turn, address);
      expect(output, address).toContain('403 (Forbidden IP)');
      expect(output, address).not.toContain('tot_recv_msgs');
    }
  });

  test('nobody gets through with credentials that are old or wrong', async () => {
    const old = await credentialsOf(relay, now() - 60);
    const wrong = { ...turn, password: randomBytes(20).toString('base64') };
    for (const credentials of [old, wrong]) {
      const output = await relayThrough(relay, peer, credentials, peer.address);
      expect(output).toContain('Cannot complete Allocation');
    }
  });

  test('a flood of nonsense ends nothing and is not logged', async () => {
    const coturn = () => onHost(relay, 'systemctl', 'show', '-P', 'MainPID', 'coturn');
    const before = await coturn();
    const mark = randomBytes(8).toString('hex');
    const username = Buffer.from(`\x00\x06\x00\x10${mark}`, 'latin1');
    const socket = createSocket('udp4');
    for (let i = 0; i < 4000; i += 1) {
      const nonsense = [
        randomBytes(1 + (i % 1400)),
        stunMessage(ALLOCATE_REQUEST, username),
        stunMessage(ALLOCATE_REQUEST, username, 65_532),
        stunMessage(i % 65_536, randomBytes(4 * (i % 50))),
      ];
      for (const datagram of nonsense) await send(socket, datagram, relay.address);
    }
    socket.close();
    expect(await answersStun(relay)).toBe(true);
    expect(await coturn()).toBe(before);
    const journal = await onHost(relay, 'journalctl', '--no-pager', '-o', 'cat', '-u', 'coturn');
    expect(journal).not.toContain(mark);
    expect(journal).not.toMatch(clientAddress(relay));
    expect(journal).not.toContain(turn.username);
  });

  test('a flood from many ports of one address keeps nobody out', async () => {
    const flood = floodTurn(relay, peer, { addresses: 1, packets: 200_000 });
    const output = await relayThrough(relay, peer, turn, peer.address);
    await flood;
    // One of the two may be lost in the flood.
    expect(output).toMatch(/tot_send_msgs=2, tot_recv_msgs=[12]/);
  });

  test('a flood from many addresses takes no more memory than there is, and passes', async () => {
    const before = await coturnProcess(relay);
    await floodTurn(relay, peer, { addresses: 100, packets: 50_000 });
    const after = await coturnProcess(relay);
    expect(after.id).toBe(before.id);
    expect(after.kilobytes).toBeLessThan(MEMORY_KILOBYTES);
    await expect
      .poll(() => relayThrough(relay, peer, turn, peer.address), { timeout: 60_000 })
      .toContain('tot_send_msgs=2, tot_recv_msgs=2');
  });
});

async function coturnProcess(relay: LabHost): Promise<{ id: string; kilobytes: number }> {
  const script = 'id=$(systemctl show -P MainPID coturn); echo "$id $(ps -o rss= -p "$id")"';
  const [id = '', kilobytes] = (await shellOnHost(relay, script)).split(/\s+/);
  return { id, kilobytes: Number(kilobytes) };
}

const send = (socket: ReturnType<typeof createSocket>, data: Buffer, to: string): Promise<void> =>
  new Promise((resolve) => socket.send(data, 3478, to, () => resolve()));
