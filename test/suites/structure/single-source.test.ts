import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { GATEWAY_SETTINGS } from '../../../src/settings/gateway-settings.ts';
import { SETTINGS } from '../../../src/settings/settings.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

type Source = readonly [file: string, text: string];

const sourcesOf = (...folders: readonly string[]): readonly Source[] =>
  folders
    .flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: ROOT }))
    .map((file) => [file, readFileSync(resolve(ROOT, file), 'utf8')]);

/** The string literals of a module. In template literals, … replaces each expression. */
const literalsOf = (text: string): readonly string[] => {
  const literals: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    if (ts.isStringLiteralLike(node)) literals.push(node.text);
    if (ts.isTemplateExpression(node)) {
      literals.push([node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('…'));
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('module.ts', text, ts.ScriptTarget.Latest));
  return literals;
};

describe('physical names of AWS', () => {
  const NAME =
    /^(?:images-api-|images-account-|images-api\/…|\/aws\/|API-Gateway-Execution-Logs_|global--)|^…(?:-(?:lambda|api|usage-plan)$|--)|:role\/…/;
  const namesIn = (sources: readonly Source[]): readonly string[] =>
    sources.flatMap(([file, text]) =>
      literalsOf(text)
        .filter((literal) => NAME.test(literal))
        .map((literal) => `${file}: ${literal}`),
    );

  test('are built in src/settings/names.ts and nowhere else', () => {
    expect(namesIn(sourcesOf('infra', 'src'))).toEqual(
      expect.arrayContaining([expect.stringContaining('src/settings/names.ts: ')]),
    );
    expect(namesIn(sourcesOf('infra', 'src').filter(([file]) => file !== 'src/settings/names.ts'))).toEqual([]);
  });

  test.each([
    `const name = 'images-api-doctor';`,
    `const name = \`images-api-\${environment}\`;`,
    `const name = \`/aws/apigateway/\${api}\`;`,
    `const name = \`\${api}-usage-plan\`;`,
    `const name = \`\${api}--\${title}\`;`,
    `const name = \`images-api/\${api}\`;`,
    `const name = \`arn:aws:iam::\${account}:role/\${role}\`;`,
  ])('are detected in %s', (text) => {
    expect(namesIn([['module.ts', text]])).toHaveLength(1);
  });
});

describe('variables of the service', () => {
  /** Variables whose names also occur elsewhere: API Gateway has keys of the type API_KEY. */
  const AMBIGUOUS: readonly string[] = [GATEWAY_SETTINGS.apiKey.variable, GATEWAY_SETTINGS.port.variable];
  const variables = Object.values({ ...SETTINGS, ...GATEWAY_SETTINGS })
    .map(({ variable }) => variable)
    .filter((variable) => !AMBIGUOUS.includes(variable));
  const VARIABLE = new RegExp(`\\b(?:IMAGES_[A-Z_]+|STORE_[A-Z_]+_MS|${variables.join('|')})\\b`, 'g');
  const variablesIn = (sources: readonly Source[]): readonly string[] =>
    sources.flatMap(([file, text]) => [...text.matchAll(VARIABLE)].map(([variable]) => `${file}: ${variable}`));

  test('are named in src/settings and nowhere else', () => {
    const named = variablesIn(sourcesOf('src', 'infra', 'scripts'));
    expect(named.filter((name) => !name.startsWith('src/settings/'))).toEqual([]);
    expect(named.filter((name) => name.startsWith('src/settings/')).length).toBeGreaterThanOrEqual(variables.length);
  });

  test.each(['// See IMAGES_NEW.', "env['CORS_ORIGINS']", `STORE_NEW_MS=\${value}`])('are detected in %s', (text) => {
    expect(variablesIn([['module.ts', text]])).toHaveLength(1);
  });
});
