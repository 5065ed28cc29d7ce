import { stringify } from 'yaml';

/** One process to scrape. */
export interface Target {
  readonly name: string;
  /** host:port that serves /metrics. */
  readonly address: string;
}

export const targetsName = 'targets.json';

/**
 * What Prometheus runs by. Members label their series themselves (role, name, topic_cluster); what is added here is `job`
 * and `instance`.
 * @param scrapeMs whole seconds
 */
export function configText(scrapeMs: number): string {
  const seconds = `${scrapeMs / 1000}s`;
  return stringify({
    global: { scrape_interval: seconds, scrape_timeout: seconds },
    scrape_configs: [
      {
        job_name: 'topicplane',
        // It hears of a new file at once; where it doesn't, it looks this often.
        file_sd_configs: [{ files: [targetsName], refresh_interval: seconds }],
      },
    ],
  });
}

/** An instance is a member by its name: a process that is started again listens elsewhere, and goes on in its series. */
export function targetsText(targets: readonly Target[]): string {
  const groups = targets.map(({ name, address }) => {
    return { targets: [address], labels: { instance: name } };
  });
  return `${JSON.stringify(groups, undefined, 2)}\n`;
}
