import type { Emit, EngineEvent } from '../../engine/events.ts';
import { createPlainRenderer } from './plain.ts';
import { applyColourPreference, type OutputStream, type RendererMode } from './terminal.ts';
import { createTerminalRenderer } from './terminal-renderer.ts';

export { rendererMode } from './terminal.ts';

/** Turns engine events into text. */
export interface Renderer {
  readonly emit: Emit;
  /** Leaves the stream at the start of a line and stops all timers. Safe to call twice. */
  close(): void;
}

/**
 * `terminal`: a live last line with elapsed times; `plain`: one line a step, no control characters;
 * `json`: nothing, the command prints its result itself.
 */
export const createRenderer = (stream: OutputStream, mode: RendererMode): Renderer => {
  applyColourPreference(mode);
  switch (mode) {
    case 'terminal':
      return createTerminalRenderer(stream);
    case 'plain':
      return createPlainRenderer(stream);
    case 'json':
      return { emit: (_event: EngineEvent) => undefined, close: () => undefined };
  }
};
