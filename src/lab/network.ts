import { z } from 'zod';
import { run, succeeds } from './command.ts';
import { addFirewall, removeFirewall } from './firewall.ts';
import type { LabPaths } from './paths.ts';
import { chooseNetwork } from './subnet.ts';

const routesSchema = z.array(z.object({ dst: z.string() }));

/** A /24 for a new lab. */
export const freeNetwork = async (lab: LabPaths): Promise<string> => {
  const { stdout } = await run(['ip', '-json', '-4', 'route', 'show']);
  const routes = routesSchema.parse(JSON.parse(stdout)).map((route) => route.dst);
  return chooseNetwork(lab.id, routes);
};

/** Makes the bridge with its address and firewall. Does nothing when it is there. */
export const ensureBridge = async (lab: LabPaths, address: string): Promise<void> => {
  const { bridge } = lab;
  if (!(await succeeds(['ip', 'link', 'show', bridge]))) {
    await run(['ip', 'link', 'add', bridge, 'type', 'bridge', 'forward_delay', '0']);
  }
  await run(['ip', 'link', 'set', bridge, 'address', hardwareAddress(lab)]);
  await run(['ip', 'address', 'replace', `${address}/24`, 'dev', bridge]);
  await run(['ip', 'link', 'set', bridge, 'up']);
  await addFirewall(bridge, address);
};

/**
 * A bridge without an address of its own takes the lowest one of its ports: it would change with
 * every host and every `lab exec`, and for seconds nobody would reach the DNS server.
 */
const hardwareAddress = (lab: LabPaths): string =>
  `02:00:00:${lab.id.slice(0, 2)}:${lab.id.slice(2, 4)}:${lab.id.slice(4, 6)}`;

export const removeBridge = async (lab: LabPaths): Promise<void> => {
  await removeFirewall(lab.bridge);
  if (await succeeds(['ip', 'link', 'show', lab.bridge])) {
    await run(['ip', 'link', 'delete', lab.bridge]);
  }
};
