/** The protobuf encoding by hand, for the messages that are hot: the generated code is its twin in the specs. */
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
export { delimitedTag, MalformedMessage, varintTag, WireReader } from './reader.ts';
export { TextMemo } from './text-memo.ts';
export { varintSize, writeVarint } from './varint.ts';
