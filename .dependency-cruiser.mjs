/** test/suites/structure violates each rule on purpose, because a rule whose patterns match nothing never reports anything. */

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'domain-imports-nothing',
      comment:
        'The domain imports no packages, no node: modules and no other folders. Declare what you need as a port in src/domain/serving/ports.ts and let an adapter implement it.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: '^src/domain/' },
    },
    {
      name: 'mapping-does-not-import-serving',
      comment:
        'images-api/domain publishes only the mapping. Move shared code to src/domain/errors.ts or src/domain/mapping.',
      severity: 'error',
      from: { path: '^src/domain/mapping/' },
      to: { path: '^src/domain/serving/' },
    },
    {
      name: 'contract-imports-nothing',
      comment:
        'src/contract contains what clients see, as data or as text built from data. Put other behaviour into the adapter that needs it.',
      severity: 'error',
      from: { path: '^src/contract/' },
      to: { pathNot: '^src/contract/' },
    },
    {
      name: 'settings-import-the-domain-only',
      comment: 'The app, the CDK app and the CLI read the settings, so the settings import none of them.',
      severity: 'error',
      from: { path: '^src/settings/' },
      to: { pathNot: '^src/(?:settings|domain)/' },
    },
    {
      name: 'adapter-imports-no-other-technology',
      comment:
        'An adapter imports the domain, src/contract, files directly in src/adapters, and its own folder. Connect two adapters in src/app/container.ts.',
      severity: 'error',
      from: { path: '^src/adapters/([^/]+)' },
      to: { path: '^src/', pathNot: '^src/(?:domain/|contract/|adapters/(?:[^/]+\\.ts$|$1/))' },
    },
    {
      name: 'aws-sdk-only-in-its-adapters',
      comment:
        'Only src/adapters/aws imports the AWS SDK; all other code uses the ports. The checks of the doctor are an exception; import them dynamically, because explain must run without the SDK.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(?:adapters/aws/|cli/checks/)' },
      to: { path: 'node_modules/(?:@aws-sdk|@smithy)/' },
    },
    {
      name: 'pino-only-in-its-adapter',
      comment: 'Accept a RequestLog as a parameter; src/app/container.ts creates it.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/adapters/pino/' },
      to: { path: 'node_modules/pino/' },
    },
    {
      name: 'inversify-only-in-the-container',
      comment:
        'Accept dependencies as parameters; src/app/container.ts passes them. A container that is passed around hides the dependencies.',
      severity: 'error',
      from: { path: '^(?:src|infra)/', pathNot: '^src/app/container\\.ts$' },
      to: { path: 'node_modules/(?:inversify|@inversifyjs|reflect-metadata)/' },
    },
    {
      name: 'no-schema-library-in-src',
      comment: 'Plain functions in src/settings parse the settings; only the CDK app in infra/app uses zod.',
      severity: 'error',
      from: { path: '^(?:src|infra/construct)/' },
      to: { path: 'node_modules/zod/' },
    },
    {
      name: 'testing-imports-the-domain-and-fast-check-only',
      comment:
        'Users of images-api/testing may have only fast-check installed. Move code that needs more to test/support.',
      severity: 'error',
      from: { path: '^src/testing/' },
      to: { pathNot: '^src/(?:domain|testing)/|node_modules/fast-check/' },
    },
    {
      name: 'client-imports-the-contract-only',
      comment: 'images-api/client runs in browsers and has no dependencies. Move shared data to src/contract.',
      severity: 'error',
      from: { path: '^src/client/' },
      to: { pathNot: '^src/(?:client|contract)/' },
    },
    {
      name: 'app-is-not-imported',
      comment:
        'src/app contains programs that are started, not imported. Move shared code to the domain, the settings or an adapter.',
      severity: 'error',
      from: { pathNot: '^(?:src/app|src/cli|test|bench)/' },
      to: { path: '^src/app/' },
    },
    {
      name: 'cli-is-not-imported',
      comment:
        'src/cli is a program that is started, not imported. Move shared code to the domain, the settings or an adapter.',
      severity: 'error',
      from: { pathNot: '^(?:src/cli|test)/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'commander-only-in-the-program',
      comment: 'Accept the parsed options as a parameter; src/cli/program.ts passes them.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/program\\.ts$' },
      to: { path: 'node_modules/commander/' },
    },
    {
      name: 'infra-imports-settings-contract-and-domain-only',
      comment:
        'Stacks check mappings with the domain and read the settings table. They refer to the Lambda entry by its path only.',
      severity: 'error',
      from: { path: '^infra/' },
      to: { path: '^src/', pathNot: '^src/(?:settings|contract|domain)/' },
    },
    {
      name: 'construct-does-not-import-the-cdk-app',
      comment:
        'infra/construct is published as images-api/infra; infra/app is not published. Move shared code to infra/construct.',
      severity: 'error',
      from: { path: '^infra/(?:construct/|index\\.ts$)' },
      to: { path: '^infra/app/' },
    },
    {
      name: 'product-imports-no-tools',
      comment: 'The product does not depend on its tests, benchmarks and scripts. Move shared code to src or infra.',
      severity: 'error',
      from: { path: '^(?:src|infra)/' },
      to: { path: '^(?:test|bench|scripts|cost-model|examples)/' },
    },
    {
      name: 'no-cycles',
      comment: 'Files must not import each other. Move the shared code to a third file, or merge the two files.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'imports-resolve',
      comment: 'The file or package does not exist. Check the spelling, or install the package.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'shipped-code-imports-installed-packages',
      comment:
        'Users of the package have its dependencies and peerDependencies, not its devDependencies. src/app is an exception, because it is shipped as a bundle; infra/construct/bundling.ts too, because it runs esbuild only in a checkout.',
      severity: 'error',
      from: {
        path: '^(?:src|infra/construct)/',
        pathNot: '^src/app/|^infra/construct/(?:lambda-credentials|bundling)\\.ts$',
      },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['npm', 'npm-peer', 'type-only'],
      },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^test/suites/structure/broken/' },
    // Without these options, rules about packages with "exports" match nothing.
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
