/** The HTTP API: publish, long poll and Server-Sent Events. */
export { http } from './routes.ts';
