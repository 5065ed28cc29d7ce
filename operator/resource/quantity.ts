/** Amounts as Kubernetes writes them: `500m`, `1.5`, `1Gi`. In thousandths, so that they are whole numbers. */

/** What is taken; Kubernetes also knows exponents and smaller units. */
export const quantityPattern = {
  expression: '^([0-9]{1,12}m|[0-9]{1,12}([.][0-9]{1,3})?(k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?)$',
  meaning: 'an amount such as 500m, 2 or 1Gi',
} as const;

const decimalUnits = ['m', '', 'k', 'M', 'G', 'T', 'P', 'E'] as const;
const binaryUnits = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;

/** The amount in thousandths; undefined when it isn't one. */
export function parseQuantity(quantity: string | number): bigint | undefined {
  return split(quantity)?.milli;
}

/** The same amount as an API server shows it after it stored it: `1024Mi` is `1Gi`, `0.5` is `500m`. */
export function canonicalQuantity(quantity: string | number): string {
  const parsed = split(quantity);
  if (!parsed) throw new Error(`${quantity} is not ${quantityPattern.meaning}`);
  const { milli, binary } = parsed;
  if (milli === 0n) return '0';
  if (binary && milli % 1000n === 0n && milli >= 1_024_000n) {
    return scaled(milli / 1000n, 1024n, binaryUnits);
  }
  return scaled(milli, 1000n, decimalUnits);
}

function split(
  quantity: string | number,
): { readonly milli: bigint; readonly binary: boolean } | undefined {
  const text = String(quantity);
  if (!new RegExp(quantityPattern.expression).test(text)) return undefined;
  const [, whole = '', fraction = '', unit = ''] = /^(\d+)(?:\.(\d+))?(\D*)$/.exec(text) ?? [];
  const mantissa = BigInt(whole + fraction.padEnd(3, '0'));
  if (unit === 'm') return { milli: mantissa / 1000n, binary: false };
  const binary = unit.endsWith('i');
  const exponent = binary
    ? binaryUnits.indexOf(unit as 'Ki')
    : decimalUnits.indexOf(unit as 'k') - 1;
  return { milli: mantissa * (binary ? 1024n : 1000n) ** BigInt(exponent), binary };
}

/** With the largest unit that leaves a whole number. */
function scaled(amount: bigint, base: bigint, units: readonly string[]): string {
  let left = amount;
  let step = 0;
  while (left % base === 0n && step < units.length - 1) {
    left /= base;
    step += 1;
  }
  return `${left}${units[step]}`;
}
