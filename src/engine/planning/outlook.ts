import type { Facts } from '../facts.ts';
import type { Step } from '../plan.ts';
import type { DesiredState, Inputs } from '../state.ts';

/** The value of an input that is only known once the plan has been carried out. */
const NOT_YET = 'not yet';

/** How the inputs of units and refreshes will stand when the files have been written. */
export class Outlook {
  private readonly facts: Facts;
  private readonly changing: ReadonlySet<string>;
  private readonly installing: ReadonlySet<string>;

  constructor(
    facts: Facts,
    installing: readonly string[],
    state: DesiredState,
    files: readonly Step[],
  ) {
    this.facts = facts;
    this.installing = new Set(installing);
    const made = state.generated
      .filter(({ paths }) => paths.some((path) => facts.files[path] === undefined))
      .flatMap(({ paths }) => paths);
    // A file that has to be written again was edited: the daemon may have read the edited one.
    const written = files.flatMap((step) => (step.kind === 'write' ? [step.path] : []));
    this.changing = new Set([...made, ...written]);
  }

  /**
   * Which of `inputs` change now or have changed since the last successful start of `name`.
   * All of them do for what was never started by us.
   */
  differences(name: string, inputs: Inputs): string[] {
    const stamp = this.facts.stamps[name] ?? {};
    return [
      ...inputs.files.filter((path) => stamp[path] !== this.file(path)),
      ...inputs.packages.filter((pkg) => stamp[pkg] !== this.package(pkg)),
    ];
  }

  isKnown(name: string): boolean {
    return this.facts.stamps[name] !== undefined;
  }

  private file(path: string): string {
    return this.changing.has(path) ? NOT_YET : (this.facts.files[path]?.sha256 ?? '-');
  }

  private package(name: string): string {
    return this.installing.has(name) ? NOT_YET : (this.facts.packages[name] ?? '-');
  }
}
