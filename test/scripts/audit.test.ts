import { describe, expect, it } from 'vitest';
import { type AuditReport, readAudit } from '../../scripts/audit.ts';

const SHIPPED = new Set(['node_modules/commander', 'node_modules/pino']);

const advisory = (name: string, severity: string) => ({
  source: 1,
  name,
  dependency: name,
  title: `A defect of ${name}`,
  url: 'https://github.com/advisories/GHSA-0000',
  severity,
  cwe: [],
  cvss: { score: 7 },
  range: '*',
});

/** An entry as npm 11 writes it. */
const vulnerability = (name: string, severity: string, nodes = [`node_modules/${name}`], via?: unknown[]) => ({
  [name]: {
    name,
    severity,
    isDirect: true,
    via: via ?? [advisory(name, severity)],
    effects: [],
    range: '*',
    nodes,
    fixAvailable: false,
  },
});

const report = (...entries: object[]) =>
  ({ auditReportVersion: 2, vulnerabilities: Object.assign({}, ...entries) }) as AuditReport;

describe('readAudit', () => {
  it.each(['high', 'critical'])('lists an advisory of severity %s of a shipped package', (severity) => {
    expect(readAudit(report(vulnerability('commander', severity)), SHIPPED)).toEqual({
      answered: true,
      shipped: [`node_modules/commander: ${severity}: A defect of commander: https://github.com/advisories/GHSA-0000`],
      tools: [],
    });
  });

  it.each(['info', 'low', 'moderate'])('ignores an advisory of severity %s', (severity) => {
    expect(readAudit(report(vulnerability('commander', severity)), SHIPPED)).toMatchObject({ shipped: [], tools: [] });
  });

  it('lists an advisory of a development tool separately, even if another version of the package is shipped', () => {
    const nodes = ['node_modules/tool/node_modules/commander'];
    const audit = readAudit(
      report(vulnerability('knip', 'critical'), vulnerability('commander', 'high', nodes)),
      SHIPPED,
    );
    expect(audit).toMatchObject({
      shipped: [],
      tools: [
        expect.stringMatching(/^node_modules\/knip: critical: /),
        expect.stringMatching(/^node_modules\/tool\/node_modules\/commander: high: /),
      ],
    });
  });

  it('ignores a shipped package that only depends on a package with an advisory', () => {
    const audit = readAudit(report(vulnerability('pino', 'high', ['node_modules/pino'], ['a-transport'])), SHIPPED);
    expect(audit).toEqual({ answered: true, shipped: [], tools: [] });
  });

  it.each([
    [
      'has no audit endpoint',
      {
        message: '405 Method Not Allowed - POST https://registry.example/-/npm/v1/security/advisories/bulk',
        statusCode: 405,
        error: { summary: '', detail: '' },
      },
    ],
    [
      'cannot be reached',
      {
        message:
          'request to http://127.0.0.1:9/-/npm/v1/security/advisories/bulk failed, reason: connect ECONNREFUSED 127.0.0.1:9',
        error: { summary: '', detail: '' },
      },
    ],
  ])('reports that no registry answered if the registry %s', (_, answer) => {
    expect(readAudit(answer, SHIPPED)).toEqual({ answered: false, reason: answer.message });
  });

  it('throws the reason if npm cannot audit the project', () => {
    const error = { code: 'ENOLOCK', summary: 'This command requires an existing lockfile.', detail: '' };
    expect(() => readAudit({ error }, SHIPPED)).toThrow(
      'npm audit failed: This command requires an existing lockfile.',
    );
  });
});
