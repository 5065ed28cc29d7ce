import type { LocalCluster, LocalEvent, MemberView } from '../../local/index.ts';
import { LiveLine, type Paint, paintFor } from '../terminal/index.ts';
import { memberChanges } from './changes.ts';
import { progressText, readyJson } from './text.ts';

/** What a local cluster shows while it runs. */
export interface LocalView {
  event(event: LocalEvent, cluster: LocalCluster | undefined): void;
  stopping(): void;
  /** Every process has ended. */
  stopped(): void;
}

/** For people, on stdout: a line of progress that changes in place on a terminal, and lines of what happened. */
export class PersonView implements LocalView {
  readonly #live: LiveLine;
  readonly #paint: Paint;
  readonly #startedMs = performance.now();
  #members: readonly MemberView[] = [];
  #settled = false;
  #everSettled = false;
  #stopping = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#live = new LiveLine(stream);
    this.#paint = paintFor(stream, process.env);
  }

  event(event: LocalEvent, cluster: LocalCluster | undefined): void {
    if (this.#stopping) return;
    switch (event.kind) {
      case 'members':
        for (const change of memberChanges(this.#members, event.members)) this.#say(change);
        this.#members = event.members;
        this.#settled &&= event.members.every(({ ready }) => ready);
        return this.#progress(cluster);
      case 'settled':
        return this.#ready(cluster);
      case 'applied':
        this.#settled = false;
        this.#say(`${event.file} was edited: applying it`);
        return this.#progress(cluster);
      case 'unchanged':
        return this.#say(`${event.file} was edited: nothing changed in what it asks for`);
      case 'died':
      case 'notice':
      case 'refused':
        return this.#live.print(problemText(event, this.#paint));
    }
  }

  stopping(): void {
    this.#stopping = true;
    this.#live.done();
    this.#live.print('Stopping; Ctrl-C again ends everything at once.');
  }

  stopped(): void {
    this.#live.print('Stopped.');
  }

  #ready(cluster: LocalCluster | undefined): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#live.done();
    const seconds = ((performance.now() - this.#startedMs) / 1000).toFixed(1);
    const text = this.#everSettled
      ? 'Ready: everything asked for serves.'
      : `Ready after ${seconds} s at ${cluster?.endpoint ?? ''}. Ctrl-C stops everything.`;
    this.#everSettled = true;
    this.#live.print(this.#paint('green', text));
  }

  #progress(cluster: LocalCluster | undefined): void {
    if (this.#settled || !cluster) return;
    const { router, storage } = cluster.spec.spec;
    const desired = { routers: router.replicas, storage: storage.replicas };
    this.#live.show(progressText(this.#members, desired));
  }

  #say(text: string): void {
    this.#live.print(this.#paint('dim', text));
  }
}

/** For scripts: one line of JSON on stdout when ready; problems on stderr. */
export class ScriptView implements LocalView {
  #ready = false;

  event(event: LocalEvent, cluster: LocalCluster | undefined): void {
    switch (event.kind) {
      case 'settled':
        if (!this.#ready && cluster) process.stdout.write(`${readyJson(cluster.status())}\n`);
        this.#ready = true;
        return;
      case 'died':
      case 'notice':
      case 'refused': {
        const paint = paintFor(process.stderr, process.env);
        process.stderr.write(`${problemText(event, paint)}\n`);
        return;
      }
      case 'members':
      case 'applied':
      case 'unchanged':
        return;
    }
  }

  stopping(): void {}

  stopped(): void {}
}

type ProblemEvent = Extract<LocalEvent, { kind: 'died' | 'notice' | 'refused' }>;

function problemText(event: ProblemEvent, paint: Paint): string {
  switch (event.kind) {
    case 'died': {
      const { member, how, lastWords, logFile } = event;
      const words = lastWords.map((line) => `\n    ${line}`).join('');
      return `${paint('yellow', `${member} ended (${how}) and is started again`)}; log: ${logFile}${words}`;
    }
    case 'notice':
      return `${paint(event.level === 'error' ? 'red' : 'yellow', event.level)} ${event.from}: ${event.text}`;
    case 'refused':
      return [
        paint('red', 'The edit is not applied, the cluster runs on as it was:'),
        ...event.problems.map((problem) => `  ${problem}`),
      ].join('\n');
    default:
      return event satisfies never;
  }
}
