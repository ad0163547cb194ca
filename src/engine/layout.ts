/** What the engine keeps on a host. */

export const STATE_DIR = '/var/lib/cmdeploy';

/** One file per unit or refresh: its inputs when it last started well. Readable by people. */
export const STAMP_DIR = `${STATE_DIR}/stamps`;

/** One folder per run: the script, its log, the staged files while it lasts. */
export const RUN_DIR = `${STATE_DIR}/runs`;

/** Runs whose folders are kept. */
export const KEPT_RUNS = 10;

/** One folder per generation, named after its number: what was deployed and found healthy. */
export const GENERATION_DIR = `${STATE_DIR}/generations`;

/** Generations whose folders are kept; the current one always is. */
export const KEPT_GENERATIONS = 10;

/** A text file: the number of the generation that the host has now. */
export const GENERATION_FILE = `${STATE_DIR}/generation`;

/** What runs did, a JSON object a line; only ever appended to. */
export const HISTORY_FILE = `${STATE_DIR}/history.jsonl`;

/** The transient unit in which a plan is carried out; its name is the lock. */
export const APPLY_UNIT = 'cmdeploy-apply.service';

/**
 * While packages are installed, this keeps Debian's maintainer scripts from starting services that
 * are not configured yet (policy-rc.d of invoke-rc.d(8)). Ours is recognised by its content.
 */
export const POLICY_RC_D = '/usr/sbin/policy-rc.d';
export const POLICY_RC_D_TEXT =
  '#!/bin/sh\n# Made by cmdeploy while it installs packages; remove it if cmdeploy is not running.\nexit 101\n';
