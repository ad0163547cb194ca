import type { Run } from './command.ts';

/**
 * Has units read the certificate again; connections stay. One that is not running is left alone: it
 * reads the certificate when it starts.
 *
 * @returns what went wrong, one sentence a unit
 */
export const reloadUnits = async (units: readonly string[], run: Run): Promise<string[]> => {
  const problems: string[] = [];
  for (const unit of units) {
    const { ok, output } = await run('systemctl', ['try-reload-or-restart', unit]);
    if (!ok) problems.push(`${unit} could not be reloaded: ${output.trim()}`);
  }
  return problems;
};
