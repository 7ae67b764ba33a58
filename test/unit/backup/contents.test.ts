import { expect, test } from 'vitest'
import { contentDifferences, entriesOf, readContents } from '../../../src/backup/contents.ts'

const list = `;
; Archive created at 2026-11-23 04:30:00 UTC
;     dbname: yourbrand
;     TOC Entries: 20
;     Dumped from database version: 15.18 (Debian 15.18-0+deb12u1)
;
;
; Selected TOC Entries:
;
5; 2615 2200 SCHEMA - public yourbrand
6; 2615 16390 SCHEMA - reports yourbrand
2; 3079 16391 EXTENSION - citext
3420; 0 0 COMMENT - EXTENSION citext
215; 1259 16500 TABLE public guests yourbrand
216; 1259 16501 TABLE reports table yourbrand
3400; 0 0 TABLE ATTACH public guests_2026 yourbrand
214; 1259 16499 SEQUENCE public guests_id_seq yourbrand
3421; 0 0 SEQUENCE OWNED BY public guests_id_seq yourbrand
217; 1259 16510 MATERIALIZED VIEW public late yourbrand
218; 1259 16511 VIEW public long_stays yourbrand
3410; 0 16500 TABLE DATA public guests yourbrand
3425; 0 0 SEQUENCE SET public guests_id_seq yourbrand
3270; 2606 16505 CONSTRAINT public guests guests_pkey yourbrand
3280; 2606 16515 FK CONSTRAINT public stays stays_guest_fkey yourbrand
3269; 1259 16520 INDEX public guests_name_idx yourbrand
230; 1255 16530 FUNCTION public guests_of(public.season) yourbrand
3430; 0 0 ACL - SCHEMA public yourbrand
`

test('each kind is counted by its whole name', () => {
  const { counts, extensions, database } = readContents(list)
  expect(Object.fromEntries(counts)).toEqual({
    SCHEMA: 1,
    EXTENSION: 1,
    TABLE: 2,
    SEQUENCE: 1,
    'MATERIALIZED VIEW': 1,
    VIEW: 1,
    CONSTRAINT: 1,
    'FK CONSTRAINT': 1,
    INDEX: 1,
    FUNCTION: 1
  })
  expect(extensions).toEqual(['citext'])
  expect(database).toBe('yourbrand')
})

test('the same, although one list has the data as well and other owners', () => {
  const without = list.replaceAll(/^.* (TABLE DATA|SEQUENCE SET|COMMENT|SCHEMA - public) .*\n/gm, '')
  const restored = without.replaceAll(/yourbrand$/gm, 'otherbrand')
  expect(contentDifferences(readContents(list), readContents(restored))).toEqual([])
})

test('what is missing and what is too much are told', () => {
  const restored = list.replace(/^215;.*\n/m, '').replace(/^230;.*/m, '$&\n231; 1255 16531 FUNCTION public more() a')
  expect(contentDifferences(readContents(list), readContents(restored))).toEqual([
    'TABLE: 1 instead of 2',
    'FUNCTION: 2 instead of 1'
  ])
})

test('nothing at all holds nothing', () => {
  expect(readContents('')).toEqual({ counts: new Map(), extensions: [], makers: [], database: null })
})

test('the entries that make what is there already, and none whose name only begins like it', () => {
  const contents = readContents(`5; 2615 2200 SCHEMA - ext shop
6; 2615 16390 SCHEMA - ext two shop
7; 2615 16391 SCHEMA - extra shop
2; 3079 16392 EXTENSION - cube 
3; 3079 16393 EXTENSION - cubes 
3420; 0 0 COMMENT - EXTENSION cube 
215; 1259 16500 TABLE ext cube shop`)
  expect(entriesOf(contents, [{ name: 'cube', schema: 'ext' }])).toEqual(['5', '2'])
  expect(entriesOf(contents, [{ name: 'cubes', schema: 'ext two' }])).toEqual(['6', '3'])
  expect(entriesOf(contents, [])).toEqual([])
})
