export { installRuntimeClient as setup } from '../../support/lambda-runtime/install.ts';
