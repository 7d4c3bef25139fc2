export { f } from './gone.ts';
