/** What the engine keeps on a host. */

export const STATE_DIR = '/var/lib/cmdeploy';

/** One file per unit or refresh: its inputs when it last started well. Readable by people. */
export const STAMP_DIR = `${STATE_DIR}/stamps`;

/**
 * One folder per run: `apply.sh`, `undo.sh`, `settle.sh`, `state.json.gz`, `info`, `from`, `log`; while
 * it lasts the staged files; `previous/`, what was there before; at the end `finished` or `undone`.
 */
export const RUN_DIR = `${STATE_DIR}/runs`;

/** Names the run that has begun and neither finished nor been undone. */
export const CURRENT_FILE = `${STATE_DIR}/current`;

/** Names the run that began last, by the host's own order: ids are made with other machines' clocks. */
export const LAST_RUN_FILE = `${STATE_DIR}/last-run`;

/** There while the host runs something that was found unhealthy and could not be undone. */
export const BROKEN_FILE = `${STATE_DIR}/broken`;

/** Seconds for which a run waits for what the operator's side saw of the relay. */
export const VERDICT_SECONDS = 30;

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
