/**
 * The plan: what to do to a host so that it becomes what is desired. Plain data without contents
 * or secrets; made by comparing, without I/O. A closed union: whoever handles steps handles all.
 */
import type { Argv } from '../host/host.ts';
import type { Owner } from './state.ts';

export type Step =
  /** A policy-rc.d that a killed run left behind would keep every service from starting. */
  | { readonly kind: 'remove-policy'; readonly path: string }
  | { readonly kind: 'forbid-unit'; readonly unit: string; readonly because: string }
  | { readonly kind: 'retire-unit'; readonly unit: string; readonly because: string }
  | { readonly kind: 'install'; readonly packages: readonly string[] }
  | { readonly kind: 'add-user'; readonly name: string; readonly home: string }
  | { readonly kind: 'join-groups'; readonly user: string; readonly groups: readonly string[] }
  | {
      readonly kind: 'make-directory';
      readonly path: string;
      readonly owner: Owner;
      readonly mode: number;
    }
  | {
      readonly kind: 'generate';
      readonly name: string;
      readonly paths: readonly string[];
      readonly commands: readonly Argv[];
      readonly owner: Owner;
      readonly mode: number;
    }
  | {
      readonly kind: 'check';
      readonly name: string;
      readonly files: readonly string[];
      readonly command: Argv;
    }
  | {
      readonly kind: 'write';
      readonly path: string;
      readonly owner: Owner;
      readonly mode: number;
      /** Of the new content. */
      readonly sha256: string;
      readonly change: 'new' | 'changed';
    }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | {
      readonly kind: 'set-owner';
      readonly path: string;
      readonly owner: Owner;
      readonly mode: number;
    }
  | { readonly kind: 'remove'; readonly path: string }
  | { readonly kind: 'reload-systemd' }
  | {
      readonly kind: 'refresh';
      readonly name: string;
      readonly command: Argv;
      readonly because: readonly string[];
      readonly stamp: StampInputs;
    }
  | {
      readonly kind: 'follow-up';
      readonly name: string;
      readonly command: Argv;
      readonly notice: string;
      readonly because: readonly string[];
      readonly stamp: StampInputs;
    }
  | { readonly kind: 'unmask' | 'enable'; readonly units: readonly string[] }
  | {
      readonly kind: 'start' | 'restart' | 'reload';
      readonly unit: string;
      readonly because: readonly string[];
      readonly stamp: StampInputs;
    }
  /** After all: the units that were started or reloaded are still up. */
  | { readonly kind: 'confirm-units'; readonly units: readonly string[] };

/** Files and packages whose hashes and versions are stamped on the host afterwards. */
export interface StampInputs {
  readonly files: readonly string[];
  readonly packages: readonly string[];
}

export interface Plan {
  /** In the order of their execution; empty when the host is as desired. */
  readonly steps: readonly Step[];
}

/** One line for people: what a step does and, where it is not obvious, why. */
export const describeStep = (step: Step): string => {
  switch (step.kind) {
    case 'remove-policy':
      return `remove ${step.path}, left by an interrupted run`;
    case 'forbid-unit':
      return `stop and mask ${step.unit}: ${step.because}`;
    case 'retire-unit':
      return `stop and disable ${step.unit}: ${step.because}`;
    case 'install':
      return `install ${step.packages.join(' ')}`;
    case 'add-user':
      return `add system user ${step.name}`;
    case 'join-groups':
      return `add ${step.user} to ${step.groups.join(', ')}`;
    case 'make-directory':
      return `make directory ${step.path}`;
    case 'generate':
      return `make ${step.name}: ${step.paths.join(' ')}`;
    case 'check':
      return `check with ${step.name}`;
    case 'write':
      return `${step.change === 'new' ? 'write' : 'change'} ${step.path}`;
    case 'link':
      return `link ${step.path} to ${step.target}`;
    case 'set-owner':
      return `set ${step.path} to ${step.owner.user}:${step.owner.group} ${step.mode.toString(8)}`;
    case 'remove':
      return `remove ${step.path}`;
    case 'reload-systemd':
      return 'reload systemd';
    case 'refresh':
    case 'follow-up':
      return `run ${step.name}${reasons(step.because)}`;
    case 'unmask':
    case 'enable':
      return `${step.kind} ${step.units.join(' ')}`;
    case 'start':
    case 'restart':
    case 'reload':
      return `${step.kind} ${step.unit}${reasons(step.because)}`;
    case 'confirm-units':
      return 'see that the services stay up';
  }
};

const reasons = (because: readonly string[]): string =>
  because.length === 0 ? '' : `: ${because.join(', ')}`;
