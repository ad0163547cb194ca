import type { EngineEvent } from '../../engine/events.ts';
import { describeStep } from '../../engine/plan.ts';
import type { DebugLog } from './debug-log.ts';

/** Writes an engine's event to a log. */
export const logEvent = (log: DebugLog, event: EngineEvent): void => {
  switch (event.kind) {
    case 'step-output':
      log.write(`| ${event.line}`);
      return;
    case 'planned':
      log.write(`planned: ${event.host}`, event.plan.steps.map(describeStep).join('\n'));
      return;
    default: {
      const { kind, ...rest } = event;
      log.write(`${kind}: ${JSON.stringify(rest)}`);
    }
  }
};
