import { CliError, exitCodes } from '../exit.ts';

/** What was asked for isn't there, as everything else is that is needed to say so. Whoever watches waits for it. */
export class AbsentError extends CliError {
  /** `TopicCluster demo` */
  readonly what: string;

  constructor(what: string, message: string) {
    super(exitCodes.failed, message);
    this.what = what;
  }
}
