export { Command as hop } from 'commander';
