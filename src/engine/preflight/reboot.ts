import type { KernelFacts } from '../machine-facts.ts';
import { type Finding, warning } from './finding.ts';

export const checkReboot = (facts: KernelFacts): Finding[] =>
  needsReboot(facts) ? [warning('an update waits for a reboot', 'reboot it when it suits')] : [];

/** Debian's own note, or an installed kernel of the running one's flavour that is newer. */
export const needsReboot = ({
  container,
  rebootRequired,
  kernel,
  kernels,
}: KernelFacts): boolean => {
  if (container !== undefined) return false;
  const same = kernels.filter((name) => flavour(name) === flavour(kernel ?? ''));
  return (
    rebootRequired || (same.length > 0 && same.at(-1) !== kernel && same.includes(kernel ?? ''))
  );
};

/** `6.1.0-18-cloud-amd64`: `cloud-amd64`; `6.6.31+rpt-rpi-v8`: `rpi-v8`. */
const flavour = (kernel: string): string => kernel.replace(/^[0-9][^-]*-(\d+-)?/, '');
