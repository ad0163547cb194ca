/** What has to change in a zone, as data: existing and wanted records in, edits out. Pure. */
import type { Check } from '../checks/check.ts';
import type { RecordType, RelayRecordData, WantedRecord } from '../records.ts';
import type { RelayFacts } from '../relay-records.ts';
import { isSpf } from '../spf.ts';
import type { View } from '../view.ts';
import type { RecordEdit } from './wire.ts';

export interface Changes {
  readonly remove: readonly RecordEdit[];
  readonly add: readonly RecordEdit[];
}

/**
 * Leaves alone what already means the right thing, and all records that are not the relay's: beside
 * SPF the domain may have any TXT records, and beside ours any CAA records.
 */
export const planChanges = (
  checks: readonly Check[],
  { domain, addresses }: Pick<RelayFacts, 'domain' | 'addresses'>,
  view: View,
): Changes => {
  const wrong = checks.filter((check) => check.judge(view.lookup).kind === 'differs');
  const wanted = wrong.flatMap(({ records }) => records);
  const remove = [
    ...wanted.flatMap((record) => inTheWayOf(record, domain, view)),
    ...(addresses.v6?.length === 0 ? recordsAt(view, domain, 'AAAA') : []),
  ];
  const add = wanted.map(({ name, data }) => ({ name, data }));
  return {
    remove: distinct(remove).filter((edit) => !add.some((other) => isSame(edit, other))),
    add: add.filter(
      (edit) => !recordsAt(view, edit.name, edit.data.type).some((other) => isSame(edit, other)),
    ),
  };
};

/** The records that contradict a wanted one. */
const inTheWayOf = ({ name, data }: WantedRecord, domain: string, view: View): RecordEdit[] => {
  const at = (type: RelayRecordData['type']): RecordEdit[] => recordsAt(view, name, type);
  switch (data.type) {
    case 'CNAME':
      // A CNAME stands alone (RFC 1034 section 3.6.2).
      return [...at('CNAME'), ...at('A'), ...at('AAAA')];
    case 'CAA':
      return at('CNAME');
    case 'TXT': {
      const texts = at('TXT');
      const ours =
        name === domain
          ? texts.filter(({ data: old }) => old.type === 'TXT' && isSpf(old.text))
          : texts;
      return [...at('CNAME'), ...ours];
    }
    default:
      return [...at('CNAME'), ...at(data.type)];
  }
};

export const recordsAt = (view: View, name: string, type: RecordType): RecordEdit[] =>
  view.at(name, type).flatMap((data) => (isRelayData(data) ? [{ name, data }] : []));

const isRelayData = (data: ReturnType<View['at']>[number]): data is RelayRecordData =>
  data.type !== 'NS' && data.type !== 'PTR' && data.type !== 'SOA';

const keyOf = ({ name, data }: RecordEdit): string => `${name} ${JSON.stringify(data)}`;

const isSame = (one: RecordEdit, other: RecordEdit): boolean => keyOf(one) === keyOf(other);

const distinct = (edits: readonly RecordEdit[]): RecordEdit[] => [
  ...new Map(edits.map((edit) => [keyOf(edit), edit])).values(),
];
