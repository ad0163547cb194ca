import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { labHostFor } from '../../src/lab/lookup.ts';
import { hostPaths, type LabPaths, labPaths } from '../../src/lab/paths.ts';
import { type LabState, readState, withAddresses, writeState } from '../../src/lab/state.ts';

let dir: string;
let lab: LabPaths;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lab-state-'));
  lab = labPaths(dir);
});
afterEach(() => rmSync(dir, { recursive: true }));

const state = (): LabState => ({
  network: '198.18.7',
  serial: 1,
  addresses: { alpha: 10 },
  hosts: [
    {
      name: 'alpha',
      address: '198.18.7.10',
      debian: 12,
      domain: '_alpha.test',
      config: hostPaths(lab, 'alpha').config,
      dkimPublicKey: 'MIIB',
      sshHostKey: 'ssh-ed25519 AAAA',
    },
  ],
});

describe('the state file', () => {
  test('no file: no lab', () => {
    expect(readState(lab)).toBeUndefined();
  });

  test('is read as it was written', async () => {
    await writeState(lab, state());
    expect(readState(lab)).toEqual(state());
  });

  test.each(['', '{', '{"hosts":[]}', 'null'])('damaged: %j', (text) => {
    writeFileSync(lab.state, text);
    expect(() => readState(lab)).toThrow(`${lab.state} is damaged`);
  });
});

describe('labHostFor', () => {
  test('tells how to reach a host', async () => {
    await writeState(lab, state());
    expect(labHostFor('_alpha.test', lab)).toEqual({
      address: '198.18.7.10',
      identityFile: lab.key,
      knownHosts: lab.knownHosts,
    });
  });

  test('knows no others, and nothing without a lab', async () => {
    expect(labHostFor('_alpha.test', lab)).toBeUndefined();
    await writeState(lab, state());
    expect(labHostFor('_beta.test', lab)).toBeUndefined();
  });
});

describe('addresses', () => {
  test('old ones stay, new ones fill gaps', () => {
    expect(withAddresses({ a: 10, c: 12 }, ['c', 'b', 'd'])).toEqual({
      a: 10,
      c: 12,
      b: 11,
      d: 13,
    });
  });

  test('there is an end', () => {
    const names = Array.from({ length: 191 }, (_, index) => `h${index}`);
    expect(() => withAddresses({}, names)).toThrow('The lab is full');
  });
});

test('labs of two folders share no name', () => {
  const other = labPaths(`${dir}2`);
  expect(other.bridge).not.toBe(lab.bridge);
  // IFNAMSIZ, less the final zero.
  expect(lab.bridge.length).toBeLessThanOrEqual(15);
});
