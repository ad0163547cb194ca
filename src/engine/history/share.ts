/**
 * Deploying a share of a host: only its parts are looked at and planned for, but what is kept as the
 * generation is the whole host, so that going back to it takes nothing away.
 */
import type { Host } from '../../host/host.ts';
import { combine } from '../combine.ts';
import { type Blueprint, desiredState } from '../examine.ts';
import type { DesiredState } from '../state.ts';
import { readCurrent } from './rollback.ts';

/** @throws {GenerationError} the host has no generation that the share could be joined with */
export const shareOf = async (host: Host, blueprint: Blueprint): Promise<Blueprint> => {
  const { number, stored } = await readCurrent(host);
  const share = desiredState(blueprint, stored.platform);
  return { ...blueprint, within: { generation: number, state: join(stored.state, share) } };
};

/** `base` with `share` in the place of what it has of the same names; the order of `base` stays. */
export const join = (base: DesiredState, share: DesiredState): DesiredState => {
  const trees = share.directories.filter(({ exclusive }) => exclusive).map(({ path }) => path);
  const isOurs = ({ path }: { path: string }): boolean =>
    trees.some((tree) => path.startsWith(`${tree}/`)) || share.absent.includes(path);
  const rest = <T extends { path: string }>(items: readonly T[]): T[] =>
    items.filter((item) => !isOurs(item));
  const claimed = new Set(
    [...share.directories, ...share.files, ...share.links].map(({ path }) => path),
  );
  const state: DesiredState = {
    preconditions: base.preconditions,
    packages: [...new Set([...base.packages, ...share.packages])].sort(),
    users: replace(base.users, share.users, byName),
    directories: replace(rest(base.directories), share.directories, byPath),
    files: replace(rest(base.files), share.files, byPath),
    links: replace(rest(base.links), share.links, byPath),
    absent: [...new Set([...base.absent, ...share.absent])].filter((path) => !claimed.has(path)),
    generated: replace(base.generated, share.generated, byName),
    checks: replace(base.checks, share.checks, byName),
    refreshes: replace(base.refreshes, share.refreshes, byName),
    units: replace(base.units, share.units, byName),
    followUps: replace(base.followUps, share.followUps, byName),
    gates: replace(base.gates, share.gates, byName),
    forbidden: replace(base.forbidden, share.forbidden, byName),
    retired: replace(base.retired, share.retired, byName),
  };
  return combine([{ name: 'whole', ...state }]);
};

const byName = ({ name }: { name: string }): string => name;
const byPath = ({ path }: { path: string }): string => path;

const replace = <T>(base: readonly T[], share: readonly T[], key: (item: T) => string): T[] => {
  const news = new Map(share.map((item) => [key(item), item]));
  const kept = base.map((item) => news.get(key(item)) ?? item);
  const known = new Set(base.map(key));
  return [...kept, ...share.filter((item) => !known.has(key(item)))];
};
