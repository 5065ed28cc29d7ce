export { varintSize, writeVarint } from './varint.ts';
