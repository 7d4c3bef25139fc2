import { beforeEach, expect, test, vi } from 'vitest';

const MAPPING = {
  routes: [
    { path: 'partnerimages/{id[0:2]}/{id[2:4]}/{id:digits}.{ext:image}', key: 'partners/{id}/original.{ext}' },
    { path: '{path+}.{ext:image}', key: '{path+}.{ext}' },
  ],
};

const urlsOf = async (...keys: readonly string[]) => {
  const { handler } = await import('../../examples/public-urls.ts');
  const written: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  try {
    await handler({ Records: keys.map((key) => ({ s3: { object: { key } } })) });
  } finally {
    vi.restoreAllMocks();
  }
  return written.map((line) => JSON.parse(line));
};

beforeEach(() => {
  vi.resetModules();
  vi.unstubAllEnvs();
});

test('the example prints all URLs of an object, percent-encoded', async () => {
  vi.stubEnv('IMAGES_PREFIX', 'images');
  vi.stubEnv('IMAGES_MAPPING', JSON.stringify(MAPPING));
  expect(await urlsOf('images/partners/67286576/original.jpeg', 'images/a+b/%C3%BC%2B.png', 'logs/x.txt')).toEqual([
    {
      key: 'images/partners/67286576/original.jpeg',
      urls: [
        'https://images.example.com/prod/partnerimages/67/28/67286576.jpeg',
        'https://images.example.com/prod/partners/67286576/original.jpeg',
      ],
    },
    { key: 'images/a b/ü+.png', urls: ['https://images.example.com/prod/a%20b/%C3%BC%2B.png'] },
    { key: 'logs/x.txt', urls: [] },
  ]);
});

test('without settings, the example maps each key to the same path', async () => {
  expect(await urlsOf('a.png')).toEqual([{ key: 'a.png', urls: ['https://images.example.com/prod/a.png'] }]);
});
