/** A relay that is well, for tests to vary. */
import type { StatusFacts } from '../../src/health/facts.ts';

export const NOW = Date.parse('2026-11-22T20:00:00Z');
export const DAY = 86_400_000;
export const MIB = 1024 * 1024;

export const certificate = {
  fingerprint: 'AA',
  notBefore: NOW - 10 * DAY,
  notAfter: NOW + 80 * DAY,
};

const up = { load: 'loaded', active: 'active', sub: 'running', triggeredBy: [] };

export const healthy: StatusFacts = {
  now: NOW,
  clockSynchronised: true,
  mailDomain: 'a.example',
  runs: [
    {
      id: '20261122T193000000Z',
      started: Date.parse('2026-11-22T19:30:00Z'),
      who: 'alice@laptop',
      version: '0.1.0',
      result: 'deployed',
      generation: 1,
    },
  ],
  deletion: { last: NOW - DAY / 2, next: NOW + DAY / 2 },
  push: { waiting: 0 },
  probe: { state: 'done', at: NOW, ok: true, deliveryMs: 550, failed: [], notes: [] },
  dns: { state: 'asked', zone: 'example', servers: 2, records: 11, right: 11, findings: [] },
  services: {
    'dovecot.service': up,
    'filter.socket': up,
    'filter.service': { ...up, triggeredBy: ['filter.socket'] },
  },
  failedUnits: [],
  restarts: {},
  logs: {},
  notices: [],
  certificate: { ...certificate, names: ['a.example', 'www.a.example'], selfSigned: false },
  served: [{ port: 993, certificate }],
  queue: { messages: 0, bytes: 0, domains: [], reasons: [] },
  disks: [
    { mount: '/', size: 40_000 * MIB, available: 20_000 * MIB, inodes: 1000, freeInodes: 900 },
  ],
  memory: { total: 2000 * MIB, available: 1000 * MIB, swapTotal: 0, swapFree: 0 },
  load: [0.1, 0.2, 0.3],
  cores: 1,
  accounts: { total: 12, created: 3, active: 7 },
  noCreate: false,
  traffic: { since: NOW - DAY, delivered: 5, sent: 2, bounced: 0, refused: [], refusedTotal: 0 },
  updates: { security: [], listsAt: NOW - DAY },
  rebootRequired: false,
  kernel: '6.1.0-18-amd64',
  kernels: ['6.1.0-17-amd64', '6.1.0-18-amd64'],
};

export const UNITS = ['dovecot.service', 'filter.socket', 'filter.service'];
