/** How long a full check of a relay's zone takes: with host and name servers near, and 30 ms away. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../src/config/load.ts';
import { checkZone } from '../src/dns/check.ts';
import { readHostDns } from '../src/dns/host.ts';
import { relayFacts } from '../src/dns/relay-facts.ts';
import { connectSsh } from '../src/host/ssh.ts';
import { labPaths } from '../src/lab/paths.ts';
import { cmdeploy, type LabHost } from '../test/support/cmdeploy.ts';
import { dnsServerOf, updateOptions } from '../test/support/lab-update.ts';
import { type Report, runBench } from './support/bench.ts';
import { startDelayProxy } from './support/delay-proxy.ts';
import { startDelayUdp } from './support/delay-udp.ts';
import { hostUp, timed } from './support/lab.ts';
import { summarize } from './support/statistics.ts';
import { seconds } from './support/table.ts';

const ROUND_TRIPS_MS = [0, 30] as const;

/** What `cmdeploy dns` does between its start and its output. */
const fullCheck = async (host: LabHost, sshPort: number, dnsPort: number, home: string) => {
  const relay = await connectSsh({
    host: '127.0.0.1',
    port: sshPort,
    user: 'root',
    identityFiles: [labPaths().key],
    defaultIdentityFiles: [],
    knownHostsFiles: [join(home, 'known_hosts')],
    acceptNewHostKey: true,
    connectTimeoutMs: 10_000,
    agentSocket: undefined,
  });
  const asked = await readHostDns(relay).finally(relay.close);
  const resolvers = [{ address: dnsServerOf(host), port: dnsPort }];
  const facts = relayFacts(loadConfig(host.config), asked, []);
  const report = await checkZone(facts, { resolvers, publicResolvers: [], port: dnsPort });
  if (report.worst !== undefined) throw new Error(JSON.stringify(report.findings));
};

const measure = async (host: LabHost, roundTripMs: number, checks: number): Promise<number[]> => {
  const home = await mkdtemp(join(tmpdir(), 'cmdeploy-bench-dns-'));
  const ssh = await startDelayProxy({ host: host.address, port: 22, roundTripMs });
  const dns = await startDelayUdp({ host: dnsServerOf(host), port: 53, roundTripMs });
  try {
    const times: number[] = [];
    for (let check = 0; check < checks; check += 1) {
      const { ms } = await timed(() => fullCheck(host, ssh.port, dns.port, home));
      times.push(ms);
    }
    return times;
  } finally {
    dns.close();
    await ssh.close();
    await rm(home, { recursive: true });
  }
};

await runBench('dns', { checks: 20 }, async ({ debian, numbers }): Promise<Report> => {
  const host = await hostUp('zone', debian);
  await cmdeploy(['dns', 'apply', ...updateOptions(host)]);
  const figures = [];
  for (const roundTripMs of ROUND_TRIPS_MS) {
    const times = await measure(host, roundTripMs, numbers.checks);
    figures.push({ roundTripMs, times, ...summarize(times) });
  }
  const rows = figures.map(({ roundTripMs, count, median, p95, worst }) => [
    `${roundTripMs} ms`,
    ...[count, seconds(median), seconds(p95), seconds(worst)],
  ]);
  const columns = ['round trip', 'checks', 'median s', 'p95 s', 'worst s'];
  return { tables: [{ title: 'Full check of a healthy zone', columns, rows }], figures };
});
