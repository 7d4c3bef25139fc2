import { installRuntimeClient } from './lambda-runtime/install.ts';
import { installNode, OTHER_VERSIONS } from './other-node.ts';

/** Installs what `npm run test:node` needs. */
export const setup = (): void => {
  installRuntimeClient();
  for (const version of OTHER_VERSIONS) installNode(version);
};
