export { Standstill, type StandstillBounds, type StandstillNews } from './standstill.ts';
