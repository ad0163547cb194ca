import { describe, expect, test } from 'vitest';
import { type LabHost, onHost, shellOnHost } from '../support/cmdeploy.ts';
import { deliver } from '../support/delivery.ts';
import { waitForSource } from '../support/imap.ts';
import { armoredMessage, CONTROL_PART, pgpMime } from '../support/messages.ts';
import { newAccount, relays, submitting } from '../support/relays.ts';

const UNIT = 'chatmail-filter.service';
const SOCKETS = [
  '/run/chatmail-filter/incoming.sock',
  '/run/chatmail-filter/outgoing.sock',
] as const;

/** Sends each to each socket, all at the same time, and is done two seconds later. */
function sendAll(relay: LabHost, cases: readonly (readonly string[])[]): Promise<string> {
  const script = `
    for (const path of ${JSON.stringify(SOCKETS)}) {
      for (const packets of ${JSON.stringify(cases)}) {
        const socket = require('net').connect(path);
        socket.on('error', () => {}).on('data', () => {});
        for (const bytes of packets) socket.write(Buffer.from(bytes, 'hex'));
      }
    }
    setTimeout(() => process.exit(), 2000);`;
  return shellOnHost(relay, `node - <<'END'\n${script}\nEND\n`);
}

/** A milter packet: length, command, data. */
function packet(command: string, data = ''): string {
  const length = (1 + data.length / 2).toString(16).padStart(8, '0');
  return length + Buffer.from(command).toString('hex') + data;
}

const NEGOTIATION = packet('O', '00000006000001ff001fffff');

const garbage: readonly [name: string, packets: readonly string[]][] = [
  ['noise', ['ff'.repeat(5000)]],
  ['a packet of four gigabytes', ['ffffffff4f', '00'.repeat(2000)]],
  ['an empty packet', ['00000000']],
  ['a packet cut off', ['000000ff4f0000']],
  ['a negotiation of version 0', [packet('O', '000000000000000000000000')]],
  ['a negotiation too short', [packet('O', '00')]],
  ['two negotiations', [NEGOTIATION, NEGOTIATION]],
  ['a message before the negotiation', [packet('B', '41'.repeat(100)), packet('E')]],
  ['a body before the header', [NEGOTIATION, packet('B', '41'.repeat(100)), packet('E')]],
  ['an unknown command', [NEGOTIATION, packet('!', 'ff'.repeat(10))]],
  ['text without its end', [NEGOTIATION, packet('M', '41'.repeat(100)), packet('L', '41')]],
  [
    'ten thousand header fields',
    [NEGOTIATION, packet('L', '41004200').repeat(10_000), packet('E')],
  ],
];

describe.concurrent.each(relays)('the milter on Debian $debian', (relay) => {
  const state = async () =>
    await onHost(relay, 'systemctl', 'show', '-p', 'ActiveState,MainPID,NRestarts', UNIT);

  test.sequential(`survives ${garbage.map(([name]) => name).join(', ')}`, async () => {
    const before = await state();
    expect(before).toContain('ActiveState=active');
    await sendAll(
      relay,
      garbage.map(([, packets]) => packets),
    );
    expect(await state()).toBe(before);
  });

  test.sequential('does its work after all that', async () => {
    const login = await newAccount(relay);
    const { id, source } = await pgpMime({ from: login.address, to: login.address });
    await submitting(relay, login, (session) =>
      deliver(session, { from: login.address, to: [login.address] }, source),
    );
    await waitForSource(relay, login, id);
  });

  test.sequential('memory does not grow with the size of the message', async () => {
    const login = await newAccount(relay);
    const pid = (await onHost(relay, 'systemctl', 'show', '-p', 'MainPID', '--value', UNIT)).trim();
    const peak = async () =>
      Number(/VmHWM:\s+(\d+) kB/.exec(await onHost(relay, 'cat', `/proc/${pid}/status`))?.[1]);
    const submit = async (bytes: number) => {
      const armored = await armoredMessage(bytes);
      const parts = [CONTROL_PART, ['application/octet-stream', armored] as const];
      const { source } = await pgpMime({ from: login.address, to: login.address }, { parts });
      const reply = await submitting(relay, login, (session) =>
        deliver(session, { from: login.address, to: [login.address] }, source),
      );
      expect(reply.code).toBe(250);
    };
    await submit(1_000_000);
    const before = await peak();
    await submit(20_000_000);
    expect((await peak()) - before).toBeLessThan(20_000);
  });

  test.sequential('when it is stopped mail waits instead of passing unchecked', async () => {
    const login = await newAccount(relay);
    const { source } = await pgpMime({ from: login.address, to: login.address });
    const units = (
      await onHost(relay, 'systemctl', 'list-units', '--plain', '--no-legend', 'chatmail-filter*')
    )
      .split('\n')
      .map((line) => line.split(' ')[0])
      .join(' ');
    await shellOnHost(relay, `systemctl stop ${units}`);
    try {
      const code = await submitting(relay, login, async (session) => {
        const reply = await deliver(session, { from: login.address, to: [login.address] }, source);
        return reply.code;
      }).catch(() => 451);
      expect(code).toBeGreaterThanOrEqual(400);
      expect(code).toBeLessThan(500);
    } finally {
      await shellOnHost(relay, `systemctl start ${units}`);
    }
  });
});
