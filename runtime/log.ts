import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/**
 * JSON lines on stderr, one event each; `role` and `name` say which process speaks.
 * Payloads and credentials are never logged.
 */
export function createLogger(role: string, name: string, level: LogLevel): Logger {
  return pino(
    { level, base: { role, name }, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: true }),
  );
}

/** Says nothing; for tests and tools. */
export const silentLogger: Logger = pino({ level: 'silent' });
