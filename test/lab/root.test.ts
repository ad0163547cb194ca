import { expect, test } from 'vitest';
import { hostFiles, type RootSpec } from '../../src/lab/root.ts';

const spec: RootSpec = {
  name: 'alpha',
  domain: '_alpha.test',
  address: '198.18.7.10',
  gateway: '198.18.7.1',
  layers: [],
  disk: false,
  authorizedKey: 'ssh-ed25519 AAAA lab',
  trusted: [],
};

test('a host asks the lab only', () => {
  const files = hostFiles(spec);
  expect(files['/etc/resolv.conf']).toBe('nameserver 198.18.7.1\n');
  expect(files['/etc/lab-network']).toBe('ADDRESS=198.18.7.10/24\n');
  expect(files['/etc/apt/apt.conf.d/90lab']).toContain('Proxy "http://198.18.7.1:3142";');
  expect(files['/etc/unbound/unbound.conf.d/lab.conf']).toContain('local-zone: "test." nodefault');
});

test('no two hosts are the same machine', () => {
  expect(hostFiles(spec)['/etc/machine-id']).toMatch(/^[0-9a-f]{32}\n$/);
  expect(hostFiles(spec)['/etc/machine-id']).not.toBe(hostFiles(spec)['/etc/machine-id']);
});
