import { createPrivateKey, createPublicKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeDkimKey } from '../../src/lab/keys.ts';

test('the published DKIM key belongs to the private one', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'lab-keys-'));
  try {
    const path = join(dir, 'dkimkeys/opendkim.private');
    const published = await makeDkimKey(path);
    const privateKey = createPrivateKey(readFileSync(path));
    expect(privateKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const expected = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
    expect(published).toBe(expected.toString('base64'));
  } finally {
    rmSync(dir, { recursive: true });
  }
});
