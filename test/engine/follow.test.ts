import { expect, it } from 'vitest';
import { ApplyFollower } from '../../src/engine/apply/follow.ts';
import { PROGRESS_MARK } from '../../src/engine/apply/shell.ts';
import type { EngineEvent } from '../../src/engine/events.ts';

const follow = (lines: readonly string[]) => {
  const events: EngineEvent[] = [];
  const follower = new ApplyFollower(['first', 'second'], (event) => events.push(event));
  for (const line of lines) follower.line(line);
  return { follower, events };
};

const mark = (text: string): string => `${PROGRESS_MARK}${text}`;

it('turns a log into events', () => {
  const { follower, events } = follow([mark('start 1'), 'text', mark('done 1'), mark('end 0')]);
  expect(events.map(({ kind }) => kind)).toEqual(['step-started', 'step-output', 'step-finished']);
  expect(follower.ended).toBe(true);
  expect(follower.failure).toBeUndefined();
});

it('keeps the last lines of the step that failed', () => {
  const noise = Array.from({ length: 50 }, (_, index) => `line ${index}`);
  const { follower } = follow([
    mark('start 1'),
    'of the first',
    mark('done 1'),
    mark('start 2'),
    ...noise,
    mark('failed 2 100'),
    mark('end 100'),
  ]);
  expect(follower.failure).toMatchObject({ title: 'second', code: 100 });
  expect(follower.failure?.output).toEqual(noise.slice(-20));
  expect(follower.ended).toBe(false);
});

it('passes no secrets on', () => {
  const key = ['-----BEGIN PRIVATE KEY-----', 'MIIEkey', '-----END PRIVATE KEY-----'];
  const notice = Buffer.from('password = sesame').toString('base64');
  const lines = [mark('start 1'), ...key, 'token: sesame', mark(`notice ${notice}`)];
  const { follower, events } = follow([...lines, mark('failed 1 1')]);
  expect(JSON.stringify({ events, ...follower })).not.toMatch(/MIIE|sesame/);
});

it('explains a log that just stops', () => {
  const { follower } = follow([mark('start 2'), 'last words']);
  expect(follower.ended).toBe(false);
  expect(follower.interrupted()).toEqual({
    title: 'second',
    code: -1,
    output: ['last words', 'the run on the host was ended before it was done'],
  });
});

it('hands on what follow-ups could not do', () => {
  const text = Buffer.from('www.example.org has no address.\n').toString('base64');
  const { follower, events } = follow([mark('start 1'), mark(`notice ${text}`), mark('done 1')]);
  expect(follower.notices).toEqual(['www.example.org has no address.']);
  expect(events.map(({ kind }) => kind)).toEqual(['step-started', 'step-finished']);
});
