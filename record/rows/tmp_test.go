package rows_test
import ("testing";"strings";"github.com/turtlebay/turtlebay/intake";"github.com/turtlebay/turtlebay/record";"github.com/turtlebay/turtlebay/record/observation";"github.com/turtlebay/turtlebay/record/rows")
const file = "date,direction,hs,description,net_kg,value_usd,origin,destination,loading_port\n2017-03-01,from_dprk,270112,Bituminous coal,125000.5,9812345.67,KP,CN,Nampo\n"
func row(t testing.TB) intake.Row { src,err:=intake.NewSource("f.csv",strings.NewReader(file),intake.Options{}); if err!=nil{t.Fatal(err)}
 for r,err:=range src.Rows(){ if err!=nil{t.Fatal(err)}; return r}
 return intake.Row{}}
func BenchmarkRow(b *testing.B){ r:=row(b); rd,_:=rows.NewReader(observation.KindShipment,"s"); b.ReportAllocs(); for b.Loop(){ if _,err:=rd.Record(r);err!=nil{b.Fatal(err)}}}
func BenchmarkDecode(b *testing.B){ r:=row(b); rd,_:=rows.NewReader(observation.KindShipment,"s"); rec,_:=rd.Record(r); c,_:=rec.Canonical(); b.ReportAllocs(); for b.Loop(){ if _,err:=record.Decode(c);err!=nil{b.Fatal(err)}}}
func BenchmarkCanonical(b *testing.B){ r:=row(b); rd,_:=rows.NewReader(observation.KindShipment,"s"); rec,_:=rd.Record(r); b.ReportAllocs(); for b.Loop(){ if _,err:=rec.Canonical();err!=nil{b.Fatal(err)}}}
