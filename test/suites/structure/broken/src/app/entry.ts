export { main } from '../cli/images-api.ts';
