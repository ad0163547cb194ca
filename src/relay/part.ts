import type { Config } from '../config/schema.ts';
import type { Part, Platform } from '../engine/state.ts';

/** A part of the relay: pure, (config, platform) -> desired state. One file each in this folder. */
export type RelayPart = (config: Config, platform: Platform) => Part;
