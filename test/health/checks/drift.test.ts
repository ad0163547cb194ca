import { expect, test } from 'vitest';
import type { Facts } from '../../../src/engine/facts.ts';
import { plan } from '../../../src/engine/planning/index.ts';
import { checkDrift } from '../../../src/health/checks/drift.ts';
import { CONF, demoState, deployedFacts, UNIT_FILE } from '../../engine/scenario.ts';

const check = (facts: Facts) => checkDrift(plan(demoState, facts), facts);

const withHash = (path: string, sha256: string): Facts => {
  const file = deployedFacts.files[path];
  if (!file) throw new Error(`no ${path}`);
  return { ...deployedFacts, files: { ...deployedFacts.files, [path]: { ...file, sha256 } } };
};

test('none', () => {
  expect(check(deployedFacts)).toMatchObject({
    text: 'none, it is as chatmail.ini wants it',
    findings: [],
  });
});

test('a file that was changed on the host; the restart for it is no news', () => {
  const item = check(withHash(CONF, 'edited'));
  expect(item.text).toBe('1 file changed on the host');
  expect(item.findings).toEqual([
    expect.objectContaining({ what: `changed on the host since the last run: ${CONF}` }),
  ]);
});

test('a file that is still as it was deployed, but should be another', () => {
  const facts = withHash(CONF, 'older');
  const stamps = { 'demo.service': { ...facts.stamps['demo.service'], [CONF]: 'older' } };
  expect(check({ ...facts, stamps }).text).toBe('1 file to deploy');
});

test('a restart that an update of a package left owed', () => {
  const facts = { ...deployedFacts, packages: { ...deployedFacts.packages, demo: '1.1' } };
  const item = check(facts);
  expect(item.text).toBe('1 restart owed');
  expect(item.findings[0]?.what).toContain('demo.service (demo)');
});

test('a package that is gone, a unit that does not start at boot', () => {
  const { demo: _, ...packages } = deployedFacts.packages;
  expect(check({ ...deployedFacts, packages }).findings.map(({ what }) => what)).toContain(
    'a run would also: install demo',
  );
  const units = {
    'demo.service': {
      load: 'loaded',
      active: 'inactive',
      file: 'disabled',
      needsDaemonReload: false,
    },
  };
  expect(check({ ...deployedFacts, units }).text).toBe('1 other step');
});

test('many files are summed up', () => {
  expect(check({ ...deployedFacts, files: {} }).findings[0]?.what).toContain(UNIT_FILE);
});
