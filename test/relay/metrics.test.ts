import { describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/schema.ts';
import { metricsPart } from '../../src/relay/metrics.ts';

const partOf = (mtail_address: string) =>
  metricsPart(configSchema.parse({ mail_domain: 'a.test', mtail_address }), { debian: 12 });

describe('the metrics part', () => {
  it('listens on the address in chatmail.ini only', () => {
    const { files = [] } = partOf('fd00::7');
    const unit = String(files.find(({ path }) => path.endsWith('.service'))?.content);
    expect(unit).toContain('--address fd00::7 --port 3903 ');
  });

  it('is nothing without one', () => {
    const { packages, files, units, retired, absent } = partOf('');
    expect(packages ?? files ?? units).toBeUndefined();
    expect(retired?.map(({ name }) => name)).toEqual(['chatmail-metrics.service']);
    expect(absent).toContain('/etc/chatmail/metrics/chatmail.mtail');
  });
});
