import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { rolldown } from 'rolldown';
import { repository } from '../command.ts';
import { areThere } from '../programs.ts';

/** Whether specs can run a Chromium. */
export function chromiumIsThere(): boolean {
  return areThere('a browser', ['chromium'], 'chromium');
}

export interface Heard {
  readonly items: readonly (string | Uint8Array)[];
  readonly errors: readonly string[];
  readonly discontinuities: number;
}

/** A page, of an origin of its own, with one client of the browser SDK. */
export class BrowserClient {
  /** Protocols of all responses from the cluster: `h2`, `http/1.1`. */
  readonly protocols = new Set<string>();
  readonly #browser: Browser;
  readonly #server: Server;
  readonly #call: (name: string, args: readonly unknown[]) => Promise<unknown>;

  private constructor(
    browser: Browser,
    server: Server,
    call: (name: string, args: readonly unknown[]) => Promise<unknown>,
  ) {
    this.#browser = browser;
    this.#server = server;
    this.#call = call;
  }

  /** @param origin scheme://host:port of the cluster; whoever signed its certificate is trusted */
  static async open(origin: string): Promise<BrowserClient> {
    const script = await bundle();
    const server = createServer((request, response) => {
      const isScript = request.url === '/page.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? script : '<script type="module" src="/page.js"></script>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox', '--ignore-certificate-errors'],
    });
    const page = await browser.newPage();
    const client = new BrowserClient(browser, server, (name, args) =>
      page.evaluate(
        ([method, values]) => {
          const { topicplane } = globalThis as unknown as {
            topicplane: Record<string, (...all: unknown[]) => unknown>;
          };
          return topicplane[method]?.(...values);
        },
        [name, args] as const,
      ),
    );
    const session = await page.context().newCDPSession(page);
    session.on('Network.responseReceived', ({ response }) => {
      if (response.url.startsWith(origin) && response.protocol) {
        client.protocols.add(response.protocol);
      }
    });
    await session.send('Network.enable');
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction('globalThis.topicplane !== undefined');
    await client.#call('connect', [origin]);
    return client;
  }

  /** `subscribed`, or what went wrong. */
  subscribe(cache: string, topic: string): Promise<unknown> {
    return this.#call('subscribe', [cache, topic]);
  }

  /** `published`, or what went wrong. */
  publish(cache: string, topic: string, value: string): Promise<unknown> {
    return this.#call('publish', [cache, topic, value]);
  }

  async heard(): Promise<Heard> {
    return (await this.#call('heard', [])) as Heard;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    this.#server.close();
  }
}

async function bundle(): Promise<string> {
  const input = fileURLToPath(new URL('page.mjs', `file://${repository}/test/support/browser/`));
  const built = await rolldown({ input, platform: 'browser', logLevel: 'silent' });
  const { output } = await built.generate({ format: 'esm', codeSplitting: false });
  return output[0].code;
}
