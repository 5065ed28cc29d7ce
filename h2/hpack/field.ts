/** One header field as it was in a block. One object may be in many lists: a table hands out what it holds. */
export interface Field {
  /** One character an octet, as are values. Lower case if `valid`; pseudo-headers with their colon. */
  readonly name: string;
  readonly value: string;
  /** The sender asks that no hop on the way ever indexes it: a secret (RFC 7541 section 7.1.3). */
  readonly neverIndexed: boolean;
  /**
   * Name and value are made of what RFC 9113 section 8.2.1 allows; a message with another field is malformed. Decided once
   * for a field that a table holds. Whether it may stand where it stands is for the reader of the message.
   */
  readonly valid: boolean;
}

/** What RFC 7541 section 4.1 and RFC 9113 section 6.5.2 add to the octets of each field. */
export const fieldOverheadBytes = 32;

const tokenName = /^:?[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const badInValue = /[\0\r\n]|^[ \t]|[ \t]$/;

export function field(name: string, value: string, neverIndexed = false): Field {
  return { name, value, neverIndexed, valid: tokenName.test(name) && !badInValue.test(value) };
}

/** As tables and the bound on header lists count it. */
export function fieldBytes({ name, value }: Field): number {
  return name.length + value.length + fieldOverheadBytes;
}
