import { describe, expect, it } from 'vitest';
import { HpackDecoder } from './decoder.ts';
import { BlockReader, writeInteger } from './integer.ts';

/** An example of RFC 7541 appendix C: blocks in the order in which they are sent, and what each says. */
interface Example {
  readonly name: string;
  readonly tableBytesMax?: number;
  readonly blocks: readonly {
    readonly octets: string;
    readonly fields: readonly string[];
    readonly tableBytes: number;
  }[];
}

const firstRequest = [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'];
const secondRequest = [...firstRequest, 'cache-control: no-cache'];
const thirdRequest = [
  ':method: GET',
  ':scheme: https',
  ':path: /index.html',
  ':authority: www.example.com',
  'custom-key: custom-value',
];

const firstResponse = [
  ':status: 302',
  'cache-control: private',
  'date: Mon, 21 Oct 2013 20:13:21 GMT',
  'location: https://www.example.com',
];
const secondResponse = [':status: 307', ...firstResponse.slice(1)];
const thirdResponse = [
  ':status: 200',
  'cache-control: private',
  'date: Mon, 21 Oct 2013 20:13:22 GMT',
  'location: https://www.example.com',
  'content-encoding: gzip',
  'set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
];

const examples: readonly Example[] = [
  {
    name: 'C.2.1 literal with indexing',
    blocks: [
      {
        octets: '400a637573746f6d2d6b65790d637573746f6d2d686561646572',
        fields: ['custom-key: custom-header'],
        tableBytes: 55,
      },
    ],
  },
  {
    name: 'C.2.2 literal without indexing',
    blocks: [
      { octets: '040c2f73616d706c652f70617468', fields: [':path: /sample/path'], tableBytes: 0 },
    ],
  },
  {
    name: 'C.2.3 literal never indexed',
    blocks: [
      {
        octets: '100870617373776f726406736563726574',
        fields: ['password: secret (never indexed)'],
        tableBytes: 0,
      },
    ],
  },
  {
    name: 'C.2.4 indexed',
    blocks: [{ octets: '82', fields: [':method: GET'], tableBytes: 0 }],
  },
  {
    name: 'C.3 requests without Huffman',
    blocks: [
      {
        octets: '828684410f7777772e6578616d706c652e636f6d',
        fields: firstRequest,
        tableBytes: 57,
      },
      { octets: '828684be58086e6f2d6361636865', fields: secondRequest, tableBytes: 110 },
      {
        octets: '828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565',
        fields: thirdRequest,
        tableBytes: 164,
      },
    ],
  },
  {
    name: 'C.4 requests with Huffman',
    blocks: [
      { octets: '828684418cf1e3c2e5f23a6ba0ab90f4ff', fields: firstRequest, tableBytes: 57 },
      { octets: '828684be5886a8eb10649cbf', fields: secondRequest, tableBytes: 110 },
      {
        octets: '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf',
        fields: thirdRequest,
        tableBytes: 164,
      },
    ],
  },
  {
    name: 'C.5 responses without Huffman, with evictions',
    tableBytesMax: 256,
    blocks: [
      {
        octets:
          '4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d',
        fields: firstResponse,
        tableBytes: 222,
      },
      { octets: '4803333037c1c0bf', fields: secondResponse, tableBytes: 222 },
      {
        octets:
          '88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31',
        fields: thirdResponse,
        tableBytes: 215,
      },
    ],
  },
  {
    name: 'C.6 responses with Huffman, with evictions',
    tableBytesMax: 256,
    blocks: [
      {
        octets:
          '488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3',
        fields: firstResponse,
        tableBytes: 222,
      },
      { octets: '4883640effc1c0bf', fields: secondResponse, tableBytes: 222 },
      {
        octets:
          '88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007',
        fields: thirdResponse,
        tableBytes: 215,
      },
    ],
  },
];

function said(decoder: HpackDecoder, octets: string): readonly string[] {
  const fields = decoder.decode(Buffer.from(octets, 'hex'));
  if ('problem' in fields) throw new Error(JSON.stringify(fields));
  return fields.map(
    ({ name, value, neverIndexed }) => `${name}: ${value}${neverIndexed ? ' (never indexed)' : ''}`,
  );
}

describe('RFC 7541 appendix C', () => {
  it.each(examples)('$name', ({ tableBytesMax = 4096, blocks }) => {
    const decoder = new HpackDecoder({ tableBytesMax, listBytesMax: 4096 });
    for (const { octets, fields, tableBytes } of blocks) {
      expect(said(decoder, octets)).toEqual(fields);
      expect(decoder.tableBytes).toBe(tableBytes);
    }
  });

  it.each([
    { value: 10, prefixBits: 5, octets: '0a' },
    { value: 1337, prefixBits: 5, octets: '1f9a0a' },
    { value: 42, prefixBits: 8, octets: '2a' },
  ])('C.1 the integer $value', ({ value, prefixBits, octets }) => {
    const into = new Uint8Array(8);
    const end = writeInteger(value, prefixBits, 0, into, 0);
    expect(Buffer.from(into.subarray(0, end)).toString('hex')).toBe(octets);
    expect(new BlockReader(into).integer(prefixBits)).toBe(value);
  });
});
