/** What is deployed there, if anything: from the folders of the runs. */
import { RUN_DIR } from '../../engine/layout.ts';
import type { RunFact, StatusFacts } from '../facts.ts';
import { error, type Finding, type Item, warning } from '../finding.ts';
import { formatTime } from '../text.ts';

/** How far deployments got. `other-relay`: the host serves another domain. */
export type Deployment =
  | { readonly state: 'never' }
  | { readonly state: 'other-relay'; readonly domain: string }
  | {
      readonly state: 'running' | 'half' | 'rolled-back' | 'broken' | 'complete';
      readonly run: RunFact;
      readonly last?: RunFact;
    }
  /** The relay is there, but no run is on record. */
  | { readonly state: 'unrecorded' };

/**
 * @param domain that the operator's chatmail.ini names
 * @param running whether a run is under way
 */
export const deploymentOf = (facts: StatusFacts, domain: string, running: boolean): Deployment => {
  const [run] = facts.runs;
  if (facts.mailDomain !== undefined && facts.mailDomain !== domain) {
    return { state: 'other-relay', domain: facts.mailDomain };
  }
  if (run === undefined) return { state: facts.mailDomain === undefined ? 'never' : 'unrecorded' };
  const last = facts.runs.find(({ code }) => code === 0);
  const state = running ? 'running' : stateAfter(run);
  return { state, run, ...(last === undefined ? {} : { last }) };
};

/** The exit codes of `cmdeploy run`, which the log of a run ends with. */
const stateAfter = ({ code }: RunFact): 'complete' | 'rolled-back' | 'broken' | 'half' => {
  if (code === 0) return 'complete';
  if (code === 5) return 'rolled-back';
  return code === 6 ? 'broken' : 'half';
};

/**
 * @param domain that the operator's chatmail.ini names
 * @param notices what follow-ups of the last run could not do
 */
export const checkDeployment = (
  deployment: Deployment,
  domain: string,
  notices: readonly string[],
): Item => ({
  name: 'deployed',
  text: textOf(deployment),
  findings: [...findingsOf(deployment, domain), ...unfinished(notices)],
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
      return `a run is under way since ${startOf(deployment.run)}`;
    case 'half':
      return `half: the run of ${startOf(deployment.run)} ${endOf(deployment.run)}`;
    case 'rolled-back':
      return `${deployment.last ? describeRun(deployment.last) : 'an earlier version'}; the run of ${startOf(deployment.run)} was rolled back`;
    case 'broken':
      return `broken: the run of ${startOf(deployment.run)} failed`;
    case 'complete':
      return describeRun(deployment.run);
  }
};

const findingsOf = (deployment: Deployment, domain: string): Finding[] => {
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
      return [warning(`${RUN_DIR} holds no run`, 'cmdeploy plan tells whether anything differs')];
    case 'running':
      return [warning('a run is under way: what is below may change', 'look again in a minute')];
    case 'half':
      return [halfDeployed(deployment.run, deployment.last)];
    case 'rolled-back':
      return [
        warning(
          'the last run failed; the host went back to what it had before',
          `mend the cause and run again; what it said: ${logOf(deployment.run)}`,
        ),
      ];
    case 'broken':
      return [broken(deployment.run, deployment.last)];
    case 'complete':
      return [];
  }
};

const unfinished = (log: readonly string[]): Finding[] => {
  const found = warning('the last run left something to do', 'cmdeploy run tries it again');
  return log.length === 0 ? [] : [{ ...found, log }];
};

const halfDeployed = (run: RunFact, last: RunFact | undefined): Finding => {
  const what = `the last run ${endOf(run)}; ${
    last === undefined ? 'none ever succeeded' : `the last good one was ${startOf(last)}`
  }`;
  const fix = `cmdeploy run goes on from there; what it said: ${logOf(run)}`;
  return last === undefined ? error(what, fix) : warning(what, fix);
};

const broken = (run: RunFact, last: RunFact | undefined): Finding =>
  error(
    last === undefined
      ? 'the first deployment did not succeed'
      : 'the last run failed, and what was there before is not healthy either',
    `mend the cause and run again; what it said: ${logOf(run)}`,
  );

const describeRun = (run: RunFact): string => `cmdeploy ${run.version ?? '?'}, ${startOf(run)}`;

const logOf = ({ id }: RunFact): string => `${RUN_DIR}/${id}/log`;

const endOf = ({ code }: RunFact): string =>
  code === undefined ? 'was cut short' : `failed (exit status ${code})`;

/** A run is named after its start. */
const startOf = ({ id }: RunFact): string => {
  const [, date = '', time = ''] = /^(\d{8})T(\d{6})/.exec(id) ?? [];
  const iso = `${date.replace(/(....)(..)(..)/, '$1-$2-$3')}T${time.replace(/(..)(..)(..)/, '$1:$2:$3')}Z`;
  const start = Date.parse(iso);
  return Number.isNaN(start) ? id : formatTime(start);
};
