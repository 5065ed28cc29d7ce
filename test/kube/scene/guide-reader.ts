import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { repository } from '../../support/command.ts';
import { Shell } from '../shell.ts';
import { OperatorProcess } from './operator-process.ts';

/**
 * Somebody who types the commands of a guide in the root of a checkout, as an administrator of Kubernetes; an operator
 * in a terminal of its own. Differences to a real reader: that operator takes any free port, and what is written beside
 * the files of the checkout isn't written there.
 */
export class GuideReader {
  readonly #shell: Shell;
  readonly #checkout: string;
  readonly #said = new Map<string, string>();
  #operator: OperatorProcess | undefined;

  private constructor(shell: Shell, checkout: string) {
    this.#shell = shell;
    this.#checkout = checkout;
  }

  /** @param kubeconfig text. */
  static async open(kubeconfig: string): Promise<GuideReader> {
    const shell = await Shell.open(kubeconfig);
    const checkout = join(dirname(shell.kubeconfigFile), 'checkout');
    mkdirSync(checkout);
    for (const name of readdirSync(repository)) {
      symlinkSync(join(repository, name), join(checkout, name));
    }
    return new GuideReader(shell, checkout);
  }

  /** Types one line. @throws Error with what it says, when it fails. */
  async type(line: string): Promise<void> {
    const [npx, program, ...args] = line.split(/ +/);
    if (npx === 'npx' && program === 'topicplane' && args[0] === 'operator') {
      const free = ['--admin-address', '127.0.0.1:0'];
      const { kubeconfigFile } = this.#shell;
      this.#operator = await OperatorProcess.start('guide', [...args, ...free], kubeconfigFile);
      return;
    }
    const { code, stdout, stderr } = await this.#shell.type(line, this.#checkout);
    if (code !== 0) throw new Error(`"${line}" failed: ${stderr}`);
    this.#said.set(line, `${stdout}${stderr}`);
  }

  /** What the first line that was typed and begins so has said. */
  said(beginning: string): string {
    const found = [...this.#said].find(([line]) => line.startsWith(beginning));
    if (!found) throw new Error(`nothing was typed that begins with "${beginning}"`);
    return found[1];
  }

  async close(): Promise<void> {
    await this.#operator?.stop();
    this.#shell.close();
  }
}
