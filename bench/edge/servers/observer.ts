import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answer, Order } from '../profile/agent.ts';
import type { Child } from './child.ts';
import type { Profile } from './server.ts';

/** What a Node program that was started with the agent is told to do beside its work. */
export class Observer {
  readonly #child: Child;

  constructor(child: Child) {
    this.#child = child;
  }

  async startProfile(): Promise<void> {
    await this.#order({ observe: 'profile' });
  }

  async stopProfile(): Promise<Profile> {
    const folder = mkdtempSync(join(tmpdir(), 'topicplane-profile-'));
    const file = join(folder, 'profile.json');
    await this.#order({ observe: 'write', file });
    const profile = JSON.parse(readFileSync(file, 'utf8')) as Profile;
    rmSync(folder, { recursive: true });
    return profile;
  }

  async collect(): Promise<void> {
    await this.#order({ observe: 'collect' });
  }

  async #order(order: Order): Promise<void> {
    const answered = this.#child.message(`answer to ${order.observe}`, (message) => {
      return (message as Answer | null)?.observed === order.observe ? true : undefined;
    });
    this.#child.process.send(order);
    await answered;
  }
}
