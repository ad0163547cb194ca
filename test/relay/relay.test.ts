import { describe, expect, it, vi } from 'vitest';
import { configSchema } from '../../src/config/schema.ts';
import { combine } from '../../src/engine/combine.ts';
import { relayParts } from '../../src/relay/relay.ts';

// The bundles are made by the build, which unit tests do not need.
vi.mock('../../src/relay/bundles.ts', () => ({ readBundle: () => '' }));

const config = configSchema.parse({ mail_domain: '_one.test' });

describe.each([12, 13] as const)('relayParts on Debian %d', (debian) => {
  const state = combine(relayParts(config, { debian }));

  it('starts what others need before them, and nginx last', () => {
    const units = state.units.map(({ name }) => name);
    const positions = [
      'chatmail-logs.socket',
      'unbound.service',
      'chatmail-resolver.service',
      'chatmail-filter.service',
      'opendkim.service',
      'dovecot.service',
      'postfix',
      'nginx.service',
    ].map((start) => units.findIndex((unit) => unit.startsWith(start)));
    expect(positions).not.toContain(-1);
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(units.at(-1)).toBe('nginx.service');
  });

  it('makes or installs everything that a unit is started with', () => {
    const made = [
      ...state.files.map(({ path }) => path),
      ...state.generated.flatMap(({ paths }) => paths),
    ];
    const inputs = state.units.flatMap(({ restartOn, reloadOn }) => [restartOn, reloadOn]);
    expect(inputs.flatMap(({ files }) => files).filter((path) => !made.includes(path))).toEqual([]);
    const packages = inputs.flatMap((input) => input.packages);
    expect(packages.filter((name) => !state.packages.includes(name))).toEqual([]);
  });

  it('names in each check files that it makes', () => {
    const paths = state.files.map(({ path }) => path);
    const checked = state.checks.flatMap(({ files }) => files);
    expect(checked.filter((path) => !paths.includes(path))).toEqual([]);
  });

  it('lets only their owners read the private keys', () => {
    for (const { mode } of state.generated) expect(mode & 0o077).toBe(0);
  });
});
