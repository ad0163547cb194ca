import { loadConfigFile } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import type { Blueprint } from '../engine/examine.ts';
import { relayBlueprint, websiteBlueprint } from '../relay/blueprint.ts';
import type { Permissions } from '../relay/takeover.ts';
import { readOwnPages } from '../website/own-pages.ts';
import { VERSION } from './version.ts';

export interface LoadedRelay {
  readonly config: Config;
  readonly blueprint: Blueprint;
}

export interface LoadOptions extends Permissions {
  /** Path of chatmail.ini. */
  readonly config: string;
  readonly websiteOnly?: true;
}

/** What the operator has described: chatmail.ini and the pages of its `www_folder`. Prints warnings. */
export const loadRelay = (options: LoadOptions): LoadedRelay => {
  const { config, warnings } = loadConfigFile(options.config);
  for (const warning of warnings) console.error(warning);
  const ownPages = readOwnPages(config, options.config);
  const blueprint = options.websiteOnly
    ? websiteBlueprint(config, VERSION, ownPages)
    : relayBlueprint(config, VERSION, ownPages, options);
  return { config, blueprint };
};
