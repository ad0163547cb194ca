import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import {
  createInterrupt,
  HostGoesOnError,
  InterruptedError,
  interruptible,
  LeftAloneError,
  UndoneError,
} from '../../src/cli/interrupt.ts';
import { ApplyFailedError } from '../../src/engine/apply/errors.ts';
import { ConnectionLostError } from '../../src/host/errors.ts';

const never = new Promise<never>(() => undefined);

const setUp = () => {
  const source = new EventEmitter();
  return { source, interrupt: createInterrupt('alpha', source) };
};

test('work that ends is none of its business', async () => {
  const { source, interrupt } = setUp();
  expect(await interrupt.guard(Promise.resolve(3))).toBe(3);
  await expect(interrupt.guard(Promise.reject(new TypeError('no')))).rejects.toThrow(TypeError);
  interrupt.dispose();
  expect(source.eventNames()).toEqual([]);
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'])(
  '%s stops what has changed nothing at once',
  async (name) => {
    const { source, interrupt } = setUp();
    const work = interrupt.guard(never);
    source.emit(name);
    await expect(work).rejects.toThrow(InterruptedError);
    await expect(work).rejects.toThrow('Stopped. Nothing was changed on alpha.');
  },
);

test('while the host is at work, Ctrl-C asks and waits; again, it leaves', async () => {
  const { source, interrupt } = setUp();
  const work = interrupt.guard(never);
  interrupt.changing();
  expect(interrupt.signal.aborted).toBe(false);
  source.emit('SIGINT');
  expect(interrupt.signal.aborted).toBe(true);
  const first = await Promise.race([work, new Promise((resolve) => setImmediate(resolve, 'on'))]);
  expect(first).toBe('on');
  source.emit('SIGINT');
  await expect(work).rejects.toThrow(LeftAloneError);
  await expect(work).rejects.toThrow('cmdeploy history --host alpha');
});

test('a closed terminal undoes nothing', async () => {
  const { source, interrupt } = setUp();
  const work = interrupt.guard(never);
  interrupt.changing();
  source.emit('SIGHUP');
  await expect(work).rejects.toThrow(LeftAloneError);
  expect(interrupt.signal.aborted).toBe(false);
});

test('a connection lost while the host is at work: it goes on', async () => {
  const lost = new ConnectionLostError('alpha', 'the host closed it');
  const before = setUp().interrupt;
  await expect(before.guard(Promise.reject(lost))).rejects.toBe(lost);
  const { interrupt } = setUp();
  interrupt.changing();
  const error = await interrupt.guard(Promise.reject(lost)).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(HostGoesOnError);
  expect(error).toMatchObject({ cause: lost, message: /^The connection to alpha was lost\. What/ });
});

test('what the host has undone because it was asked to is no failure', async () => {
  const failed = (outcome: 'rolled-back' | 'broken') =>
    new ApplyFailedError('alpha', {
      failure: { title: 'go on', code: -1, output: [] },
      outcome,
      undoOutput: [],
      first: false,
      log: '/run/log',
    });
  const asked = (error: Error) => {
    const { source, interrupt } = setUp();
    interrupt.changing();
    source.emit('SIGINT');
    return interrupt.guard(Promise.reject(error));
  };
  await expect(asked(failed('rolled-back'))).rejects.toThrow(UndoneError);
  await expect(asked(failed('broken'))).rejects.toThrow(ApplyFailedError);
  const { interrupt } = setUp();
  interrupt.changing();
  const byItself = interrupt.guard(Promise.reject(failed('rolled-back')));
  await expect(byItself).rejects.toThrow(ApplyFailedError);
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'])(
  '%s ends what can be left at any moment',
  async (name) => {
    const source = new EventEmitter();
    const work = interruptible('All is well.', () => never, source);
    source.emit(name);
    await expect(work).rejects.toThrow(new InterruptedError('All is well.'));
    expect(source.eventNames()).toEqual([]);
    expect(await interruptible('', () => Promise.resolve(3), source)).toBe(3);
  },
);
