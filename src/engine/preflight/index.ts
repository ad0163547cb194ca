/** What keeps a host from being deployed to, found in the facts before anything is touched. Pure. */
import type { Facts } from '../facts.ts';
import type { DesiredState } from '../state.ts';
import { checkClock } from './clock.ts';
import type { Finding } from './finding.ts';
import { checkAddresses, checkOutbound, checkResolver, type NetworkNeeds } from './network.ts';
import { checkPorts, type RequiredPort } from './ports.ts';
import { checkPreconditions } from './preconditions.ts';
import { checkReboot } from './reboot.ts';
import { checkDisks, checkMemory } from './room.ts';

/** What a blueprint asks of a host beside its desired state. */
export interface Needs {
  readonly ports: readonly RequiredPort[];
  /** The network is not looked at when left out. */
  readonly network?: NetworkNeeds;
  /** Whether units of ours that somebody else set up may be taken over. */
  readonly takeOver?: boolean;
}

/** Everything there is to say before `state` is deployed to a supported system, all at once. */
export const preflight = (state: DesiredState, facts: Facts, needs: Needs): Finding[] => {
  const { machine } = facts;
  const { ports, network, takeOver = false } = needs;
  return [
    ...checkPreconditions(state, facts),
    ...checkPorts(state, facts, ports, takeOver),
    ...checkClock(machine),
    ...checkDisks(state, facts),
    ...checkMemory(state, facts),
    ...(network === undefined
      ? []
      : [
          ...checkResolver(state, facts, network),
          ...checkOutbound(machine, network),
          ...checkAddresses(machine, ports),
        ]),
    ...checkReboot(machine),
  ];
};
