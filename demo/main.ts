/**
 * Two chatmail relays made from bare Debian hosts in the lab, and two people with Delta Chat who
 * meet and write to each other through them. Started by `npm run demo`.
 */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { cmdeploy, IN_LAB, type LabHost, labHosts, tryCmdeploy } from '../test/support/cmdeploy.ts';
import { DeltaChatAccount, dcloginUrl, newCredentials } from '../test/support/deltachat.ts';
import { DeltaChatCore } from '../test/support/deltachat-core.ts';
import { type Delivery, describeDeliveries, median, type Report, Steps } from './report.ts';

const USAGE = `npm run demo                     two relays and a conversation between them
npm run demo -- --json FILE      and write the figures to FILE
npm run demo -- --down           remove its hosts; when there are none, run it and then remove them`;

const HOSTS = [
  { name: 'demo12', debian: '12' },
  { name: 'demo13', debian: '13' },
] as const;
const ROUNDS = 6;
const UNDER_WAY_MS = 300_000;

interface Options {
  readonly down: boolean;
  readonly json: string | undefined;
}

function parseOptions(): Options {
  try {
    const { values } = parseArgs({
      options: {
        down: { type: 'boolean', default: false },
        json: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (!values.help) return { down: values.down, json: values.json };
    console.log(USAGE);
    process.exit(0);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

/** Ctrl-C ends the commands that run; what follows is skipped. */
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => interrupted.abort(new Error(`ended by ${signal}`)));
}

async function bringUpHosts(): Promise<LabHost[]> {
  const { signal } = interrupted;
  for (const { name, debian } of HOSTS) {
    const args = ['lab', 'up', name, '--debian', debian, '--json'];
    // Its JSON is asked for below; while it works only its progress is worth a line.
    const onLine = (line: string) => line.startsWith('lab: ') && console.log(`   ${line}`);
    await cmdeploy(args, { signal, onLine, timeoutMs: 1_800_000 });
  }
  const hosts = await labHosts();
  return HOSTS.map(({ name }) => {
    const host = hosts.find((candidate) => candidate.name === name);
    if (!host) throw new Error(`The host ${name} did not come up.`);
    return host;
  });
}

/**
 * Shows the steps as they are done; the plan before them says the same. What an interrupted demo has
 * begun on the host is still carried out there: then this waits for its end.
 */
async function deploy({ name, config }: LabHost): Promise<void> {
  const { signal } = interrupted;
  const isPlan = /^\[[\d.]+s\] {3}/;
  const onLine = (line: string) => isPlan.test(line) || console.log(`   ${name} ${line}`);
  const deadline = performance.now() + UNDER_WAY_MS;
  for (;;) {
    const result = await tryCmdeploy(['run', '--config', config], { signal, onLine });
    if (result.code === 0) return;
    const underWay = result.stderr.includes('another run is under way');
    if (!underWay || performance.now() > deadline || signal.aborted) {
      throw new Error(`cmdeploy run failed on ${name}; see above.`);
    }
    await sleep(3000, undefined, { signal });
  }
}

interface Conversation {
  readonly people: readonly [DeltaChatAccount, DeltaChatAccount];
  /** Each one's chat with the other. */
  readonly chats: readonly [number, number];
}

/** Sends `ROUNDS` messages in each direction, one at a time. */
async function converse({ people, chats }: Conversation): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const [sender, receiver, chat] of [
      [people[0], people[1], chats[0]],
      [people[1], people[0], chats[1]],
    ] as const) {
      interrupted.signal.throwIfAborted();
      const sent = await sender.sendText(chat, `Message ${round} from ${sender.address}`);
      const { at } = await receiver.waitForText(sent);
      deliveries.push({ from: sender.address, to: receiver.address, ms: at - sent.at });
    }
  }
  console.log(describeDeliveries(deliveries));
  return deliveries;
}

