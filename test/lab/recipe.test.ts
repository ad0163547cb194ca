import { describe, expect, test } from 'vitest';
import { baseName, baseRecipe, inheritedAptOptions, layerName } from '../../src/lab/recipe.ts';

describe('names of cached images', () => {
  test('say the release and change with the recipe', () => {
    const recipe = baseRecipe(12, []);
    expect(baseName(recipe)).toMatch(/^debian12-[0-9a-f]{12}$/);
    expect(baseName(baseRecipe(12, []))).toBe(baseName(recipe));
    expect(baseName({ ...recipe, packages: [...recipe.packages, 'less'] })).not.toBe(
      baseName(recipe),
    );
  });

  test('the order of packages does not matter', () => {
    expect(layerName('b', ['x', 'y', 'x'])).toBe(layerName('b', ['y', 'x']));
    expect(layerName('b', ['x'])).not.toBe(layerName('b', ['y']));
    expect(layerName('b', ['x'])).not.toBe(layerName('c', ['x']));
  });
});

test('both releases get updates and security updates', () => {
  expect(baseRecipe(13, []).sources).toEqual([
    'deb http://deb.debian.org/debian trixie main',
    'deb http://deb.debian.org/debian trixie-updates main',
    'deb http://deb.debian.org/debian-security trixie-security main',
  ]);
});

test('only what concerns the age of archives is taken from this machine', () => {
  const dump = `APT "";
Acquire::http::Proxy "http://proxy:3128";
Acquire::Check-Valid-Until "false";
Acquire::Check-Date "false";
`;
  expect(inheritedAptOptions(dump)).toEqual([
    'Acquire::Check-Valid-Until "false";',
    'Acquire::Check-Date "false";',
  ]);
});
