import { type Part, ROOT } from '../engine/state.ts';
import { managedUnit, rootFile, unitPath } from './managed.ts';
import type { RelayPart } from './part.ts';
import { renderTemplate } from './render.ts';

/** mtail's usual port. */
export const METRICS_PORT = 3903;
export const METRICS_UNIT = 'chatmail-metrics.service';

/** A folder of its own: mtail takes every program in it. */
const PROGRAMS = '/etc/chatmail/metrics';
const PROGRAM_PATH = `${PROGRAMS}/chatmail.mtail`;
const SERVICE_PATH = unitPath(METRICS_UNIT);

/** Figures for Prometheus, counted by mtail from the journal, when the operator names an address. */
export const metricsPart: RelayPart = ({ mtail_address: address }) =>
  address === undefined ? NONE : offeredAt(address);

const offeredAt = (address: string): Part => ({
  name: 'metrics',
  packages: ['mtail'],
  directories: [{ path: PROGRAMS, owner: ROOT, mode: 0o755 }],
  files: [
    rootFile(PROGRAM_PATH, renderTemplate('metrics/chatmail.mtail', {})),
    rootFile(
      SERVICE_PATH,
      renderTemplate('metrics/chatmail-metrics.service.hbs', {
        address,
        port: METRICS_PORT,
        programs: PROGRAMS,
      }),
    ),
  ],
  checks: [
    {
      name: 'mtail',
      files: [PROGRAM_PATH],
      command: ['mtail', '--compile_only', '--progs', `{stage}${PROGRAM_PATH}`],
    },
  ],
  units: [managedUnit(METRICS_UNIT, { files: [PROGRAM_PATH, SERVICE_PATH], packages: ['mtail'] })],
});

const NONE: Part = {
  name: 'metrics',
  absent: [PROGRAM_PATH, SERVICE_PATH],
  retired: [{ name: METRICS_UNIT, because: 'chatmail.ini wants no metrics' }],
};
