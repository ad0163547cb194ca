import { expect, test } from 'vitest';
import { resolveTarget, type TargetSources } from '../../src/host/target.ts';

const sources: TargetSources = {
  home: '/home/joe',
  agentSocket: '/run/agent',
  labHostFor: (domain) =>
    domain === '_alpha.test'
      ? { address: '10.0.0.2', identityFile: '/lab/key', knownHosts: '/lab/known_hosts' }
      : undefined,
};

test("OpenSSH's defaults", () => {
  const target = resolveTarget({ host: 'chat.example' }, sources);
  expect(target).toMatchObject({
    host: 'chat.example',
    port: 22,
    user: 'root',
    acceptNewHostKey: false,
  });
  expect(target.knownHostsFiles[0]).toBe('/home/joe/.ssh/known_hosts');
  expect(target.defaultIdentityFiles).toContain('/home/joe/.ssh/id_ed25519');
  expect(target.identityFiles).toBeUndefined();
  expect(target.address).toBeUndefined();
});

test('what the operator says counts', () => {
  const options = {
    host: 'h',
    user: 'joe',
    port: 2222,
    identityFiles: ['k'],
    acceptNewHostKey: true,
  };
  expect(resolveTarget(options, sources)).toMatchObject(options);
});

test('a lab host needs no options', () => {
  expect(resolveTarget({ host: '_alpha.test' }, sources)).toMatchObject({
    host: '_alpha.test',
    address: '10.0.0.2',
    identityFiles: ['/lab/key'],
    knownHostsFiles: ['/lab/known_hosts'],
  });
  expect(resolveTarget({ host: '_beta.test' }, sources).address).toBeUndefined();
});

test('names outside ASCII are looked up in punycode, others as they are', () => {
  expect(resolveTarget({ host: 'bücher.example' }, sources).host).toBe('xn--bcher-kva.example');
  expect(resolveTarget({ host: '_alpha.example' }, sources).host).toBe('_alpha.example');
  expect(resolveTarget({ host: '2001:db8::1' }, sources).host).toBe('2001:db8::1');
});
