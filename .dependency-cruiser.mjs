/** test/suites/structure breaks each rule on purpose: a rule whose patterns match nothing forbids nothing. */

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'domain-imports-nothing',
      comment:
        'No package, no node: module, no other folder. Declare what you need as a port in src/domain/serving/ports.ts and let an adapter implement it.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: '^src/domain/' },
    },
    {
      name: 'mapping-does-not-import-serving',
      comment: 'images-api/domain is the mapping alone. Move what both need to src/domain/errors.ts or to mapping.',
      severity: 'error',
      from: { path: '^src/domain/mapping/' },
      to: { path: '^src/domain/serving/' },
    },
    {
      name: 'contract-imports-nothing',
      comment: 'src/contract is data: codes, statuses, titles, meanings. Put behaviour into the adapter that needs it.',
      severity: 'error',
      from: { path: '^src/contract/' },
      to: { pathNot: '^src/contract/' },
    },
    {
      name: 'settings-import-the-domain-only',
      comment: 'Settings are read by the app, the CDK app and the CLI, so they depend on none of them.',
      severity: 'error',
      from: { path: '^src/settings/' },
      to: { pathNot: '^src/(?:settings|domain)/' },
    },
    {
      name: 'adapter-imports-no-other-technology',
      comment:
        'An adapter imports the domain, src/contract, files directly in src/adapters, and its own folder. Bring two adapters together in src/app/container.ts.',
      severity: 'error',
      from: { path: '^src/adapters/([^/]+)' },
      to: { path: '^src/', pathNot: '^src/(?:domain/|contract/|adapters/(?:[^/]+\\.ts$|$1/))' },
    },
    {
      name: 'aws-sdk-only-in-its-adapters',
      comment:
        'Only src/adapters/aws imports the AWS SDK; everything else uses the ports. The checks of the doctor are the exception. Import them dynamically: explain must run without the SDK.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(?:adapters/aws/|cli/checks/)' },
      to: { path: 'node_modules/(?:@aws-sdk|@smithy)/' },
    },
    {
      name: 'pino-only-in-its-adapter',
      comment: 'Take a RequestLog as a parameter; src/app/container.ts creates it.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/adapters/pino/' },
      to: { path: 'node_modules/pino/' },
    },
    {
      name: 'inversify-only-in-the-container',
      comment:
        'Take what you need as a parameter; src/app/container.ts passes it. A container that is passed around hides what depends on what.',
      severity: 'error',
      from: { path: '^(?:src|infra)/', pathNot: '^src/app/container\\.ts$' },
      to: { path: 'node_modules/(?:inversify|@inversifyjs|reflect-metadata)/' },
    },
    {
      name: 'no-schema-library-in-src',
      comment: 'Settings are parsed by plain functions in src/settings; only the CDK app in infra/app uses zod.',
      severity: 'error',
      from: { path: '^(?:src|infra/construct)/' },
      to: { path: 'node_modules/zod/' },
    },
    {
      name: 'testing-imports-the-domain-and-fast-check-only',
      comment: 'images-api/testing is for people who have the domain and nothing else.',
      severity: 'error',
      from: { path: '^src/testing/' },
      to: { pathNot: '^src/(?:domain|testing)/|node_modules/fast-check/' },
    },
    {
      name: 'client-imports-the-contract-only',
      comment: 'images-api/client runs in browsers and has no dependencies.',
      severity: 'error',
      from: { path: '^src/client/' },
      to: { pathNot: '^src/(?:client|contract)/' },
    },
    {
      name: 'app-is-not-imported',
      comment:
        'src/app is where everything comes together; its entries are started, not imported. Move shared code to the domain, the settings or an adapter.',
      severity: 'error',
      from: { pathNot: '^(?:src/app|src/cli|test|bench)/' },
      to: { path: '^src/app/' },
    },
    {
      name: 'cli-is-not-imported',
      comment: 'src/cli is started, not imported. Move shared code to the domain, the settings or an adapter.',
      severity: 'error',
      from: { pathNot: '^(?:src/cli|test)/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'commander-only-in-the-program',
      comment: 'Take the parsed options as a parameter; src/cli/program.ts passes them.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/program\\.ts$' },
      to: { path: 'node_modules/commander/' },
    },
    {
      name: 'infra-imports-settings-contract-and-domain-only',
      comment: 'A stack checks a mapping with the domain, reads the settings table, and names the entry by its path.',
      severity: 'error',
      from: { path: '^infra/' },
      to: { path: '^src/', pathNot: '^src/(?:settings|contract|domain)/' },
    },
    {
      name: 'construct-does-not-import-the-cdk-app',
      comment: 'infra/construct is published as images-api/infra; infra/app is the app of this project.',
      severity: 'error',
      from: { path: '^infra/(?:construct/|index\\.ts$)' },
      to: { path: '^infra/app/' },
    },
    {
      name: 'product-imports-no-tools',
      comment: 'What the product and its tests, benchmarks or scripts all need belongs in src or infra.',
      severity: 'error',
      from: { path: '^(?:src|infra)/' },
      to: { path: '^(?:test|bench|scripts|cost-model|examples)/' },
    },
    {
      name: 'no-cycles',
      comment: 'Data flows one way. Move what both need into a third file, or one into the other.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'imports-resolve',
      comment: 'The file or the package is missing: check the spelling, or install it.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'shipped-code-imports-installed-packages',
      comment:
        'Users of the package have its dependencies and peerDependencies, not its devDependencies. src/app is shipped as a bundle, which infra/construct/bundling.ts writes with esbuild, in a checkout only.',
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
    // Without these, a rule about a package that has "exports" matches nothing.
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
