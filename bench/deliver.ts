/**
 * How fast messages travel: from the first byte of the submission to the recipient's IDLE connection,
 * on one relay, across two, and on a relay without filter and DKIM; how many per second; and how
 * many accounts are made per second.
 */
import type { LabHost } from '../test/support/cmdeploy.ts';
import { makeAccounts } from './support/accounts.ts';
import { note, type Report, runBench } from './support/bench.ts';
import { Courier, type Delivery } from './support/courier.ts';
import { removeMilters } from './support/floor.ts';
import { relayUp, timed } from './support/lab.ts';
import { median, summarize } from './support/statistics.ts';
import { oneDecimal, type Table } from './support/table.ts';
import { type Throughput, throughput } from './support/throughput.ts';

const PARALLEL = 10;

interface Numbers {
  /** For the delivery times, on each route. */
  readonly messages: number;
  /** Of throughput and new accounts. */
  readonly rounds: number;
  /** From each of the senders, in a round of throughput. */
  readonly burst: number;
  /** In a round. */
  readonly accounts: number;
}

interface Relays {
  readonly alpha: LabHost;
  readonly beta: LabHost;
  readonly floor: LabHost;
}

const relaysUp = async (debian: '12' | '13'): Promise<Relays> => {
  note('bringing up three relays');
  const alpha = await relayUp('alpha', debian);
  const beta = await relayUp('beta', debian);
  const floor = await relayUp('floor', debian);
  await removeMilters(floor);
  return { alpha, beta, floor };
};

/** `savedMs`: until Dovecot began to save the message, by its own clock. */
type Timed = Delivery & { readonly savedMs: number };

/** The routes take turns, message by message. */
const deliveryTimes = async (relays: Relays, messages: number): Promise<Timed[]> => {
  note(`delivery times: ${messages} messages on each route`);
  const { alpha, beta, floor } = relays;
  const couriers = await Promise.all([
    Courier.between('same relay', alpha, alpha, messages),
    Courier.between('across two relays', alpha, beta, messages),
    Courier.between('floor: no filter, no DKIM', floor, floor, messages),
  ]);
  const deliveries: Delivery[] = [];
  try {
    for (let message = 0; message < messages; message += 1) {
      for (const courier of couriers) deliveries.push(await courier.carry());
    }
    const saved = await Promise.all(couriers.map((courier) => courier.savedAt()));
    return deliveries.map((delivery) => withSaved(delivery, saved));
  } finally {
    for (const courier of couriers) courier.close();
  }
};

const withSaved = (delivery: Delivery, mailboxes: readonly Map<string, number>[]): Timed => {
  const savedAt = mailboxes.map((saved) => saved.get(delivery.id)).find(Number.isFinite);
  if (savedAt === undefined) throw new Error(`${delivery.id} is in no mailbox`);
  return { ...delivery, savedMs: savedAt - delivery.startedAt };
};

const throughputs = async ({ alpha, floor }: Relays, { rounds, burst }: Numbers) => {
  const relay: Throughput[] = [];
  const withoutMilters: Throughput[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    note(`throughput, round ${round} of ${rounds}`);
    relay.push(await throughput(alpha, PARALLEL, burst));
    withoutMilters.push(await throughput(floor, PARALLEL, burst));
  }
  return { relay, floor: withoutMilters };
};

const accountRates = async ({ beta }: Relays, { rounds, accounts }: Numbers) => {
  const rates: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    note(`new accounts, round ${round} of ${rounds}`);
    const { ms } = await timed(() => makeAccounts(beta, accounts, PARALLEL));
    rates.push((accounts / ms) * 1000);
  }
  return rates;
};

const deliveryTable = (deliveries: readonly Timed[]): Table => {
  const moments = [
    ['accepted', 'acceptedMs'],
    ['at Dovecot', 'savedMs'],
    ['EXISTS', 'existsMs'],
    ['fetched', 'fetchedMs'],
  ] as const;
  const routes = [...new Set(deliveries.map(({ route }) => route))];
  return {
    title: 'Delivery, milliseconds from the first byte of MAIL FROM',
    columns: ['route', 'until', 'messages', 'median', 'p95', 'worst'],
    rows: routes.flatMap((route) =>
      moments.map(([name, key]) => {
        const times = deliveries.filter((one) => one.route === route).map((one) => one[key]);
        const summary = summarize(times);
        return [
          route,
          name,
          summary.count,
          ...[summary.median, summary.p95, summary.worst].map(oneDecimal),
        ];
      }),
    ),
  };
};

const throughputTable = (rounds: { relay: Throughput[]; floor: Throughput[] }): Table => {
  const medians = (of: readonly Throughput[]) => [
    median(of.map(({ acceptedPerSecond }) => acceptedPerSecond)),
    median(of.map(({ deliveredPerSecond }) => deliveredPerSecond)),
  ];
  const relay = medians(rounds.relay);
  const floor = medians(rounds.floor);
  const share = relay.map((rate, index) => `${Math.round((100 * rate) / (floor[index] ?? 0))} %`);
  return {
    title: `Messages per second, ${PARALLEL} senders to ${PARALLEL} mailboxes, median of ${rounds.relay.length}`,
    columns: ['', 'accepted', 'delivered'],
    rows: [
      ['same relay', ...relay.map(oneDecimal)],
      ['floor: no filter, no DKIM', ...floor.map(oneDecimal)],
      ['relay / floor', ...share],
    ],
  };
};

const accountTable = (rates: readonly number[]): Table => ({
  title: `New accounts per second, ${PARALLEL} clients at their first IMAP login`,
  columns: ['rounds', 'median', 'worst'],
  rows: [[rates.length, oneDecimal(median(rates)), oneDecimal(Math.min(...rates))]],
});

const bench = async (choice: {
  readonly debian: '12' | '13';
  readonly numbers: Numbers;
}): Promise<Report> => {
  const { numbers } = choice;
  const relays = await relaysUp(choice.debian);
  const deliveries = await deliveryTimes(relays, numbers.messages);
  const rounds = await throughputs(relays, numbers);
  const accountsPerSecond = await accountRates(relays, numbers);
  return {
    tables: [deliveryTable(deliveries), throughputTable(rounds), accountTable(accountsPerSecond)],
    figures: { deliveries, throughput: rounds, accountsPerSecond },
  };
};

await runBench('deliver', { messages: 100, rounds: 3, burst: 50, accounts: 100 }, bench);
