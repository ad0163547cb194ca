import { expect, test } from 'vitest';
import { withoutLocalResolvers } from '../../src/lab/exec-network.ts';
import { firewallRules } from '../../src/lab/firewall.ts';

test('nothing is forwarded and little accepted', () => {
  const rules = firewallRules('cmlab-0a1b2c', '198.18.7.1');
  expect(rules).toContain(
    'iifname "cmlab-0a1b2c" oifname != "cmlab-0a1b2c" reject with icmpx admin-prohibited',
  );
  expect(rules).toContain(
    'oifname "cmlab-0a1b2c" iifname != "cmlab-0a1b2c" reject with icmpx admin-prohibited',
  );
  expect(rules).toContain('ip daddr 198.18.7.1 tcp dport { 53, 3142, 14000 } accept');
  expect(rules.trimEnd().split('\n').slice(-3)).toEqual([
    '    reject with icmpx admin-prohibited',
    '  }',
    '}',
  ]);
});

test('lab exec asks the lab and no daemon of this machine for names', () => {
  const text = 'passwd: files systemd\nhosts: mymachines resolve [!UNAVAIL=return] files dns\n';
  expect(withoutLocalResolvers(text)).toBe('passwd: files systemd\nhosts: files dns\n');
});