async function chat(steps: Steps, hosts: readonly LabHost[], core: DeltaChatCore) {
  const people = await steps.run('Delta Chat makes an account on each', async () => {
    const logins = hosts.map(({ domain }) => dcloginUrl(newCredentials(domain)));
    const accounts = await Promise.all(logins.map((url) => DeltaChatAccount.login(core, url)));
    for (const { address } of accounts) console.log(`   ${address}`);
    const [alice, bob] = accounts;
    if (!alice || !bob) throw new Error('There are no two accounts.');
    return [alice, bob] as const;
  });
  const chats = await steps.run('They get to know each other (SecureJoin)', async () => {
    const { chat: second, inviterChat: first } = await people[1].secureJoin(people[0]);
    return [first, second] as const;
  });
  return await steps.run('They write to each other, encrypted', () => converse({ people, chats }));
}

function printHowToGoOn(hosts: readonly LabHost[]): void {
  console.log('\nLook around:');
  for (const { name, debian, domain, address } of hosts) {
    console.log(
      `   node bin/cmdeploy.js lab ssh ${name}    # Debian ${debian}, ${domain}, ${address}`,
    );
  }
  console.log('Stop:\n   npm run demo -- --down');
}

async function run(steps: Steps): Promise<Delivery[]> {
  const hosts = await steps.run('Two bare Debian hosts in the lab', bringUpHosts);
  await steps.run('cmdeploy run makes a relay of each', () => Promise.all(hosts.map(deploy)));
  const core = await DeltaChatCore.start(IN_LAB);
  // A wait for the core has no other way to end before its time.
  const stop = () => void core.close();
  interrupted.signal.addEventListener('abort', stop);
  try {
    return await chat(steps, hosts, core);
  } finally {
    interrupted.signal.removeEventListener('abort', stop);
    await core.close();
  }
}

const isOurs = (host: LabHost) => HOSTS.some(({ name }) => name === host.name);

async function takeDown(): Promise<void> {
  const hosts = await labHosts();
  // The last hosts take the lab's network with them.
  const names = hosts.every(isOurs) ? [] : hosts.filter(isOurs).map(({ name }) => name);
  if (names.length === 0 && !hosts.every(isOurs)) return;
  await cmdeploy(['lab', 'down', ...names], { onLine: (line) => console.log(`   ${line}`) });
}

async function writeReport(file: string, steps: Steps, deliveries: Delivery[]): Promise<void> {
  const times = deliveries.map(({ ms }) => ms);
  const report: Report = {
    ok: deliveries.length === 2 * ROUNDS,
    steps: steps.done,
    deliveries,
    medianMs: median(times),
    slowestMs: times.length > 0 ? Math.max(...times) : undefined,
  };
  // npm runs us in the project's folder; the person is perhaps in another.
  const path = resolve(process.env['INIT_CWD'] ?? '.', file);
  await writeFile(path, `${JSON.stringify(report, undefined, 2)}\n`);
}

async function main(): Promise<boolean> {
  const { down, json } = parseOptions();
  if (down && json === undefined && (await labHosts()).some(isOurs)) {
    await takeDown();
    return true;
  }
  const steps = new Steps();
  const started = performance.now();
  let deliveries: Delivery[] = [];
  try {
    deliveries = await run(steps);
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    console.log(`\nAll messages arrived. ${seconds} s in all.`);
  } catch (error) {
    const { aborted, reason } = interrupted.signal;
    console.error(
      aborted ? `\nStopped: ${reason.message}.` : `\nFailed: ${(error as Error).message}`,
    );
    if (!down) console.error('\nRun it again to go on, or remove it: npm run demo -- --down');
  }
  if (json !== undefined) await writeReport(json, steps, deliveries);
  if (down) await steps.run('Cleaning up', takeDown);
  else if (deliveries.length > 0) printHowToGoOn(await labHosts());
  return deliveries.length === 2 * ROUNDS;
}

process.exitCode = (await main()) ? 0 : 1;
