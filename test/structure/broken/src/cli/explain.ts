export { g } from '../app/container.ts';
