export interface ParsedAddress {
  /** A name or an IP address, without brackets. */
  readonly host: string;
  /** From 0 to 65535. */
  readonly port: number;
}

const pattern =
  /^(?:\[([0-9A-Fa-f:.]+(?:%[0-9A-Za-z]+)?)\]|([0-9A-Za-z](?:[0-9A-Za-z._-]*[0-9A-Za-z.])?)):([0-9]{1,5})$/;

/** Reads `host:port` or `[IPv6]:port`; `undefined` when it is neither. Port 0 is read, as "any free port". */
export function parseAddress(text: string): ParsedAddress | undefined {
  const [, bracketed, plain, digits] = pattern.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || digits === undefined) return undefined;
  const port = Number(digits);
  return port <= 65_535 ? { host, port } : undefined;
}

/** Something can be dialled there: a host and a port other than 0. */
export function isAddress(text: string): boolean {
  const parsed = parseAddress(text);
  return parsed !== undefined && parsed.port > 0;
}
