export { container } from '../app/container.ts';
