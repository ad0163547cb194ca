import { expect, it } from 'vitest';
import { createNotices } from '../../../src/chatmaild/accounts/notices.ts';

it('repeats a notice after a minute only', () => {
  const written: string[] = [];
  let time = 0;
  const notice = createNotices(
    (text) => written.push(`${time / 1000} ${text}`),
    () => time,
  );
  for (time = 0; time < 150_000; time += 1000) {
    notice('busy');
    if (time === 5000) notice('full');
  }
  expect(written).toEqual(['0 busy', '5 full', '60 busy', '120 busy']);
});
