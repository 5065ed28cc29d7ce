export { type RouterBounds, type RouterConfig, routerBounds } from './config.ts';
export { runRouter } from './main.ts';
