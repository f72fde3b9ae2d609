import { goalOf, rowOf } from './report.ts';
import { BUCKET, SMALL_COUNT } from './small-objects.ts';
import { interleaved, measure, type Ask, type Session } from './session.ts';

export const SMALL_BUCKET = 'ten-thousand';
export const LARGE_BUCKET = 'million';
export const SMALL_BUCKET_KEYS = 10_000;
export const LARGE_BUCKET_KEYS = 1_000_000;
export const FOLDERS = 100;
const PAGE = 1000;
/** Different pages that are asked for. */
const PAGES = 500;
/** Pages begin anywhere in the first nine tenths, so that each is full. */
const STEP = (0.9 * LARGE_BUCKET_KEYS) / PAGES;

function page(bucket: string, connections: number): Ask {
  return {
    connections,
    method: 'GET',
    target: `/${bucket}?list-type=2&max-keys=${PAGE}&start-after={nnn}%2F{n}`,
    count: PAGES,
    step: STEP,
    expectStatus: 200,
    expectText: { text: '<Key>', count: PAGE },
  };
}

const FOLDERS_OF_ALL: Ask = {
  connections: 1,
  method: 'GET',
  target: `/${LARGE_BUCKET}?list-type=2&delimiter=%2F`,
  count: 1,
  expectStatus: 200,
  expectText: { text: '<CommonPrefixes>', count: FOLDERS },
};

/** Small objects' bytes lie in their records, so a page of them passes by a lot more. */
const PAGE_OF_INLINE: Ask = {
  connections: 1,
  method: 'GET',
  target: `/${BUCKET}?list-type=2&max-keys=${PAGE}&prefix=o%2F`,
  count: 1,
  expectStatus: 200,
  expectText: { text: '<Key>', count: SMALL_COUNT },
};

/** Pages of 1,000 keys from a small and a large bucket, and the folders of the large one. */
export async function listings(session: Session): Promise<void> {
  const { coffer, pace, rows, goals } = session;
  await measure(session, coffer, page(LARGE_BUCKET, 1), pace.warmMs);
  for (const connections of [1, 16]) {
    const asks = [
      page(SMALL_BUCKET, connections),
      page(LARGE_BUCKET, connections),
      { ...FOLDERS_OF_ALL, connections },
      { ...PAGE_OF_INLINE, connections },
    ];
    const results = await interleaved(
      pace.rounds,
      asks.map((ask) => () => measure(session, coffer, ask)),
    );
    const [small, large, folders, inline] = results;
    if (!small || !large || !folders || !inline) return;
    const name = (keys: string) => `list ${PAGE} of ${keys} keys`;
    rows.push(rowOf(name('10^4'), coffer.name, connections, small));
    rows.push(rowOf(name('10^6'), coffer.name, connections, large));
    rows.push(rowOf(`list ${FOLDERS} folders of 10^6`, coffer.name, connections, folders));
    rows.push(rowOf(`list ${PAGE} objects of 4 KiB`, coffer.name, connections, inline));
    if (connections !== 1) continue;
    const errors = small.errors + large.errors + folders.errors;
    const cpu = large.serverCpuPerRequest;
    goals.push(
      goalOf('CPU of a list page at 10^6 keys', cpu / 1000, 'most', 8, 'ms', errors),
      goalOf(
        'CPU of a list page of objects of 4 KiB',
        inline.serverCpuPerRequest / 1000,
        'most',
        8,
        'ms',
        inline.errors,
      ),
      goalOf(
        'CPU of a list page at 10^6 keys over that at 10^4',
        cpu / small.serverCpuPerRequest,
        'most',
        1.2,
        '×',
        errors,
      ),
      goalOf(
        'CPU of a delimiter listing of 10^6 keys over that of a page',
        folders.serverCpuPerRequest / cpu,
        'most',
        1,
        '×',
        errors,
      ),
    );
  }
}
