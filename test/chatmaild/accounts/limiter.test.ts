import { describe, expect, it } from 'vitest';
import { BusyError, createLimiter } from '../../../src/chatmaild/accounts/limiter.ts';

describe('createLimiter', () => {
  it('runs two at a time, lets one wait, refuses the rest, and recovers', async () => {
    const limited = createLimiter(2, 1);
    const finish: (() => void)[] = [];
    let running = 0;
    let most = 0;
    const task = async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => finish.push(resolve));
      running -= 1;
    };
    const tasks = [limited(task), limited(task), limited(task)];
    await expect(limited(task)).rejects.toThrow(BusyError);
    for (let n = 0; n < 3; n += 1) {
      finish.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(tasks);
    expect(most).toBe(2);
    await expect(limited(async () => 'again')).resolves.toBe('again');
  });

  it('frees the place of a task that failed', async () => {
    const limited = createLimiter(1, 0);
    await expect(limited(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(limited(async () => 1)).resolves.toBe(1);
  });
});
