import { expect, test } from 'vitest';
import { parseMountInfo } from '../../src/lab/mounts.ts';

test('reads mount points and options', () => {
  const text = `23 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
91 23 0:44 / /srv/my\\040lab/root rw,relatime - overlay overlay rw,lowerdir=/b,upperdir=/srv/my\\040lab/upper/data,workdir=/w
`;
  expect(parseMountInfo(text)).toEqual([
    { target: '/', options: 'rw' },
    {
      target: '/srv/my lab/root',
      options: 'rw,lowerdir=/b,upperdir=/srv/my lab/upper/data,workdir=/w',
    },
  ]);
});

test('a process that has gone has no mounts', () => {
  expect(parseMountInfo('')).toEqual([]);
});
