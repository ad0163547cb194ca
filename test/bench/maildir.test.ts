import { expect, test } from 'vitest';
import { parseSaved } from '../../bench/support/maildir.ts';

test("the time in Dovecot's file names, by Message-ID", () => {
  const output = [
    'new/1700000000.M250000P12.host,S=3100,W=3170:Message-ID: <a@_alpha.test>\r',
    'cur/1700000001.M5P12.host,S=3100,W=3170:2,S:Message-Id: <b@_alpha.test>\r',
    'cur/something else:Message-ID: <c@_alpha.test>\r',
    '',
  ].join('\n');
  expect([...parseSaved(output)]).toEqual([
    ['a@_alpha.test', 1_700_000_000_250],
    ['b@_alpha.test', 1_700_000_001_000.005],
  ]);
});
