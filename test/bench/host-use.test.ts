import { expect, test } from 'vitest';
import { parseMemory } from '../../bench/support/host-use.ts';

test('memory is summed by unit, logins left out', () => {
  const output = [
    '4000 0::/init.scope',
    '900 0::/system.slice/dovecot.service',
    '100 1:name=systemd:/system.slice/dovecot.service',
    '700 0::/system.slice/system-postfix.slice/postfix@-.service',
    '300 0::/user.slice/user-0.slice/user@0.service/init.scope',
    '5000 0::/user.slice/user-0.slice/session-3.scope',
    '',
  ].join('\n');
  expect(parseMemory(output)).toEqual({
    'init.scope': 4000,
    'dovecot.service': 1000,
    'postfix@-.service': 700,
  });
});
