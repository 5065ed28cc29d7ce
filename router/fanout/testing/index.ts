/** A hub for the specs of the fan-out, with clients and a link that they hold in their hands; no part of the process. */
export { Client, message, setUp, turn, Wire } from './hub-world.ts';
