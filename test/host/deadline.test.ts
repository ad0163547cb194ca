import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createDeadline, DeadlineError } from '../../src/host/deadline.ts';

test('a time that is over before anyone waits for it ends no process', async () => {
  const { expired } = createDeadline(1);
  await sleep(50);
  await expect(expired).rejects.toThrow(DeadlineError);
});

test('stands still while the operator is asked, and ends for good when it is stopped', async () => {
  const deadline = createDeadline(200);
  let over = false;
  deadline.expired.catch(() => {
    over = true;
  });
  expect(await deadline.suspendedFor(() => sleep(400, 'yes'))).toBe('yes');
  deadline.stop();
  await sleep(400);
  expect(over).toBe(false);
});
