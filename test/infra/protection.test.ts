import { describe, expect, it } from 'vitest';
import { createApp, resourcesOf, synthesize, type Template } from '../support/assembly.ts';
import { PROTECTED } from '../support/template-variants.ts';

const UNPROTECTED = { ...PROTECTED, 'prod.protect': 'false' };
const WITH_ENGINEER = { ...PROTECTED, 'prod.owners': 'true', owner: 'alice' };
const ROTATION = { ...PROTECTED, 'prod.keyGenerations': '["b"]', 'prod.retiringKeyGenerations': '["a"]' };

/** Deletion policies of the log groups, keys and secrets of a stack. */
const policiesOf = (template: Template | undefined): Record<string, string | undefined> =>
  Object.fromEntries(
    ['AWS::Logs::LogGroup', 'AWS::ApiGateway::ApiKey', 'AWS::SecretsManager::Secret']
      .flatMap((type) => resourcesOf(template as Template, type))
      .map(({ id, DeletionPolicy }) => [id.replace(/[0-9A-F]{8}$/, ''), DeletionPolicy]),
  );

const protectedStacks = (options: object): string[] =>
  createApp({ ...options })
    .synth()
    .stacks.filter(({ terminationProtection }) => terminationProtection)
    .map(({ stackName }) => stackName);

describe('a protected environment', () => {
  it('has termination protection for its own stacks, and not for those of engineers', () => {
    expect(protectedStacks(WITH_ENGINEER).sort()).toEqual(['images-api-global-prod', 'images-api-prod']);
    expect(protectedStacks(UNPROTECTED)).toEqual([]);
  });

  it('has termination protection for its reader stack', () => {
    const options = {
      ...PROTECTED,
      'prod.bucketAccount': '222222222222',
      'prod.readerRoleArn': 'arn:aws:iam::222222222222:role/images-reader',
      'prod.externalId': 'images-api-prod',
    };
    const find = (options: object) =>
      createApp({ ...options })
        .synth()
        .stacksRecursively.find(({ stackName }) => stackName === 'images-api-reader-prod');
    expect(find(options)?.terminationProtection).toBe(true);
    expect(find({ ...options, 'prod.protect': 'false' })?.terminationProtection).toBe(false);
  });

  it('retains its logs, its key and the secret of the key', () => {
    const templates = synthesize(WITH_ENGINEER);
    expect(policiesOf(templates.get('images-api-global-prod'))).toEqual({ ApiKeya: 'Retain', ApiKeySecreta: 'Retain' });
    expect(policiesOf(templates.get('images-api-prod'))).toEqual({
      ImagesFunctionLogs: 'Retain',
      ImagesAccessLog: 'Retain',
      ImagesExecutionLog: 'Retain',
    });
  });

  it('deletes the logs of engineers with their stacks', () => {
    expect(new Set(Object.values(policiesOf(synthesize(WITH_ENGINEER).get('images-api-prod-alice'))))).toEqual(
      new Set(['Delete']),
    );
  });

  it('deletes a retiring generation of the key at the end of its rotation', () => {
    expect(policiesOf(synthesize(ROTATION).get('images-api-global-prod'))).toEqual({
      ApiKeya: 'Delete',
      ApiKeySecreta: 'Delete',
      ApiKeyb: 'Retain',
      ApiKeySecretb: 'Retain',
    });
  });

  it('changes a property of every resource whose deletion policy it changes', () => {
    const changes: [object, object][] = [
      [PROTECTED, UNPROTECTED],
      [{ ...ROTATION, 'prod.keyGenerations': '["a","b"]', 'prod.retiringKeyGenerations': '[]' }, ROTATION],
    ];
    for (const [before, after] of changes) {
      const [old, changed] = [synthesize({ ...before }), synthesize({ ...after })];
      let compared = 0;
      for (const [stack, template] of old) {
        for (const [id, { DeletionPolicy, Properties }] of Object.entries(template.Resources)) {
          const other = changed.get(stack)?.Resources[id];
          if (other === undefined || other.DeletionPolicy === DeletionPolicy) continue;
          compared++;
          expect(other.Properties, id).not.toEqual(Properties);
        }
      }
      expect(compared).toBeGreaterThan(1);
    }
  });

  it('is not protected if the setting is false', () => {
    for (const template of synthesize(UNPROTECTED).values()) {
      expect(Object.values(policiesOf(template))).not.toContain('Retain');
    }
  });
});
