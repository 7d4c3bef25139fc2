/** Every rule is broken on purpose in test/structure: what matches nothing forbids nothing. */

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'the-domain-depends-on-nothing',
      comment:
        'No package, no node: module, no other folder. Say what you need as a port in src/domain/ports.ts, and let an adapter bring it.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: '^src/domain/' },
    },
    {
      name: 'an-adapter-knows-the-domain-and-its-own-technology',
      comment:
        'Adapters are strangers to one another and to the app: only files of one technology (one prefix) may import each other, and those of aws-*.ts, which they share about the SDK. Bring two adapters together in src/app/container.ts.',
      severity: 'error',
      from: { path: '^src/adapters/((?:api|local)-gateway|[a-z0-9]+)' },
      to: { path: '^src/', pathNot: '^src/(?:domain/|adapters/(?:$1|aws-))' },
    },
    {
      name: 'a-technology-has-one-adapter',
      comment:
        'S3 is known to s3-image-store.ts, STS to assumed-role.ts, pino to pino-request-log.ts. Everybody else uses their ports; only the doctor asks AWS itself, in the files of its checks, and lambda-credentials.ts stands in for a part of the SDK.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot:
          '^src/(?:adapters/(?:s3-image-store|assumed-role|pino-request-log)|app/lambda-credentials|cli/(?:doctor|[a-z]+-checks))\\.ts$',
      },
      to: { path: 'node_modules/(?:@aws-sdk|@smithy|pino)/' },
    },
    {
      name: 'only-the-container-knows-inversify',
      comment:
        'Take what you need as a parameter; src/app/container.ts passes it. A container that is passed around hides what depends on what.',
      severity: 'error',
      from: { path: '^(?:src|infra)/', pathNot: '^src/app/container\\.ts$' },
      to: { path: 'node_modules/(?:inversify|@inversifyjs|reflect-metadata)/' },
    },
    {
      name: 'only-the-configuration-knows-zod',
      comment: 'What comes from outside is checked in src/app/config.ts; further in, types tell what a value is.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/app/config\\.ts$' },
      to: { path: 'node_modules/zod/' },
    },
    {
      name: 'the-laws-know-the-domain-and-fast-check',
      comment: 'images-api/testing is for people who have the domain and nothing else.',
      severity: 'error',
      from: { path: '^src/testing/' },
      to: { pathNot: '^src/(?:domain|testing)/|node_modules/fast-check/' },
    },
    {
      name: 'nobody-imports-the-app',
      comment:
        'src/app is where everything comes together; entries are reached by their path. What others need of it belongs into the domain or an adapter.',
      severity: 'error',
      from: { pathNot: '^(?:src/app|src/cli|test)/' },
      to: { path: '^src/app/' },
    },
    {
      name: 'the-command-takes-from-the-app-its-configuration',
      comment:
        'images-api reads the same variables as the function, and composes nothing: take from src/app what config.ts exports, and adapters from src/adapters.',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^src/app/', pathNot: '^src/app/config\\.ts$' },
    },
    {
      name: 'nobody-imports-the-command',
      comment: 'src/cli is started, and not imported. What others need of it belongs into the domain or an adapter.',
      severity: 'error',
      from: { pathNot: '^(?:src/cli|test)/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'only-the-program-knows-commander',
      comment: 'Take what was parsed as a parameter; src/cli/program.ts passes it.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/program\\.ts$' },
      to: { path: 'node_modules/commander/' },
    },
    {
      name: 'infrastructure-knows-the-domain-at-most',
      comment: 'A stack checks a mapping with the domain, and names the entries of the function by their path.',
      severity: 'error',
      from: { path: '^infra/' },
      to: { path: '^src/', pathNot: '^src/domain/' },
    },
    {
      name: 'the-product-never-imports-its-tests',
      comment: 'What both need belongs into src/testing, if it is for users as well, or else into src.',
      severity: 'error',
      from: { path: '^(?:src|infra|scripts|examples)/' },
      to: { path: '^test/' },
    },
    {
      name: 'no-cycles',
      comment: 'Data flows one way. Move what both need into a third file, or one into the other.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'what-is-imported-is-there',
      comment: 'The file or the package is missing: check the spelling, or install it.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'what-is-shipped-uses-what-is-installed',
      comment:
        'A package that src needs at run time belongs into dependencies, or into peerDependencies where its users bring it; devDependencies are not there.',
      severity: 'error',
      from: { path: '^src/' },
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
    exclude: { path: '^test/structure/broken/' },
    // Without these, a rule about a package that has "exports" matches nothing.
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
