import type { EngineEvent } from '../../engine/events.ts';
import { formatDuration } from './duration.ts';
import { renderPlan } from './plan.ts';
import type { Renderer } from './renderer.ts';
import { sanitizeLine } from './sanitize.ts';
import type { OutputStream } from './terminal.ts';

/** Lines for logs: `[12.3s] title`, the time counted from the start. */
export const createPlainRenderer = (stream: OutputStream): Renderer => {
  const started = performance.now();
  const emit = (event: EngineEvent): void => {
    const time = `[${((performance.now() - started) / 1000).toFixed(1)}s]`;
    for (const line of linesOf(event)) stream.write(`${time} ${line}\n`);
  };
  return { emit, close: () => undefined };
};

const linesOf = (event: EngineEvent): readonly string[] => {
  switch (event.kind) {
    case 'connecting':
      return [`Connecting to ${event.host}`];
    case 'observing':
      return [`Looking at ${event.host}`];
    case 'planned':
      return renderPlan(event.host, event.plan);
    case 'step-started':
      return [`(${event.index}/${event.total}) ${sanitizeLine(event.title)}`];
    case 'step-output':
    case 'step-finished':
      return [];
    case 'step-failed':
      return [`FAILED after ${formatDuration(event.ms)}: ${sanitizeLine(event.title)}`];
    case 'finished':
      return [...event.notices.flatMap(noticeLines), describeFinish(event)];
  }
};

/** What the operator must know although the deploy went well; each line by itself. */
export const noticeLines = (notice: string): string[] =>
  notice
    .split('\n')
    .map((line, index) => `${index === 0 ? 'WARNING: ' : '  '}${sanitizeLine(line)}`);

/** `chat.example: done in 12 s` */
export const describeFinish = (event: EngineEvent & { kind: 'finished' }): string =>
  `${event.host}: ${event.changed ? 'done' : 'nothing changed'} in ${formatDuration(event.ms)}`;
