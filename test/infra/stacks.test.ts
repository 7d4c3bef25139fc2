import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSettings } from '../../infra/app/settings.ts';
import { apiStackName, globalStackName, readerStackName } from '../../src/settings/names.ts';
import { CDK_CONTEXT, createApp, synthesize, type Template } from '../support/assembly.ts';

/** What gives a resource of each type the name by which its account knows it. */
const NAMED: Readonly<Record<string, string>> = {
  'AWS::ApiGateway::ApiKey': 'Name',
  'AWS::ApiGateway::RestApi': 'Name',
  'AWS::ApiGateway::UsagePlan': 'UsagePlanName',
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CloudWatch::Dashboard': 'DashboardName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::Logs::QueryDefinition': 'Name',
  'AWS::SecretsManager::Secret': 'Name',
};

/** The names of their own that these have are those of the API, the stage or the log group that they belong to. */
const UNNAMED = [
  'AWS::ApiGateway::Account',
  'AWS::ApiGateway::Deployment',
  'AWS::ApiGateway::GatewayResponse',
  'AWS::ApiGateway::Method',
  'AWS::ApiGateway::Resource',
  'AWS::ApiGateway::Stage',
  'AWS::ApiGateway::UsagePlanKey',
  'AWS::Lambda::Permission',
  'AWS::Logs::MetricFilter',
];

/** The names that a stack takes in its account, by type; what has none is named by CloudFormation, after the stack. */
const physicalNames = ({ Resources, Outputs = {} }: Template): string[] => [
  ...Object.values(Resources).flatMap(({ Type, Properties }) => {
    const name = Properties[NAMED[Type] ?? ''];
    // Made of a reference, it is as unique as what it refers to.
    return typeof name === 'string' ? [`${Type} ${name}`] : [];
  }),
  ...Object.values(Outputs).flatMap(({ Export }) => (Export === undefined ? [] : [`export ${Export.Name}`])),
];

const letter = fc.constantFrom(...'abcdexyz');
const word = fc.string({ unit: fc.constantFrom(...'abcdexyz0129'), maxLength: 5 });
/** Short words of few letters, so that they collide where they can; and the words that the names are made of. */
const reserved = fc.constantFrom(
  'lambda',
  'api',
  'global',
  'reader',
  'dev',
  'prod',
  'usage-plan',
  'lambda-role',
  'p99',
);
const owner = fc.oneof(
  reserved,
  fc
    .tuple(letter, fc.array(word, { minLength: 1, maxLength: 3 }))
    .map(([first, words]) => first + words.filter(Boolean).join('-')),
);
const environment = fc.tuple(letter, word).map(([first, rest]) => first + rest);

const settingsOf = (environments: readonly string[], owners: readonly string[]) => ({
  environments: Object.fromEntries(environments.map((name) => [name, { bucket: 'images', owners: true }])),
  ...(owners.length === 0 ? {} : { owner: owners.join(',') }),
});

describe('the stacks', () => {
  it('never have the name of another, of any environment and owner that is accepted', () => {
    const environments = fc.uniqueArray(environment, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(environments, fc.uniqueArray(owner, { maxLength: 12 }), (environments, owners) => {
        const settings = readSettings({ ...CDK_CONTEXT, ...settingsOf(environments, owners) });
        const names = settings.environments.flatMap(({ environment }) => [
          globalStackName(environment),
          readerStackName(environment),
          ...[undefined, ...settings.owners].map((owner) => apiStackName(environment, owner)),
        ]);
        expect(new Set(names).size).toBe(names.length);
      }),
    );
  });

  it('never share a physical name, and do not change when another comes or goes', () => {
    const environments = fc.uniqueArray(environment, { minLength: 1, maxLength: 2 });
    const owners = fc.uniqueArray(owner, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(environments, owners, owner, (environments, owners, other) => {
        const before = synthesize(settingsOf(environments, owners));
        const after = synthesize(settingsOf(environments, [...new Set([...owners, other])]));
        const names = [...after.values()].flatMap(physicalNames);
        expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
        for (const [stack, template] of before) expect(after.get(stack)).toEqual(template);
      }),
      // Each run synthesizes two apps; the property above has the many runs.
      { numRuns: 5 },
    );
  }, 60_000);

  it('have resources of known types alone, named where two could have the same name', () => {
    const types = new Set(
      [...synthesize().values()].flatMap(({ Resources }) => Object.values(Resources)).map(({ Type }) => Type),
    );
    expect([...types].filter((type) => NAMED[type] === undefined && !UNNAMED.includes(type))).toEqual([]);
  });

  it('leave the role alone that they share: an API stack has no policy, role or account setting', () => {
    const { Resources } = synthesize({ environment: 'dev' }).get('images-api-dev') as Template;
    const types = Object.values(Resources).map(({ Type }) => Type);
    expect(types.filter((type) => type.startsWith('AWS::IAM::') || type === 'AWS::ApiGateway::Account')).toEqual([]);
  });

  it('are those of the environments, and of the owners where the environment has any', () => {
    expect([...synthesize({ owner: 'alice' }).keys()].sort()).toEqual([
      'images-api-dev',
      'images-api-dev-alice',
      'images-api-global-dev',
      'images-api-global-prod',
      'images-api-prod',
    ]);
  });

  it('depend on their global stack, so that it is deployed first and destroyed last', () => {
    const { stacks } = createApp({ owner: 'alice' }).synth();
    const dependencies = Object.fromEntries(
      stacks.map(({ id, dependencies }) => [id, dependencies.map(({ id }) => id)]),
    );
    expect(dependencies).toMatchObject({
      'images-api-dev': expect.arrayContaining(['images-api-global-dev']),
      'images-api-dev-alice': expect.arrayContaining(['images-api-global-dev']),
      'images-api-prod': expect.arrayContaining(['images-api-global-prod']),
    });
  });

  it('keep the images account out of `deploy --all`, in a stage of its own that needs no bootstrap', () => {
    const assembly = createApp({
      environment: 'dev',
      'dev.account': '111111111111',
      'dev.bucketAccount': '222222222222',
      'dev.readerRoleArn': 'arn:aws:iam::222222222222:role/partners/images-reader',
      'dev.externalId': 'partner-images',
    }).synth();
    const reader = assembly.stacksRecursively.find(({ stackName }) => stackName === 'images-api-reader-dev');
    expect(assembly.stacks.map(({ stackName }) => stackName)).not.toContain('images-api-reader-dev');
    expect(reader?.hierarchicalId).toBe('images-account-dev/images-api-reader-dev');
    expect(reader?.environment.account).toBe('222222222222');
    expect(reader?.template.Parameters).toBeUndefined();
  });
});
