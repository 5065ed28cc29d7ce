import { termStepMax } from '../../topology/index.ts';
import { firstTermMax } from './lease.ts';

export interface SoleOperatorOptions {
  readonly identity: string;
  /** The highest term up to `termMax` that is on record in any topology. */
  readonly recordedTerm: (termMax: number) => Promise<number>;
  readonly onLead: (term: number) => void;
  readonly onLose: () => void;
}

/** Leads without an election: nobody else may serve the same namespaces. It goes on in the term that is on record. */
export class SoleOperator {
  readonly #options: SoleOperatorOptions;
  #term: number | undefined;

  constructor(options: SoleOperatorOptions) {
    this.#options = options;
  }

  get isLeading(): boolean {
    return this.#term !== undefined;
  }

  get leader(): string | undefined {
    return this.#options.identity;
  }

  get term(): number | undefined {
    return this.#term;
  }

  /** It asks for no Lease. */
  get problem(): undefined {
    return undefined;
  }

  start(): void {
    void this.#options.recordedTerm(firstTermMax).then((term) => this.#lead(Math.max(1, term)));
  }

  /** Members or a record are of this term, and nobody else leads: it goes on in that. */
  raise(term: number): void {
    if (this.#term === undefined || term <= this.#term) return;
    if (term > this.#term + termStepMax) return;
    this.#options.onLose();
    this.#lead(term);
  }

  stop(): Promise<void> {
    this.#term = undefined;
    return Promise.resolve();
  }

  #lead(term: number): void {
    this.#term = term;
    this.#options.onLead(term);
  }
}
