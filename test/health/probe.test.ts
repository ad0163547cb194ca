import { expect, test } from 'vitest';
import { parseProbeReport } from '../../src/health/probe.ts';

const report = {
  ok: false,
  steps: [{ name: 'port-25', ok: false, ms: 3, error: 'nothing listens there' }],
  notes: ['n'],
  ms: 5,
};

test('reads what a probe printed', () => {
  expect(parseProbeReport(`${JSON.stringify(report)}\n`)).toEqual(report);
  expect(parseProbeReport(JSON.stringify({ ...report, deliveryMs: 530, more: 1 }))).toEqual({
    ...report,
    deliveryMs: 530,
  });
});

test.each(['', 'sh: 1: not found', '[]', '{"ok":"yes"}', '{"ok":true}', ' '.repeat(70_000)])(
  'what is no report: %j',
  (text) => {
    expect(parseProbeReport(text)).toBeUndefined();
  },
);
