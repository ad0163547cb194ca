import { expect, test } from 'vitest';
import { parseProbeArguments } from '../../../src/chatmaild/probe/arguments.ts';

const NEEDED = ['x.test', '--certificate', '/c', '--mail-dir', '/m', '--records', '/r'];

test('what a probe is told', () => {
  expect(
    parseProbeArguments([
      ...NEEDED,
      ...['--root', '/a', '--root', '/b', '--socket', 'unit=/s', '--names', '8-12'],
      ...['--password-min', '10', '--patience', '2', '--signer', '/o=/k', '--json'],
    ]),
  ).toEqual({
    mailDomain: 'x.test',
    certificate: '/c',
    mailDir: '/m',
    records: '/r',
    roots: ['/a', '/b'],
    sockets: [{ unit: 'unit', path: '/s' }],
    signer: { socket: '/o', keys: '/k' },
    nameLength: { min: 8, max: 12 },
    passwordMinLength: 10,
    patienceMs: 2000,
    anyCertificate: false,
    json: true,
  });
});

test.each([
  [[]],
  [NEEDED.slice(0, 5)],
  [[...NEEDED, 'more']],
  [[...NEEDED, '--socket', 'opendkim']],
  [[...NEEDED, '--signer', '/o']],
  [[...NEEDED, '--names', '9']],
  [[...NEEDED, '--patience', 'long']],
])('refuses %j', (argv) => {
  expect(() => parseProbeArguments(argv)).toThrow('usage: probe.cjs');
});
