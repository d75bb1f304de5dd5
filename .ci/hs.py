#!/usr/bin/env python3
# Makes the tables of the room hs from reference files of the editions; with --check
# compares only. Usage: .ci/hs.py DIR_OF_TRADE_DATA [--check]
import csv, sys, io, collections
D=sys.argv[1].rstrip('/')+'/'; OUT='hs/'
YEARS=(2012,2017,2022)
T={}
for y in YEARS:
    with open(D+f'hs{y}.csv',encoding='utf-8-sig') as f:
        T[y]={(r.get('code') or r.get('hscode')):r['description'] for r in csv.DictReader(f)}
    del T[y]['TOTAL']
plain=lambda s:' '.join(s.split())
b=io.StringIO(); b.write('code,editions,description\n')
for c in sorted(set().union(*T.values())):
    mask=sum(1<<i for i,y in enumerate(YEARS) if c in T[y])
    d=''
    if c in T[2022]:
        raw=T[2022][c]; d=plain(raw)
        assert '"' not in d and d.isascii() and d
        if len(raw)==255: d=d.rstrip(' ,;')+' …'      # the source cuts there
        if ',' in d: d='"'+d+'"'
    b.write(f'{c},{mask},{d}\n')
codes=b.getvalue()
rows=[]
for y,z in zip(YEARS,YEARS[1:]):
    A={c:plain(d).lower() for c,d in T[y].items()}; B={c:plain(d).lower() for c,d in T[z].items()}
    gone={c for c in A if c not in B}; new={c for c in B if c not in A}
    for c in gone:
        h=c[:4]
        if len(c)==6 and c.endswith('00') and h in B and B[h] in (A[c],A[h]): rows.append((y,c,h,'sole'))
    byA=collections.defaultdict(list); byB=collections.defaultdict(list)
    for c in A:
        if len(c)==6: byA[A[c]].append(c)
    for c in B:
        if len(c)==6: byB[B[c]].append(c)
    pairs={c:byB[A[c]][0] for c in gone if len(c)==6 and byA[A[c]]==[c] and len(byB[A[c]])==1 and byB[A[c]][0] in new}
    for h,k in sorted({(c[:4],d[:4]) for c,d in pairs.items()}):
        V=sorted(c for c in gone if len(c)==6 and c[:4]==h); N=sorted(c for c in new if len(c)==6 and c[:4]==k)
        lv=[c for c in V if pairs.get(c) not in N]; ln=[d for d in N if d not in pairs.values()]
        ok=(not lv and not ln) or (len(lv)==len(ln)==1 and lv[0][4:]==ln[0][4:])
        print(y,h,k,'accepted' if ok else 'refused',{c:pairs[c] for c in V if c in pairs},'left',lv,ln,file=sys.stderr)
        if not ok: continue
        rows+=[(y,c,pairs[c],'words') for c in V if c in pairs]+[(y,c,d,'rest') for c,d in zip(lv,ln)]
        if h in gone and k in new: rows.append((y,h,k,'all'))
moved='edition,code,next,established\n'+''.join(f'{y},{c},{d},{e}\n' for y,c,d,e in sorted(rows))
if '--check' in sys.argv:
    bad=[n for n,t in (('codes.csv',codes),('moved.csv',moved)) if open(OUT+n,encoding='utf-8',newline='').read()!=t]
    print('agree' if not bad else f'differ: {bad}'); sys.exit(bool(bad))
for n,t in (('codes.csv',codes),('moved.csv',moved)): open(OUT+n,'w',encoding='utf-8',newline='').write(t)
