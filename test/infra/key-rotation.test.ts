import { describe, expect, it } from 'vitest';
import { resourcesOf, synthesize, type Template } from '../support/assembly.ts';

type Account = ReadonlyMap<string, Template>;
type Generations = { readonly live: readonly string[]; readonly retiring?: readonly string[] };

const GLOBAL = 'images-api-global-dev';

const stacksOf = ({ live, retiring = [] }: Generations): Account =>
  synthesize({
    environment: 'dev',
    owner: 'alice,bob',
    'dev.keyGenerations': JSON.stringify(live),
    'dev.retiringKeyGenerations': JSON.stringify(retiring),
  });

const exportsOf = (template: Template | undefined): string[] =>
  Object.values(template?.Outputs ?? {}).flatMap(({ Export }) => (Export === undefined ? [] : [Export.Name]));

const importsOf = (template: Template | undefined): string[] =>
  [...JSON.stringify(template).matchAll(/"Fn::ImportValue":"([^"]+)"/g)].map(([, name]) => name ?? '');

/**
 * Deploys one stack by the rules of CloudFormation: its imports must exist, and no other stack may import an export that
 * it removes. CloudFormation also rejects a new value of an export in use; the values never change here.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
 */
const deploy = (account: Account, name: string, template: Template): Account => {
  const others = [...account].filter(([other]) => other !== name).map(([, template]) => template);
  const offered = new Set(others.flatMap(exportsOf));
  const missing = importsOf(template).filter((value) => !offered.has(value));
  if (missing.length > 0) throw new Error(`${name}: No export named ${missing.join(', ')} found`);
  const kept = exportsOf(template);
  const imported = new Set(others.flatMap(importsOf));
  const inUse = exportsOf(account.get(name)).filter((value) => !kept.includes(value) && imported.has(value));
  if (inUse.length > 0) throw new Error(`Export ${inUse.join(', ')} cannot be deleted as it is in use`);
  return new Map([...account, [name, template]]);
};

/** Deploys the stacks in the order of `cdk deploy --all`: the global stack first. */
const deployAll = (account: Account, generations: Generations): Account => {
  const { [GLOBAL]: global, ...apis } = Object.fromEntries(stacksOf(generations));
  return Object.entries({ [GLOBAL]: global as Template, ...apis }).reduce(
    (state, [name, template]) => deploy(state, name, template),
    account,
  );
};

const idsOf = (account: Account, type: string): string[] =>
  [...account.values()].flatMap((template) => resourcesOf(template, type).map(({ id }) => id));

/** The generations that each API accepts. */
const acceptedBy = (account: Account): Record<string, readonly string[]> =>
  Object.fromEntries(
    [...account]
      .filter(([name]) => name !== GLOBAL)
      .map(([name, template]) => [
        name,
        resourcesOf(template, 'AWS::ApiGateway::UsagePlanKey').map(({ id }) => /ApiKey(.)/.exec(id)?.[1] ?? ''),
      ]),
  );

const everyApi = (...generations: string[]) => ({
  'images-api-dev': generations,
  'images-api-dev-alice': generations,
  'images-api-dev-bob': generations,
});

describe('a key rotation', () => {
  const first = deployAll(new Map(), { live: ['a'] });
  const both = deployAll(first, { live: ['a', 'b'] });
  const retired = deployAll(both, { live: ['b'], retiring: ['a'] });

  it('succeeds with `cdk deploy --all` at every step', () => {
    expect(acceptedBy(first)).toEqual(everyApi('a'));
    expect(acceptedBy(both)).toEqual(everyApi('a', 'b'));
    expect(acceptedBy(retired)).toEqual(everyApi('b'));
    const last = deployAll(retired, { live: ['b'] });
    expect(acceptedBy(last)).toEqual(everyApi('b'));
    expect(exportsOf(last.get(GLOBAL))).toEqual([
      'global--api-role--dev',
      'global--api-key--dev--b',
      'global--api-key-id--dev--b',
    ]);
  });

  it('succeeds if the API stacks of each step are deployed in reverse order', () => {
    const steps: Generations[] = [{ live: ['a', 'b'] }, { live: ['b'], retiring: ['a'] }, { live: ['b'] }];
    const last = steps.reduce((account, step) => {
      const { [GLOBAL]: global, ...apis } = Object.fromEntries(stacksOf(step));
      const backwards = Object.entries(apis).reverse();
      return [[GLOBAL, global] as const, ...backwards].reduce(
        (state, [name, template]) => deploy(state, name, template as Template),
        account,
      );
    }, first);
    expect(acceptedBy(last)).toEqual(everyApi('b'));
  });

  it('changes no existing resource when a generation is added, and detaches only the retired generation', () => {
    for (const [name, template] of both) {
      for (const [id, resource] of Object.entries(first.get(name)?.Resources ?? {})) {
        expect([id, template.Resources[id]]).toEqual([id, resource]);
      }
    }
    expect(idsOf(retired, 'AWS::ApiGateway::UsagePlanKey')).toEqual(
      idsOf(both, 'AWS::ApiGateway::UsagePlanKey').filter((id) => !id.includes('ApiKeya')),
    );
  });

  it('can be reverted until the old key is deleted', () => {
    expect(acceptedBy(deployAll(retired, { live: ['b', 'a'] }))).toEqual(everyApi('b', 'a'));
  });

  it('fails if it deletes a key that an API still accepts', () => {
    expect(() => deployAll(both, { live: ['b'] })).toThrow('Export global--api-key-id--dev cannot be deleted');
  });

  it('fails if an engineer has not deployed the previous step', () => {
    const outdated = new Map([...retired, ['images-api-dev-bob', both.get('images-api-dev-bob') as Template]]);
    expect(() => deployAll(outdated, { live: ['b'] })).toThrow('Export global--api-key-id--dev cannot be deleted');
  });

  it('outputs a command that fetches the newest generation', () => {
    const { Value: command } = both.get('images-api-dev')?.Outputs?.['FetchKey'] ?? {};
    expect(command).toContain('--secret-id images-api-global-dev--api-key--b ');
  });
});
