import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createRenderer, rendererMode } from '../../../src/cli/output/renderer.ts';
import type { EngineEvent } from '../../../src/engine/events.ts';

const EVENTS: readonly EngineEvent[] = [
  { kind: 'connecting', host: 'alpha' },
  { kind: 'observing', host: 'alpha' },
  {
    kind: 'warned',
    host: 'alpha',
    warnings: [{ level: 'warning', what: 'it has \u001b[2J no clock', fix: 'get one' }],
  },
  {
    kind: 'planned',
    host: 'alpha',
    plan: { steps: [{ kind: 'install', packages: ['postfix'] }] },
  },
  { kind: 'step-started', index: 1, total: 2, title: 'install packages' },
  { kind: 'step-output', line: `Unpacking \u001b[2Jpostfix ${'.'.repeat(200)}` },
  { kind: 'step-finished', index: 1, title: 'install packages', ms: 35_200 },
  { kind: 'step-started', index: 2, total: 2, title: 'restart dovecot.service' },
  {
    kind: 'step-failed',
    index: 2,
    title: 'restart dovecot.service',
    ms: 400,
    code: 1,
    output: ['no'],
  },
  { kind: 'finished', host: 'alpha', ms: 36_000, changed: true, notices: [] },
];

const recorder = (columns?: number) => {
  const written: string[] = [];
  const stream = {
    isTTY: columns !== undefined,
    ...(columns !== undefined && { columns }),
    write: (text: string) => written.push(text),
  };
  return { written, stream };
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('plain', () => {
  test('one line each, with the time since the start, without control characters', () => {
    const { written, stream } = recorder();
    const renderer = createRenderer(stream, 'plain');
    EVENTS.forEach(renderer.emit);
    renderer.close();
    expect(written.join('')).toBe(
      [
        '[0.0s] Connecting to alpha',
        '[0.0s] Looking at alpha',
        '[0.0s] WARNING: it has  no clock',
        '[0.0s]   get one',
        '[0.0s] alpha: 1 step',
        '[0.0s]   + install postfix',
        '[0.0s] (1/2) install packages',
        '[0.0s] (2/2) restart dovecot.service',
        '[0.0s] FAILED after 0.4 s: restart dovecot.service',
        '[0.0s] alpha: done in 36 s',
        '[0.0s]   installed 1 package: postfix',
        '',
      ].join('\n'),
    );
  });
});

describe('terminal', () => {
  const ERASE = '\r\u001b[K';
  /** What a terminal shows in the end: a live line is erased by the next. */
  const onScreen = (written: readonly string[]): string[] =>
    written
      .join('')
      .split('\n')
      .map((line) => line.split(ERASE).at(-1) ?? '');

  test('a line for each step that ended', () => {
    const { written, stream } = recorder(60);
    const renderer = createRenderer(stream, 'terminal');
    EVENTS.forEach(renderer.emit);
    renderer.close();
    const plain = onScreen(written).map(withoutColours);
    expect(plain).toEqual([
      'Connecting to alpha',
      'WARNING: it has  no clock',
      '  get one',
      'alpha: 1 step',
      '  + install postfix',
      '✔ install packages 35 s',
      '✖ restart dovecot.service 0.4 s',
      'alpha: done in 36 s',
      '  installed 1 package: postfix',
      '',
    ]);
  });

  test('the running step shows its time and its last output in one line', () => {
    const { written, stream } = recorder(60);
    const renderer = createRenderer(stream, 'terminal');
    EVENTS.slice(0, 6).forEach(renderer.emit);
    vi.advanceTimersByTime(3_000);
    const line = withoutColours(onScreen(written).at(-1) ?? '');
    expect(line).toMatch(/^1\/2 install packages 3 s {2}Unpacking postfix \.+…$/);
    expect(line).toHaveLength(59);
    renderer.close();
    renderer.close();
    const count = written.length;
    vi.advanceTimersByTime(5_000);
    expect(written).toHaveLength(count);
    expect(onScreen(written).at(-1)).toBe('');
  });
});

const withoutColours = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are made of them
  text.replace(/\u001b\[\d+m/g, '');

test('json prints nothing', () => {
  const { written, stream } = recorder(80);
  const renderer = createRenderer(stream, 'json');
  EVENTS.forEach(renderer.emit);
  renderer.close();
  expect(written).toEqual([]);
});

test.each([
  [true, { TERM: 'xterm' }, undefined, 'terminal'],
  [true, { TERM: 'dumb' }, undefined, 'plain'],
  [false, { TERM: 'xterm' }, undefined, 'plain'],
  [true, { TERM: 'xterm' }, true, 'json'],
] as const)('mode: tty %s, %j, json %s: %s', (isTTY, env, json, mode) => {
  expect(rendererMode({ isTTY, write: () => undefined }, json, env)).toBe(mode);
});
