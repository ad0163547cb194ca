import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { isTemporary, refusals } from '../../../src/chatmaild/probe/certificate.ts';
import { authority, selfSigned } from '../../support/certificates.ts';

const DAY = 86_400_000;

describe('a served certificate', () => {
  const own = new X509Certificate(selfSigned('_x.test'));
  const issued = new X509Certificate(authority().issue(['x.test'], 5).certificate);

  test('a self-signed one needs no authority', () => {
    const served = { leaf: own, chainError: 'DEPTH_ZERO_SELF_SIGNED_CERT' };
    expect(refusals(served, '_x.test', Date.now())).toEqual([]);
    expect(refusals(served, '_y.test', Date.now())).toEqual(['it is not for _y.test']);
  });

  test('an issued one does', () => {
    const served = { leaf: issued, chainError: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' };
    expect(refusals({ leaf: issued }, 'x.test', Date.now())).toEqual([]);
    expect(refusals(served, 'x.test', Date.now())).toEqual([
      'its chain does not lead to an authority that is trusted here (UNABLE_TO_VERIFY_LEAF_SIGNATURE)',
    ]);
  });

  test('dates', () => {
    expect(refusals({ leaf: issued }, 'x.test', Date.now() + 6 * DAY)[0]).toMatch(/^it has ended/);
    expect(refusals({ leaf: issued }, 'x.test', Date.now() - DAY)[0]).toMatch(/^it is valid only/);
  });

  test('the one until an authority has answered', () => {
    expect(isTemporary(own, 'x.test')).toBe(true);
    expect(isTemporary(own, '_x.test')).toBe(false);
    expect(isTemporary(issued, 'x.test')).toBe(false);
  });
});
