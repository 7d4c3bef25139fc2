export { d } from './circle-a.ts';
export const e = 1;
