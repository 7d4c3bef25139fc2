export { hop } from '../cli/hop.ts';
