/** What is deployed there, if anything: from what runs left on record. */
import type { Facts } from '../../engine/facts.ts';
import { HISTORY_FILE, RUN_DIR } from '../../engine/layout.ts';
import type { RunFact, StatusFacts } from '../facts.ts';
import { error, type Finding, type Item, warning } from '../finding.ts';
import { formatTime } from '../text.ts';

interface Runs {
  /** The last one. */
  readonly run: RunFact;
  /** The last good one. */
  readonly good?: RunFact;
}

/** How far deployments got. `other-relay`: the host serves another domain. */
export type Deployment =
  | { readonly state: 'never' }
  | { readonly state: 'other-relay'; readonly domain: string }
  | ({ readonly state: 'running' | 'half' | 'rolled-back' | 'broken' | 'complete' } & Runs)
  /** The relay is there, but no run is on record. */
  | { readonly state: 'unrecorded' };

/**
 * @param domain that the operator's chatmail.ini names
 * @param running whether a run is under way
 */
export const deploymentOf = (
  { runs, mailDomain }: StatusFacts,
  records: Facts['records'],
  domain: string,
  running: boolean,
): Deployment => {
  if (mailDomain !== undefined && mailDomain !== domain) {
    return { state: 'other-relay', domain: mailDomain };
  }
  const run = lastRun(runs, records);
  if (run === undefined) return { state: mailDomain === undefined ? 'never' : 'unrecorded' };
  const good = runs.find(({ result }) => result === 'deployed');
  const state = running ? 'running' : stateAfter(run, records);
  return { state, run, ...(good === undefined ? {} : { good }) };
};

/** A run that is open may not be on record yet. */
const lastRun = (runs: readonly RunFact[], { open }: Facts['records']): RunFact | undefined => {
  const [last] = runs;
  if (open === undefined || last?.id === open.runId) return last;
  const { runId: id, since, info } = open;
  return {
    id,
    ...(since === undefined ? {} : { started: since }),
    ...(info === undefined ? {} : { who: info.who, version: info.version }),
  };
};

const stateAfter = (
  { result }: RunFact,
  { open, broken, generation }: Facts['records'],
): 'complete' | 'rolled-back' | 'broken' | 'half' => {
  if (open !== undefined) return 'half';
  if (broken || result === 'broken') return 'broken';
  if (result === 'rolled-back') return 'rolled-back';
  if (generation !== undefined) return 'complete';
  return result === 'deployed' ? 'complete' : 'half';
};

export interface DeploymentContext {
  /** That the operator's chatmail.ini names. */
  readonly domain: string;
  /** What follow-ups of the last run could not do. */
  readonly notices: readonly string[];
  /** Whether the host is as chatmail.ini wants it. */
  readonly settled: boolean;
}

export const checkDeployment = (deployment: Deployment, context: DeploymentContext): Item => ({
  name: 'deployed',
  text: textOf(deployment),
  findings: [...findingsOf(deployment, context), ...unfinished(context.notices)],
});

const textOf = (deployment: Deployment): string => {
  switch (deployment.state) {
    case 'never':
      return 'never';
    case 'other-relay':
      return `the relay of ${deployment.domain}`;
    case 'unrecorded':
      return 'yes, but no run is on record';
    case 'running':
      return `a run${by(deployment.run)} is under way since ${startOf(deployment.run)}`;
    case 'half':
      return `half: the run of ${startOf(deployment.run)}${by(deployment.run)} ${endOf(deployment.run)}`;
    case 'rolled-back':
      return `${describeGood(deployment)}; the run of ${startOf(deployment.run)} was rolled back`;
    case 'broken':
      return `broken: the run of ${startOf(deployment.run)}${by(deployment.run)} failed`;
    case 'complete':
      return describeGood(deployment);
  }
};

const findingsOf = (deployment: Deployment, { domain, settled }: DeploymentContext): Finding[] => {
  switch (deployment.state) {
    case 'never':
      return [error('cmdeploy never deployed anything to this host', 'deploy it: cmdeploy run')];
    case 'other-relay':
      return [
        error(
          `this host is the relay of ${deployment.domain}, not of ${domain}`,
          'name the right host (--host) or the right configuration (--config)',
        ),
      ];
    case 'unrecorded':
      return [
        warning(`${HISTORY_FILE} tells of no run`, 'cmdeploy plan tells whether anything differs'),
      ];
    case 'running':
      return [warning('a run is under way: what is below may change', 'look again in a minute')];
    case 'half':
      return [halfDeployed(deployment)];
    case 'rolled-back':
      // Whoever has taken the change back in chatmail.ini has nothing more to do.
      return settled ? [] : [rolledBack(deployment.run)];
    case 'broken':
      return [broken(deployment)];
    case 'complete':
      return [];
  }
};

const unfinished = (log: readonly string[]): Finding[] => {
  const found = warning('the last run left something to do', 'cmdeploy run tries it again');
  return log.length === 0 ? [] : [{ ...found, log }];
};

const rolledBack = (run: RunFact): Finding =>
  warning(
    'the last run failed; the host went back to what it had before',
    `mend the cause and run again; what it said: ${logOf(run)}`,
  );

const halfDeployed = ({ run, good }: Runs): Finding => {
  const what = `the last run ${endOf(run)}; ${
    good === undefined ? 'none ever succeeded' : `the last good one was ${startOf(good)}`
  }`;
  const fix = `cmdeploy run goes on from there; what it said: ${logOf(run)}`;
  return good === undefined ? error(what, fix) : warning(what, fix);
};

const broken = ({ run, good }: Runs): Finding =>
  error(
    good === undefined
      ? 'the first deployment did not succeed'
      : 'the last run failed, and what was there before is not healthy either',
    `mend the cause and run again; what it said: ${logOf(run)}`,
  );

/** `0.1.0, generation 3, 2026-11-22 19:50 UTC by alice@laptop` */
const describeGood = ({ good, run }: Runs): string => {
  if (good === undefined) return `yes; by the record of ${startOf(run)}`;
  const generation = good.generation === undefined ? '' : `generation ${good.generation}, `;
  return `${good.version ?? '?'}, ${generation}${startOf(good)}${by(good)}`;
};

const by = ({ who }: RunFact): string => (who === undefined ? '' : ` by ${who}`);

const logOf = ({ id }: RunFact): string => `${RUN_DIR}/${id}/log`;

const endOf = ({ result }: RunFact): string => (result === undefined ? 'was cut short' : 'failed');

const startOf = ({ started, id }: RunFact): string =>
  started === undefined ? id : formatTime(started);
