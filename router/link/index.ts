export { type Identity, Link, type LinkEvents, type LinkPort } from './link.ts';
export { Links } from './links.ts';
