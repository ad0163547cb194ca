import { describe, expect, it } from 'vitest';
import { verdictOn, verdictOnFailure } from '../../../src/chatmaild/mxsend/verdict.ts';

const codeOf = (status: number, text = '', from = 'a@b.test') =>
  verdictOn({ status, text }, from).reply.code;

describe('verdictOn', () => {
  it('takes 200, 400 and 413 as final, and leaves the rest to port 25', () => {
    expect([200, 400, 413].map((status) => codeOf(status))).toEqual([250, 554, 552]);
    for (const status of [0, 201, 204, 301, 403, 404, 405, 429, 500, 502, 503])
      expect(codeOf(status)).toBe(451);
  });

  it("passes on a relay's own reply, and nobody's line breaks", () => {
    expect(verdictOn({ status: 400, text: '523 Encryption Needed\n' }, 'a@b.test').reply).toEqual({
      code: 523,
      text: 'Encryption Needed',
    });
    const { reply } = verdictOn({ status: 400, text: 'no\r\n250 ok\x1b' }, 'a@b.test');
    expect(reply).toEqual({ code: 554, text: '5.0.0 refused (HTTPS 400): no 250 ok' });
    expect(codeOf(400, '250 2.0.0 ok')).toBe(554);
  });

  it('gives a refused bounce another chance', () => {
    expect(codeOf(400, 'no sender', '')).toBe(451);
  });

  it('knows hosts that take no mail over HTTPS any more, and those that take none just now', () => {
    const avoided = (status: number) => verdictOn({ status, text: '' }, 'a@b.test').avoidMs / 1000;
    expect([301, 404, 405].map(avoided)).toEqual([600, 600, 600]);
    expect([429, 500, 503].map(avoided)).toEqual([10, 10, 10]);
    expect([200, 400, 413].map(avoided)).toEqual([0, 0, 0]);
    expect(verdictOn({ status: 400, text: '' }, '').avoidMs).toBe(0);
  });

  it('tells of a failure its kind only, and leaves the peer alone for a minute', () => {
    const failure = Object.assign(new Error('connect 192.0.2.1'), { code: 'ETIMEDOUT' });
    expect(verdictOnFailure(failure)).toEqual({
      reply: { code: 451, text: '4.4.2 HTTPS failed: ETIMEDOUT' },
      avoidMs: 60_000,
      mayConcernSome: false,
    });
  });
});
