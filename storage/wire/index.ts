export {
  itemsSize,
  nestedSize,
  nestedSizes,
  numberSize,
  textSize,
  writeBytes,
  writeHead,
  writeNumber,
  writeText,
} from './fields.ts';
export { varintSize, writeVarint } from './varint.ts';
