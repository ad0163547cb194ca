import type { Config } from '../config/schema.ts';
import type { Part, Platform } from '../engine/state.ts';

/** A file of the operator's own for the web site. */
export interface OwnPage {
  /** As in URLs, not encoded: `/index.html`. */
  readonly path: string;
  readonly content: Uint8Array;
}

/** A part of the relay: pure, (config, platform) -> desired state. One file each in this folder. */
export type RelayPart = (config: Config, platform: Platform, ownPages?: readonly OwnPage[]) => Part;
