import { describe, expect, test } from 'vitest';
import { OutgoingFilter } from '../../../src/chatmaild/filter/outgoing.ts';
import { SendRates } from '../../../src/chatmaild/filter/send-rate.ts';
import { deliveryProblem, probeMessage } from '../../../src/chatmaild/probe/message.ts';
import { splitMessage } from '../filter/split-message.ts';

const FROM = 'abcdefghi@x.test';
const message = () => probeMessage({ from: FROM, to: 'b@x.test' }, Date.now());

describe("a probe's message", () => {
  test('is encrypted as the filter wants it', async () => {
    const rates = new SendRates({ perMinute: 60, burst: 10 });
    const filter = new OutgoingFilter({ rates, now: () => 0, log: () => {} });
    filter.mail({ address: FROM, login: FROM });
    const { fields, body } = splitMessage(message().source);
    for (const { name, value } of fields) filter.header(name, value);
    filter.endOfHeaders();
    filter.body(body);
    expect(await filter.endOfMessage('4Q')).toMatchObject({ kind: 'accept' });
  });

  test('is recognised as it should arrive', () => {
    const { source, token } = message();
    const arrived = source.replace('Subject: probe', 'Subject: [...]');
    expect(deliveryProblem(arrived, token)).toBeUndefined();
    expect(deliveryProblem(arrived, message().token)).toContain('another message');
    expect(deliveryProblem(source, token)).toContain('its subject did not become');
    expect(deliveryProblem(`DKIM-Signature: v=1;\r\n a=x\r\n${arrived}`, token)).toBe(
      'it still has a DKIM-Signature header',
    );
    expect(deliveryProblem('', token)).toContain('another message');
  });
});
