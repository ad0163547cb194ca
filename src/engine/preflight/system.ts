import type { Facts } from '../facts.ts';
import type { Platform } from '../state.ts';
import { error, type Finding } from './finding.ts';

export const SUPPORTED_SYSTEMS = 'Debian 12 or 13 (Raspberry Pi OS too), amd64 or arm64';

const PLATFORMS: Readonly<Record<string, Platform>> = { 12: { debian: 12 }, 13: { debian: 13 } };

/** Every platform that {@link platformOf} may answer. */
export const ALL_PLATFORMS: readonly Platform[] = Object.values(PLATFORMS);

const ARCHITECTURES: readonly string[] = ['amd64', 'arm64'];

/** The supported platform that the host is, or undefined. */
export const platformOf = ({ system }: Facts): Platform | undefined =>
  ['debian', 'raspbian'].includes(system.id) ? PLATFORMS[system.version] : undefined;

/** Whether the host can be a target at all. Empty: yes. */
export const checkSystem = (facts: Facts): Finding[] => {
  const { system } = facts;
  const findings: Finding[] = [];
  const name = system.prettyName || system.id || 'an unknown system';
  if (!platformOf(facts))
    findings.push(error(`it runs ${name}`, `use a host with ${SUPPORTED_SYSTEMS}`));
  else if (!ARCHITECTURES.includes(system.architecture)) {
    const what = `its architecture is ${system.architecture}`;
    findings.push(error(what, `use a host with ${SUPPORTED_SYSTEMS}`));
  }
  if (!system.systemd) {
    const fix = 'use a host that was booted with systemd, not a bare container';
    findings.push(error('systemd does not run it', fix));
  }
  if (system.uid !== 0) {
    const fix = 'log in as root or as a user with passwordless sudo';
    findings.push(error('commands do not run as root there', fix));
  }
  return findings;
};
