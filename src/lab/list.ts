import { hostProcesses } from './host.ts';
import { type LabPaths, labPaths } from './paths.ts';
import { type LabHost, readState } from './state.ts';

/** The hosts that run. Needs no root. */
export const labList = (lab: LabPaths = labPaths()): LabHost[] =>
  (readState(lab)?.hosts ?? []).filter((host) => hostProcesses(lab, host.name).length > 0);
