import { describe, expect, test } from 'vitest';
import { configSchema } from '../../src/config/schema.ts';
import type { RecordFacts } from '../../src/engine/facts.ts';
import type { StatusFacts } from '../../src/health/facts.ts';
import { buildReport } from '../../src/health/report.ts';
import { bareFacts, demoState, deployedFacts } from '../engine/scenario.ts';
import { healthy } from './facts.ts';

const config = configSchema.parse({ mail_domain: 'a.example' });
const blueprint = { parts: () => [], ports: [], version: '0.0.0-test', takeOver: false };
const UNIT = 'demo.service';
const up = { load: 'loaded', active: 'active', sub: 'running', triggeredBy: [] };
const down = { ...up, active: 'inactive', sub: 'dead', stoppedAt: healthy.now - 60_000 };

const look = (records: RecordFacts, status: Partial<StatusFacts> = {}, engine = deployedFacts) =>
  buildReport(
    {
      host: 'a.example',
      engine: { ...engine, records },
      status: { ...healthy, services: { [UNIT]: up }, ...status },
      stateFor: () => demoState,
      clockOffsetMs: 0,
    },
    config,
    blueprint,
  );

const deployed: RecordFacts = { generation: 1, broken: false };
const open = { runId: '20261122T195500000Z', active: false };
const stopped = { services: { [UNIT]: down } };

describe('how things stand as a whole', () => {
  test('stopped by hand, after a deployment that ended well', () => {
    expect(look(deployed).state).toBe('complete');
    expect(look(deployed, stopped)).toMatchObject({ state: 'stopped', level: 'error' });
  });

  test('what a run left is told first: units may be down for it', () => {
    expect(look({ ...deployed, open }, stopped).state).toBe('half');
    expect(look({ ...deployed, broken: true }, stopped).state).toBe('broken');
  });

  test('a unit that failed is no unit that somebody stopped', () => {
    const failed = { services: { [UNIT]: { ...up, active: 'failed', sub: 'failed' } } };
    expect(look(deployed, failed)).toMatchObject({ state: 'complete', level: 'error' });
  });

  test('of a host that is not the relay only the machine is told', () => {
    const names = (report: ReturnType<typeof look>) => report.items.map(({ name }) => name);
    const machine = ['deployed', 'disk', 'memory', 'load', 'updates', 'clock'];
    const other = look(deployed, { mailDomain: 'b.example' });
    expect(other.state).toBe('other-relay');
    expect(names(other)).toEqual(machine);
    const foreign = { ...bareFacts, system: { ...bareFacts.system, id: 'fedora', version: '41' } };
    const unsupported = look({ broken: false }, { runs: [] }, foreign);
    expect(unsupported).toMatchObject({ state: 'unsupported', level: 'error' });
    expect(names(unsupported)).toEqual(machine);
  });
});
