export { e } from './circle-b.ts';
export const d = 1;
