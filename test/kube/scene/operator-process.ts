import { Command, type CommandOptions } from '../../support/command.ts';
import { isAlive } from '../../support/process-table.ts';
import { Hopeless, until } from '../../support/until.ts';

const startWithinMs = 30_000;
const stopWithinMs = 15_000;

interface LogLine {
  /** 30: info, 40: warn, 50: error. */
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface Leader {
  readonly leader?: string;
  readonly term?: number;
}

/** `topicplane operator` as a child process. */
export class OperatorProcess {
  readonly command: Command;
  /** host:port of health and metrics. */
  readonly admin: string;
  readonly name: string;

  private constructor(name: string, command: Command, admin: string) {
    this.name = name;
    this.command = command;
    this.admin = admin;
  }

  /**
   * Resolves once its admin port answers.
   * @param args as the chart gives them, with whatever is to be otherwise.
   * @param kubeconfigFile undefined: it has to find its way by itself.
   */
  static async start(
    name: string,
    args: readonly string[],
    kubeconfigFile?: string,
    options: CommandOptions = {},
  ): Promise<OperatorProcess> {
    const at = args.indexOf('--admin-address');
    const own = args.with(at + 1, '127.0.0.1:0');
    const kubeconfig = kubeconfigFile === undefined ? [] : ['--kubeconfig', kubeconfigFile];
    const env = { POD_NAME: name, ...options.env };
    const command = new Command([...own, ...kubeconfig], { ...options, env });
    let over = false;
    void command.ended.then(() => {
      over = true;
    });
    const port = await until(`the admin port of ${name}`, startWithinMs, () => {
      if (over) throw new Hopeless(`${name} ended: ${command.errors}`);
      const [serving] = linesOf(command.errors).filter(({ msg }) => msg === 'serving');
      return serving?.['adminPort'] as number | undefined;
    });
    return new OperatorProcess(name, command, `127.0.0.1:${port}`);
  }

  get log(): readonly LogLine[] {
    return linesOf(this.command.errors);
  }

  /** Who leads as this process knows it; `term` when it is itself. */
  async leader(): Promise<Leader> {
    const answer = await fetch(`http://${this.admin}/leader`, {
      signal: AbortSignal.timeout(1000),
    });
    return (await answer.json()) as Leader;
  }

  async isLeading(): Promise<boolean> {
    return (await this.leader().catch(() => undefined))?.term !== undefined;
  }

  /** Of every series of a metric whose labels match, the sum. */
  async metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    const text = await (await fetch(`http://${this.admin}/metrics`)).text();
    const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    const lines = text.split('\n').filter((line) => {
      return /^[a-z_]+/.exec(line)?.[0] === name && wanted.every((each) => line.includes(each));
    });
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  signal(signal: NodeJS.Signals): void {
    this.command.signal(signal);
  }

  /** Ends it in order, whatever state it is in. */
  async stop(): Promise<void> {
    if (!isAlive(this.command.pid)) return;
    this.signal('SIGTERM');
    this.signal('SIGCONT');
    await this.command.endedWithin(stopWithinMs).catch((error: unknown) => {
      this.signal('SIGKILL');
      throw error;
    });
  }
}

function linesOf(text: string): LogLine[] {
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as LogLine];
    } catch {
      return [];
    }
  });
}
