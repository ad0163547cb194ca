/** From what was seen to what it means. Pure. */
import { certificateOrigin } from '../config/certificate.ts';
import type { Config } from '../config/schema.ts';
import type { Blueprint } from '../engine/examine.ts';
import type { Facts } from '../engine/facts.ts';
import { APPLY_UNIT } from '../engine/layout.ts';
import { isAtWork } from '../engine/observe/parse.ts';
import type { Plan } from '../engine/plan.ts';
import { plan } from '../engine/planning/index.ts';
import { checkOutbound } from '../engine/preflight/network.ts';
import { checkSystem, platformOf } from '../engine/preflight/system.ts';
import type { DesiredState, Platform } from '../engine/state.ts';
import { checkDelivery } from './checks/delivery.ts';
import { checkDeployment, type Deployment, deploymentOf } from './checks/deployment.ts';
import { checkDns } from './checks/dns.ts';
import { checkDrift } from './checks/drift.ts';
import { checkClock, checkDisk, checkLoad, checkMemory, checkUpdates } from './checks/machine.ts';
import { checkAccounts, checkQueue, checkTraffic } from './checks/mail.ts';
import { checkCertificate, checkPorts, checkResolver } from './checks/network.ts';
import { checkServices, isStopped } from './checks/services.ts';
import { checkDeletion, checkPush } from './checks/upkeep.ts';
import type { StatusFacts } from './facts.ts';
import { error, type Finding, type Item, type Level, warning, worst } from './finding.ts';
import { THRESHOLDS } from './thresholds.ts';

export type RelayState = Deployment['state'] | 'unsupported' | 'stopped';

export interface StatusReport {
  /** As the operator calls it. */
  readonly host: string;
  readonly domain: string;
  readonly state: RelayState;
  /** The gravest of all findings. */
  readonly level: Level;
  readonly items: readonly Item[];
  readonly facts: StatusFacts;
}

/** Everything that was seen in one look. */
export interface Look {
  readonly host: string;
  readonly engine: Facts;
  readonly status: StatusFacts;
  /** What the host should be. */
  readonly stateFor: (platform: Platform) => DesiredState;
  /** As {@link checkClock} wants it. */
  readonly clockOffsetMs: number;
}

/** After any other, units may be down that nobody has stopped. */
const GOOD_STATES: ReadonlySet<Deployment['state']> = new Set([
  'complete',
  'rolled-back',
  'unrecorded',
]);

export const buildReport = (look: Look, config: Config, blueprint: Blueprint): StatusReport => {
  const { host, engine, status } = look;
  const domain = config.mail_domain;
  const platform = platformOf(engine);
  const running = isAtWork(engine.units[APPLY_UNIT]);
  const deployment = deploymentOf(status, engine.records, domain, running);
  const report = (state: RelayState, items: readonly Item[]): StatusReport => {
    const level = worst(items.flatMap(({ findings }) => findings));
    return { host, domain, state, level, items, facts: status };
  };
  const machine = machineItems(look, config);
  if (!platform || checkSystem(engine).length > 0) {
    return report('unsupported', [unsupported(engine), ...machine]);
  }
  const desired = look.stateFor(platform);
  const difference = plan(desired, engine);
  const settled = difference.steps.length === 0;
  const deployed = checkDeployment(deployment, { domain, notices: status.notices, settled });
  const { state } = deployment;
  if (state === 'never' || state === 'other-relay') return report(state, [deployed, ...machine]);
  const units = desired.units.map(({ name }) => name);
  const stopped = GOOD_STATES.has(state) && isStopped(units, status);
  return report(stopped ? 'stopped' : state, [
    deployed,
    ...relayItems(look, config, blueprint, { units, difference }),
    ...machine,
  ]);
};

const unsupported = (engine: Facts): Item => ({
  name: 'deployed',
  text: `never; it runs ${engine.system.prettyName || 'an unknown system'}`,
  findings: checkSystem(engine).map(({ what, fix }) => error(what, fix)),
});

const relayItems = (
  { engine, status }: Look,
  config: Config,
  blueprint: Blueprint,
  { units, difference }: { readonly units: readonly string[]; readonly difference: Plan },
): Item[] => [
  checkDrift(difference, engine),
  checkServices(units, status, (unit) => engine.stamps[unit] !== undefined, THRESHOLDS),
  checkDelivery(status, THRESHOLDS),
  checkPorts(blueprint.ports, engine.listeners, status, outboundFindings(engine, blueprint)),
  checkCertificate(status, config.mail_domain, certificateOrigin(config) === 'acme', THRESHOLDS),
  checkDns(status),
  checkResolver(engine.machine),
  checkQueue(status, config.mail_domain, THRESHOLDS),
  checkTraffic(status),
  checkAccounts(status),
  checkDeletion(status, THRESHOLDS),
  checkPush(status, THRESHOLDS),
];

const outboundFindings = ({ machine }: Facts, { network }: Blueprint): Finding[] =>
  network === undefined
    ? []
    : checkOutbound(machine, network).map(({ what, fix }) => warning(what, fix));

const machineItems = ({ status, clockOffsetMs }: Look, config: Config): Item[] => [
  checkDisk(status, config, THRESHOLDS),
  checkMemory(status, config),
  checkLoad(status, config, THRESHOLDS),
  checkUpdates(status, THRESHOLDS),
  checkClock(status, clockOffsetMs, THRESHOLDS),
];
