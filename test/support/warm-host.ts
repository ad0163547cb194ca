/** Hosts of a test's own, with a relay's packages installed from the start. */
import { configSchema } from '../../src/config/schema.ts';
import { relayParts } from '../../src/relay/relay.ts';
import { cmdeploy, type LabHost, labHosts } from './cmdeploy.ts';

/** What every kind of relay needs, so that all tests share one cached layer. */
const packagesOf = (debian: 12 | 13): string => {
  const config = configSchema.parse({ mail_domain: 'any.test' });
  const packages = relayParts(config, { debian }).flatMap((part) => part.packages ?? []);
  return [...new Set(packages)].sort().join(',');
};

/** Brings up a host; `options` as of `lab up`. Take it down with {@link downHost}. */
export async function upHost(
  name: string,
  debian: 12 | 13,
  ...options: readonly string[]
): Promise<LabHost> {
  const release = ['--debian', String(debian), '--warm', packagesOf(debian)];
  await cmdeploy(['lab', 'up', name, ...release, ...options]);
  const host = (await labHosts()).find((candidate) => candidate.name === name);
  if (!host) throw new Error(`${name} did not come up.`);
  return host;
}

export async function downHost({ name }: LabHost): Promise<void> {
  await cmdeploy(['lab', 'down', name]);
}
