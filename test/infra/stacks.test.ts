import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSettings } from '../../infra/app/settings.ts';
import { apiStackName, globalStackName, readerStackName } from '../../src/settings/names.ts';
import { CDK_CONTEXT, createApp, resourcesOf, synthesize, type Template } from '../support/assembly.ts';
import { VARIANTS } from '../support/template-variants.ts';

/** The property with the physical name, by resource type. */
const NAMED: Readonly<Record<string, string>> = {
  'AWS::ApiGateway::ApiKey': 'Name',
  'AWS::ApiGateway::DomainName': 'DomainName',
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

/** Resource types without a physical name: they belong to an API, a stage or a log group, or exist once per account. */
const UNNAMED = [
  'AWS::ApiGateway::Account',
  'AWS::ApiGateway::BasePathMapping',
  'AWS::ApiGateway::Deployment',
  'AWS::ApiGateway::GatewayResponse',
  'AWS::ApiGateway::Method',
  'AWS::ApiGateway::Resource',
  'AWS::ApiGateway::Stage',
  'AWS::ApiGateway::UsagePlanKey',
  'AWS::Lambda::Permission',
  'AWS::Logs::MetricFilter',
  // Named after the domain.
  'AWS::Route53::RecordSet',
  'AWS::WAFv2::WebACLAssociation',
];

/** Types and physical names of a stack's resources. CloudFormation derives all other names from the name of the stack. */
const physicalNames = ({ Resources, Outputs = {} }: Template): string[] => [
  ...Object.values(Resources).flatMap(({ Type, Properties }) => {
    const name = Properties[NAMED[Type] ?? ''];
    // A name that contains a reference is as unique as the resource that it refers to.
    return typeof name === 'string' ? [`${Type} ${name}`] : [];
  }),
  ...Object.values(Outputs).flatMap(({ Export }) => (Export === undefined ? [] : [`export ${Export.Name}`])),
];

const letter = fc.constantFrom(...'abcdexyz');
const word = fc.string({ unit: fc.constantFrom(...'abcdexyz0129'), maxLength: 5 });
/** Words that the names of resources contain. All other words have few letters, so collisions are likely. */
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
const engineer = fc.oneof(
  reserved,
  fc
    .tuple(letter, fc.array(word, { minLength: 1, maxLength: 3 }))
    .map(([first, words]) => first + words.filter(Boolean).join('-')),
);
const environment = fc.tuple(letter, word).map(([first, rest]) => first + rest);

const settingsOf = (environments: readonly string[], engineers: readonly string[]) => ({
  environments: Object.fromEntries(
    environments.map((name) => [name, { bucket: 'images', owners: true, protect: false }]),
  ),
  ...(engineers.length === 0 ? {} : { owner: engineers.join(',') }),
});

const BOTH = { environment: 'dev,prod', 'prod.account': '111111111111' };

describe('the stacks', () => {
  it('never have the same name, for all valid environments and engineers', () => {
    const environments = fc.uniqueArray(environment, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(environments, fc.uniqueArray(engineer, { maxLength: 12 }), (environments, engineers) => {
        const settings = readSettings({ ...CDK_CONTEXT, ...settingsOf(environments, engineers) });
        const names = settings.environments.flatMap(({ environment }) => [
          globalStackName(environment),
          readerStackName(environment),
          ...[undefined, ...settings.engineers].map((engineer) => apiStackName(environment, engineer)),
        ]);
        expect(new Set(names).size).toBe(names.length);
      }),
    );
  });

  it('never share a physical name, and do not change when an engineer is added', () => {
    const environments = fc.uniqueArray(environment, { minLength: 1, maxLength: 2 });
    const engineers = fc.uniqueArray(engineer, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(environments, engineers, engineer, (environments, engineers, other) => {
        const before = synthesize(settingsOf(environments, engineers));
        const after = synthesize(settingsOf(environments, [...new Set([...engineers, other])]));
        const names = [...after.values()].flatMap(physicalNames);
        expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
        for (const [stack, template] of before) expect(after.get(stack)).toEqual(template);
      }),
      // Each run synthesizes two apps, so this property has few runs; the property above has many.
      { numRuns: 5 },
    );
  }, 60_000);

  it('contain only resource types that this file lists as named or unnamed', () => {
    const types = new Set(
      Object.values(VARIANTS)
        .flatMap((options) => [...synthesize(options).values()])
        .flatMap(({ Resources }) => Object.values(Resources))
        .map(({ Type }) => Type),
    );
    expect([...types].filter((type) => NAMED[type] === undefined && !UNNAMED.includes(type))).toEqual([]);
  });

  it('leave shared resources to the global stack: an API stack has no policy, role or account setting', () => {
    const { Resources } = synthesize({ environment: 'dev' }).get('images-api-dev') as Template;
    const types = Object.values(Resources).map(({ Type }) => Type);
    expect(types.filter((type) => type.startsWith('AWS::IAM::') || type === 'AWS::ApiGateway::Account')).toEqual([]);
  });

  it.each([
    [{}, true],
    [{ 'dev.cloudWatchRole': 'false' }, false],
  ])('set the role for the logs of API Gateway unless cloudWatchRole is false: %j', (options, isSet) => {
    const template = synthesize({ environment: 'dev', ...options }).get('images-api-global-dev') as Template;
    const policies = JSON.stringify(resourcesOf(template, 'AWS::IAM::Role'));
    expect(policies.includes('AmazonAPIGatewayPushToCloudWatchLogs')).toBe(isSet);
    expect(resourcesOf(template, 'AWS::ApiGateway::Account')).toHaveLength(isSet ? 1 : 0);
  });

  it('include stacks of engineers only for environments that allow them', () => {
    expect([...synthesize({ ...BOTH, owner: 'alice' }).keys()].sort()).toEqual([
      'images-api-dev',
      'images-api-dev-alice',
      'images-api-global-dev',
      'images-api-global-prod',
      'images-api-prod',
    ]);
  });

  it('depend on their global stack, which is deployed first and destroyed last', () => {
    const { stacks } = createApp({ ...BOTH, owner: 'alice' }).synth();
    const dependencies = Object.fromEntries(
      stacks.map(({ id, dependencies }) => [id, dependencies.map(({ id }) => id)]),
    );
    expect(dependencies).toMatchObject({
      'images-api-dev': expect.arrayContaining(['images-api-global-dev']),
      'images-api-dev-alice': expect.arrayContaining(['images-api-global-dev']),
      'images-api-prod': expect.arrayContaining(['images-api-global-prod']),
    });
  });

  it('exclude the reader stack from `cdk deploy --all`, in a separate stage that needs no bootstrap', () => {
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
