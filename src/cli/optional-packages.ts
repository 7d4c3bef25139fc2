import { createRequire } from 'node:module';

/** Error for packages that a command needs and that are not installed. The message says how to install them. */
export class MissingPackagesError extends Error {
  override readonly name = 'MissingPackagesError';

  /** @param command as the user writes it. */
  constructor(command: string, packages: readonly string[]) {
    const names = packages.join(', ');
    const subject = packages.length === 1 ? `the package ${names}, which is` : `the packages ${names}, which are`;
    super(`${command} needs ${subject} not installed.\nRun: npm install ${packages.join(' ')}`);
  }
}

/**
 * Imports a module that needs optional packages. Commands that do not need the packages work without them.
 *
 * @param command as the user writes it, such as `images-api doctor`.
 * @param packages all optional packages that the module imports, directly or not.
 * @throws MissingPackagesError with every package that is not installed.
 */
export const importOrExplain = <Module>(
  command: string,
  packages: readonly string[],
  load: () => Promise<Module>,
): Promise<Module> => {
  const missing = packages.filter((name) => !isInstalled(name));
  return missing.length === 0 ? load() : Promise.reject(new MissingPackagesError(command, missing));
};

const isInstalled = (name: string): boolean => {
  try {
    require.resolve(name);
    return true;
  } catch (error) {
    // A package that is installed but cannot be loaded with require has another code, ERR_PACKAGE_PATH_NOT_EXPORTED.
    return (error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND';
  }
};

const require = createRequire(import.meta.url);
