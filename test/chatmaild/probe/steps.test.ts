import { describe, expect, test } from 'vitest';
import { inText } from '../../../src/chatmaild/probe/report.ts';
import { PermanentError, StepFailedError, Steps } from '../../../src/chatmaild/probe/steps.ts';

const plain = (text: string): string => text;

describe('steps', () => {
  test('keep the order in which they began', async () => {
    const steps = new Steps(0, plain);
    let go = (): void => {};
    const slow = steps.run('slow', '', () => new Promise<void>((resolve) => (go = resolve)));
    await steps.run('fast', '', async () => {});
    go();
    await slow;
    expect(steps.results.map(({ name }) => name)).toEqual(['slow', 'fast']);
  });

  test('are tried again while there is patience', async () => {
    const steps = new Steps(5000, plain);
    let left = 2;
    const value = await steps.run('step', '', async () => {
      left -= 1;
      if (left > 0) throw new Error('not yet');
      return 'done';
    });
    expect(value).toBe('done');
    expect(steps.results).toMatchObject([{ name: 'step', ok: true }]);
  });

  test('are not tried again when that would not help', async () => {
    const steps = new Steps(5000, plain);
    let tries = 0;
    const refused = steps.run('step', '', async () => {
      tries += 1;
      throw new PermanentError('552 5.3.4 Message size exceeds fixed limit');
    });
    await expect(refused).rejects.toThrow(StepFailedError);
    expect(tries).toBe(1);
  });

  test('say what is wrong and what to do, without names and control characters', async () => {
    const steps = new Steps(0, (text) => text.replaceAll('a@x.test', 'probe account 1'));
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    const fail = (name: string, error: unknown) =>
      steps.run(name, 'see x', () => Promise.reject(error));
    await expect(fail('one', refused)).rejects.toThrow(StepFailedError);
    await expect(fail('two', new Error('550 a@x.test\r\n\u001b[2J'))).rejects.toThrow();
    expect(steps.results.map(({ error }) => error)).toEqual([
      'nothing listens there; see x',
      '550 probe account 1 [2J; see x',
    ]);
  });
});

test('a report in text', () => {
  const good = { name: 'new', ok: true, ms: 1 };
  const bad = { name: 'port-25', ok: false, ms: 1, error: 'nothing listens there; see x' };
  expect(inText({ ok: true, steps: [good], notes: [], deliveryMs: 530, ms: 900 })).toBe(
    'the relay works: probed in 900 ms, a message took 530 ms',
  );
  expect(inText({ ok: false, steps: [good, bad], notes: ['n'], ms: 900 }).split('\n')).toEqual([
    'the relay does not do its job:',
    '  port-25: nothing listens there; see x',
    '  note: n',
  ]);
});
