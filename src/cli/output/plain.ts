import type { EngineEvent } from '../../engine/events.ts';
import type { Finding } from '../../engine/preflight/finding.ts';
import { formatDuration } from './duration.ts';
import { renderPlan } from './plan.ts';
import type { Renderer } from './renderer.ts';
import { sanitizeLine } from './sanitize.ts';
import { summaryLines } from './summary.ts';
import type { OutputStream } from './terminal.ts';

/** Lines for logs: `[12.3s] title`, the time counted from the start. */
export const createPlainRenderer = (stream: OutputStream): Renderer => {
  const started = performance.now();
  let changes: readonly string[] = [];
  const emit = (event: EngineEvent): void => {
    if (event.kind === 'planned') changes = summaryLines(event.plan);
    const time = `[${((performance.now() - started) / 1000).toFixed(1)}s]`;
    for (const line of linesOf(event, changes)) stream.write(`${time} ${line}\n`);
  };
  return { emit, close: () => undefined };
};

const linesOf = (event: EngineEvent, changes: readonly string[]): readonly string[] => {
  switch (event.kind) {
    case 'connecting':
      return [`Connecting to ${event.host}`];
    case 'observing':
      return [`Looking at ${event.host}`];
    case 'waiting':
      return [describeWaiting(event)];
    case 'warned':
      return event.warnings.flatMap(warningLines);
    case 'planned':
      return renderPlan(event);
    case 'step-started':
      return [`(${event.index}/${event.total}) ${sanitizeLine(event.title)}`];
    case 'step-output':
    case 'step-finished':
      return [];
    case 'step-failed':
      return [`FAILED after ${formatDuration(event.ms)}: ${sanitizeLine(event.title)}`];
    case 'gate-started':
    case 'gate-finished':
    case 'gate-failed':
    case 'witness-started':
    case 'witness-finished':
    case 'stopping':
    case 'undo-started':
    case 'undo-finished':
      return [describeJudgement(event)];
    case 'finished':
      return [...event.notices.flatMap(noticeLines), ...finishLines(event, changes)];
  }
};

/** Who is waited for. */
export const describeWaiting = ({
  host,
  holder,
  seconds,
}: EngineEvent & { kind: 'waiting' }): string =>
  sanitizeLine(`Waiting for the end of another run on ${host}${holder}; at most ${seconds} s`);

/** A finding that does not stop, and what to do about it. */
export const warningLines = ({ what, fix }: Finding): string[] => noticeLines(`${what}\n${fix}`);

/** The events between the last step and the end. */
export type Judgement = Extract<
  EngineEvent,
  { kind: `gate-${string}` | `witness-${string}` | `undo-${string}` | 'stopping' }
>;

/** One line for each. */
export const describeJudgement = (event: Judgement): string => {
  switch (event.kind) {
    case 'gate-started':
      return `Trying: ${sanitizeLine(event.name)}`;
    case 'gate-finished':
      return `Passed: ${sanitizeLine(event.name)}`;
    case 'gate-failed':
      return `FAILED after ${formatDuration(event.ms)}: ${sanitizeLine(event.name)}`;
    case 'witness-started':
      return 'Looking from here';
    case 'witness-finished':
      return event.complaints.length === 0 ? 'From here it looks right' : 'From here it is worse';
    case 'stopping':
      return 'Stopping: the host goes back to what it was; Ctrl-C again leaves it alone with that';
    case 'undo-started':
      return 'Going back to what was there before';
    case 'undo-finished':
      return event.outcome === 'rolled-back'
        ? `Rolled back in ${formatDuration(event.ms)}`
        : 'BROKEN: what is there now is not healthy';
  }
};

/** What the operator must know although the deploy went well; each line by itself. */
export const noticeLines = (notice: string): string[] =>
  notice
    .split('\n')
    .map((line, index) => `${index === 0 ? 'WARNING: ' : '  '}${sanitizeLine(line)}`);

/** `chat.example: done in 12 s`, and below it what was changed. */
export const finishLines = (
  { host, changed, generation, ms }: EngineEvent & { kind: 'finished' },
  changes: readonly string[],
): string[] => {
  const time = formatDuration(ms);
  if (!changed) return [`${host}: nothing changed in ${time}`];
  const number = generation === undefined ? '' : `, generation ${generation}`;
  return [`${host}: done in ${time}${number}`, ...changes.map((line) => `  ${line}`)];
};
