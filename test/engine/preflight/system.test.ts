import { describe, expect, it } from 'vitest';
import type { Facts, SystemFacts } from '../../../src/engine/facts.ts';
import { checkSystem, platformOf } from '../../../src/engine/preflight/system.ts';
import { bareFacts } from '../scenario.ts';

const withSystem = (change: Partial<SystemFacts>): Facts => ({
  ...bareFacts,
  system: { ...bareFacts.system, ...change },
});

describe('checkSystem', () => {
  it('accepts Debian 12 and 13 and Raspberry Pi OS', () => {
    expect(checkSystem(bareFacts)).toEqual([]);
    expect(platformOf(withSystem({ version: '12' }))).toEqual({ debian: 12 });
    expect(checkSystem(withSystem({ id: 'raspbian', architecture: 'arm64' }))).toEqual([]);
  });

  it.each<[string, Partial<SystemFacts>, string]>([
    [
      'Ubuntu',
      { id: 'ubuntu', version: '24.04', prettyName: 'Ubuntu 24.04' },
      'it runs Ubuntu 24.04',
    ],
    ['Debian 11', { version: '11', prettyName: 'Debian 11' }, 'it runs Debian 11'],
    ['nothing known', { id: '', version: '', prettyName: '' }, 'it runs an unknown system'],
    ['riscv64', { architecture: 'riscv64' }, 'its architecture is riscv64'],
    ['no systemd', { systemd: false }, 'systemd does not run it'],
    ['no root', { uid: 1000 }, 'commands do not run as root there'],
  ])('refuses %s with a fix', (_, change, what) => {
    const findings = checkSystem(withSystem(change));
    expect(findings.map((finding) => finding.what)).toEqual([what]);
    expect(findings[0]?.fix).not.toBe('');
  });
});
