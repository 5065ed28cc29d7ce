import { describe, expect, it } from 'vitest';
import { isAddress, parseAddress } from './address.ts';

describe('parseAddress', () => {
  it.each([
    ['127.0.0.1:8080', { host: '127.0.0.1', port: 8080 }],
    [
      'demo-storage-0.demo-storage.default.svc:8081',
      { host: 'demo-storage-0.demo-storage.default.svc', port: 8081 },
    ],
    ['[::1]:65535', { host: '::1', port: 65_535 }],
    ['[fe80::1%eth0]:1', { host: 'fe80::1%eth0', port: 1 }],
    ['0.0.0.0:0', { host: '0.0.0.0', port: 0 }],
  ])('reads %s', (text, parsed) => {
    expect(parseAddress(text)).toEqual(parsed);
  });

  it.each([
    '',
    'host',
    ':80',
    'host:',
    'host:65536',
    'host:-1',
    'host:80x',
    'ho st:80',
    '::1:80',
    '[host]:80',
    'http://host:80',
    'host:80/path',
  ])('refuses %j', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it('knows that nothing can be dialled at port 0', () => {
    expect(isAddress('127.0.0.1:0')).toBe(false);
    expect(isAddress('127.0.0.1:1')).toBe(true);
  });
});
