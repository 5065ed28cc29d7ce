export type LogLine =
  /** Something a person should see. */
  | { readonly kind: 'notice'; readonly level: 'warn' | 'error'; readonly text: string }
  /** Not a log event: what a runtime says when it dies. */
  | { readonly kind: 'raw'; readonly text: string }
  | { readonly kind: 'detail' };

const warn = 40;
const error = 50;
const ownFields = new Set(['cluster', 'level', 'time', 'role', 'name', 'msg', 'pid', 'hostname']);

/** Reads one line of a member's output. */
export function readLogLine(line: string): LogLine {
  const event = parse(line);
  if (!event) return line.trim() === '' ? { kind: 'detail' } : { kind: 'raw', text: line };
  const level = event['level'];
  if (typeof level !== 'number' || level < warn) return { kind: 'detail' };
  const fields = Object.entries(event)
    .filter(([key]) => !ownFields.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const { msg } = event;
  const text = [typeof msg === 'string' ? msg : '', ...fields]
    .filter((part) => part !== '')
    .join(' ');
  return { kind: 'notice', level: level < error ? 'warn' : 'error', text };
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}
