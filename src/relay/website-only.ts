import type { Config } from '../config/schema.ts';
import type { Part, Platform, Precondition } from '../engine/state.ts';
import { nginxPart } from './nginx.ts';
import type { OwnPage } from './part.ts';
import { websitePart } from './website.ts';

/** A first deploy of the pages alone would leave half a relay. */
const isRelay: Precondition = {
  name: 'no-relay-yet',
  script: `grep -qs '^# Made by cmdeploy' /etc/nginx/nginx.conf || echo 'the host is no relay yet'`,
  fix: 'deploy all of it first, without --website-only',
};

/** The pages and the web server's configuration, which knows their languages and their policy. */
export const websiteParts = (
  config: Config,
  platform: Platform,
  ownPages: readonly OwnPage[],
): Part[] => [
  { name: 'website-only', preconditions: [isRelay] },
  websitePart(config, platform, ownPages),
  nginxPart(config, platform, ownPages),
];
