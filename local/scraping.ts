import type { Clock } from '../runtime/index.ts';
import type { DataDir } from './data/index.ts';
import type { LocalEvent } from './events.ts';
import { defaultBackoff, LogFile } from './kubelet/index.ts';
import { Prometheus } from './prometheus/index.ts';
import type { LocalStatus, MemberView } from './status/index.ts';

const scrapeMs = 5_000;
const lastWordsMax = 3;
const name = 'prometheus';

export interface ScrapingOptions {
  /** Path of the program. */
  readonly program: string;
  /** host:port of the operator's metrics. */
  readonly operator: string;
  readonly data: DataDir;
  readonly clock: Clock;
  readonly onEvent: (event: LocalEvent) => void;
}

/** The Prometheus of a local cluster. */
export interface Scraping {
  readonly url: string;
  view(): Required<LocalStatus>['prometheus'];
  /** Who is there now. */
  members(members: readonly MemberView[]): void;
  /** Resolves when it is gone; it is killed if it doesn't end in time. */
  end(graceMs: number): Promise<void>;
  kill(): void;
}

/** It scrapes the members as they come and go, and has a log beside theirs. */
export async function startScraping(options: ScrapingOptions): Promise<Scraping> {
  const { program, operator, data, clock, onEvent } = options;
  const logFile = data.logFile(name);
  const log = new LogFile(logFile);
  let lastWords: string[] = [];
  const prometheus = await Prometheus.start({
    program,
    folder: data.prometheusFolder,
    scrapeMs,
    clock,
    backoff: defaultBackoff,
    events: {
      said(line) {
        log.write(line);
        lastWords = [...lastWords, line].slice(-lastWordsMax);
      },
      died(how) {
        onEvent({ kind: 'died', member: name, how, lastWords, logFile });
        lastWords = [];
      },
      failed(error) {
        const text = `can't be told what to scrape: ${String(error)}`;
        onEvent({ kind: 'notice', from: name, level: 'error', text });
      },
    },
  });
  return {
    url: prometheus.url,
    view: () => ({ url: prometheus.url, running: prometheus.isRunning }),
    members(members) {
      const targets = [{ name: 'operator', address: operator }, ...members.flatMap(targetOf)];
      prometheus.setTargets(targets);
    },
    async end(graceMs) {
      await prometheus.end(graceMs);
      log.close();
    },
    kill: () => prometheus.kill(),
  };
}

/** One that doesn't serve yet isn't scraped. */
function targetOf({ name: member, addresses: { admin } }: MemberView) {
  return admin === undefined ? [] : [{ name: member, address: admin }];
}
