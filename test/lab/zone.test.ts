import { expect, test } from 'vitest';
import type { LabState } from '../../src/lab/state.ts';
import { characterStrings, labZones } from '../../src/lab/zone.ts';

const state: LabState = {
  network: '198.18.7',
  serial: 42,
  addresses: { alpha: 10 },
  hosts: [
    {
      name: 'alpha',
      address: '198.18.7.10',
      debian: 13,
      domain: '_alpha.test',
      config: '/lab/hosts/alpha/chatmail.ini',
      dkimPublicKey: 'MIIB',
      sshHostKey: 'ssh-ed25519 AAAA',
    },
  ],
};

test('each host has what a relay needs in DNS, in a zone of its own', () => {
  const zones = labZones(state);
  expect(zones.find(({ name }) => name === 'test.')?.text).toBe(`$ORIGIN test.
$TTL 5
@ SOA ns.test. hostmaster.test. 42 3600 600 86400 5
@ NS ns.test.
ns A 198.18.7.1
ca A 198.18.7.1
_alpha.test. NS ns.test.
`);
  expect(zones.find(({ name }) => name === '_alpha.test.')).toEqual({
    name: '_alpha.test.',
    dynamic: true,
    text: `$ORIGIN _alpha.test.
$TTL 5
@ SOA ns.test. hostmaster.test. 1 3600 600 86400 5
@ NS ns.test.
@ A 198.18.7.10
@ MX 10 _alpha.test.
www CNAME _alpha.test.
mta-sts CNAME _alpha.test.
_mta-sts TXT "v=STSv1; id=1"
opendkim._domainkey TXT "v=DKIM1;k=rsa;p=MIIB;s=email;t=s"
`,
  });
});

test('what an operator has changed in the zone of a host outlasts the coming of others', () => {
  const later = { ...state, serial: 43 };
  const zoneOf = (lab: LabState) => labZones(lab).find(({ dynamic }) => dynamic)?.text;
  expect(zoneOf(later)).toBe(zoneOf(state));
});

test('the root zone knows nothing but test.', () => {
  const zone = labZones(state).find(({ name }) => name === '.');
  expect(zone?.text).toBe(`$ORIGIN .
$TTL 5
@ SOA ns.test. hostmaster.test. 42 3600 600 86400 5
@ NS ns.test.
test. NS ns.test.
ns.test. A 198.18.7.1
`);
});

test('long texts become several strings', () => {
  expect(characterStrings('x'.repeat(300))).toBe(`"${'x'.repeat(255)}" "${'x'.repeat(45)}"`);
  expect(characterStrings('short')).toBe('"short"');
  expect(characterStrings('')).toBe('""');
});
