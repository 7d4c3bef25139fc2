export { settings } from '../app/settings.ts';
