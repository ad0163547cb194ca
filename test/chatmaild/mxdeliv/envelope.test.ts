import { describe, expect, it } from 'vitest';
import { readEnvelope } from '../../../src/chatmaild/mxdeliv/envelope.ts';

const TO = ['X-Mail-To', 'a@x.test'];

describe('readEnvelope', () => {
  it('reads a sender and each recipient, with angle brackets or without', () => {
    const headers = ['Host', 'x.test', 'x-mail-from', 's@y.test', ...TO, 'X-MAIL-TO', '<b@x.test>'];
    expect(readEnvelope(headers)).toEqual({ from: 's@y.test', to: ['a@x.test', 'b@x.test'] });
  });

  it.each(['', '<>', ' '])('takes %j for the empty sender of a bounce', (from) => {
    expect(readEnvelope(['X-Mail-From', from, ...TO]).from).toBe('');
  });

  it.each([
    ['no sender', TO],
    ['two senders', ['X-Mail-From', 'a@y.test', 'X-Mail-From', 'b@y.test', ...TO]],
    ['no recipient', ['X-Mail-From', 's@y.test']],
    ['a sender that is no address', ['X-Mail-From', 'somebody', ...TO]],
    ['a command', ['X-Mail-From', 's@y.test', 'X-Mail-To', 'a@x.test>\r\nRCPT TO:<b@x.test']],
    ['parameters', ['X-Mail-From', 's@y.test> SIZE=1', ...TO]],
    ['brackets in an address', ['X-Mail-From', 's@y.test', 'X-Mail-To', 'a>@x.test']],
    ['other than ASCII', ['X-Mail-From', 's@y.test', 'X-Mail-To', 'ä@x.test']],
    ['a list', ['X-Mail-From', 's@y.test', 'X-Mail-To', 'a@x.test, b@x.test']],
    ['1001 recipients', ['X-Mail-From', 's@y.test', ...Array<string[]>(1001).fill(TO).flat()]],
  ])('refuses %s, and quotes nothing of it', (_, headers) => {
    expect(() => readEnvelope(headers)).toThrow(/X-Mail-/);
    expect(() => readEnvelope(headers)).not.toThrow(/x\.test|y\.test/);
  });
});
