import { describe, expect, test } from 'vitest';
import { checkDns } from '../../../src/health/checks/dns.ts';
import { DNS_LATE } from '../../../src/health/dns.ts';
import type { DnsFact } from '../../../src/health/facts.ts';
import { brief } from '../brief.ts';
import { healthy } from '../facts.ts';

describe('dns', () => {
  const check = (dns: Partial<DnsFact>) =>
    brief(checkDns({ ...healthy, dns: { ...(healthy.dns ?? DNS_LATE), ...dns } }));
  const finding = { code: 'missing', level: 'required', impact: 'now', what: 'no MX' } as const;

  test('fine', () => {
    expect(check({})).toEqual(['11 of 11 records right, by 2 servers']);
    expect(check({ state: 'none' })).toEqual(['none is needed for an address']);
  });

  test('what breaks mail is an error, what may is a warning, what never does nothing', () => {
    const later = { ...finding, impact: 'later', what: 'no CAA' } as const;
    const never = { ...finding, impact: 'never', what: 'no SRV' } as const;
    expect(check({ findings: [finding, finding, later, never] }).slice(1)).toEqual([
      'error: no MX (and 1 more)',
      'warning: no CAA',
    ]);
  });

  test('no answer is said', () => {
    expect(check({ state: 'late' })[1]).toContain('warning');
  });
});
