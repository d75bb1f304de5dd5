package publish_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/turtlebay/turtlebay/bundle"
	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/desk"
	"github.com/turtlebay/turtlebay/desk/desktest"
	"github.com/turtlebay/turtlebay/marking"
	"github.com/turtlebay/turtlebay/publish"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/record/value"
	"github.com/turtlebay/turtlebay/report"
)

func incident(t testing.TB, id, victim, amount, more string) record.Record {
	t.Helper()
	r, err := record.Decode(fmt.Appendf(nil, `{"id":%q,"sources":[{"key":"letter","title":"Letter on %s"}],"observation":{"type":"cyber_incident","date":"2022-05-05","victim":%q,"crypto_company":true,"attributed_to_dprk":true,`+
		`"amounts":[{"value":{"amount":%q,"currency":"USD"},"authority":"A Member State","status":"official","anchor":{"source":"letter"},"preferred":true,"reason":"the only one"}],`+
		`"attributions":[{"value":"unknown","authority":"A Member State","status":"official","anchor":{"source":"letter"},"preferred":true,"reason":"the only one"}]}%s}`, id, victim, victim, amount, more))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// open are incidents that everybody may see.
func open(t testing.TB) []record.Record {
	return []record.Record{
		incident(t, "INC-2022-001", "First Exchange", "31000000", ""),
		incident(t, "INC-2022-002", "Second Exchange", "47000000", ""),
		incident(t, "INC-2022-003", "Third Exchange", "2500000", ""),
	}
}

const amber = `,"marking":{"tlp":"amber","caveats":["releasable-to:Atlantis"]}`

// filed writes a report for the recipient and returns the verification of its bundle
// and everything in the files written, zip files unpacked.
func filed(t testing.TB, rs []record.Record, to marking.Reader) (bundle.Verification, map[string]string) {
	t.Helper()
	ctx := context.Background()
	d, err := desk.Create(t.TempDir(), desktest.Memory())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	if _, err := d.AddRecords(ctx, rs); err != nil {
		t.Fatal(err)
	}
	s, _ := report.Preset("desk")
	s.Date = value.MustDate("2024-03-07")
	r, err := publish.New(d, s, to)
	if err != nil {
		t.Fatal(err)
	}
	if complaints, err := r.Gate(); err != nil || complaints.Stop() {
		t.Fatalf("gate: %v, %v", complaints, err)
	}
	if err := r.Render(ctx, []string{"docx", "html", "xlsx"}); err != nil {
		t.Fatal(err)
	}
	if err := r.Seal(ctx); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	paths, err := r.Save(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		unpack(t, out, filepath.Base(path), b)
	}
	v, err := r.Verify()
	if err != nil || !v.OK {
		t.Fatalf("the bundle does not verify: %+v, %v", v, err)
	}
	return v, out
}

func unpack(t testing.TB, into map[string]string, name string, b []byte) {
	t.Helper()
	into[name] = string(b)
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return // a plain file
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		unpack(t, into, name+" "+f.Name, content)
	}
}

// A desk that holds one amber incident sends the public no file that has its amount,
// its id, its victim, or a sum that it is part of.
func TestThePublicLearnsNothing(t *testing.T) {
	hidden := incident(t, "INC-2022-901", "Secret Exchange", "7654321", amber)
	v, files := filed(t, append(open(t), hidden), marking.Reader{})
	for name, content := range files {
		for _, told := range []string{
			"7654321", "7,654,321", "7.65 million", "INC-2022-901", "Secret Exchange", "Atlantis",
			"88154321", "88,154,321", "88.2 million", // with what it sums to
		} {
			if strings.Contains(content, told) {
				t.Errorf("%s tells %q", name, told)
			}
		}
	}
	if v.Derivations.Withheld == 0 || v.Derivations.Reproduced == 0 || v.Withheld["tlp:amber with caveats"] != 1 {
		t.Errorf("verification: %+v", v)
	}
	for _, f := range []string{"report.html", "report.docx word/document.xml", "report.xlsx xl/sharedStrings.xml"} {
		if !strings.Contains(files[f], "Records withheld from this copy, per marking: 1 (tlp:amber with caveats)") {
			t.Errorf("%s does not say what is withheld", f)
		}
		if strings.Contains(files[f], "TLP:") {
			t.Errorf("%s of a public report prints a marking", f)
		}
	}
}

var number = regexp.MustCompile(`[0-9][0-9,.]*[0-9]`)

// Every number that goes to the public is one that a desk without the amber incident
// prints as well, and so is every derivation but those withheld: there is nothing to
// subtract from. Of two desks that differ in what is hidden the files are the same.
func TestThereIsNothingToSubtract(t *testing.T) {
	_, without := filed(t, open(t), marking.Reader{})
	_, public := filed(t, append(open(t), incident(t, "INC-2022-901", "Secret Exchange", "7654321", amber)), marking.Reader{})
	_, other := filed(t, append(open(t), incident(t, "INC-2022-950", "Hidden Bridge", "1234567", amber)), marking.Reader{})
	known := map[string]bool{}
	for name, content := range without {
		if text(name) {
			for _, n := range number.FindAllString(content, -1) {
				known[n] = true
			}
		}
	}
	counts := regexp.MustCompile(`^(annex-|fn-|fnref-|svg-)?[0-9]{1,3}$`) // positions and lengths, which covers shift
	for name, content := range public {
		if !text(name) {
			continue
		}
		if content != other[name] {
			t.Errorf("%s differs between two desks whose hidden records differ", name)
		}
		for _, n := range number.FindAllString(content, -1) {
			if !known[n] && !counts.MatchString(n) && strings.HasPrefix(name, "report.html") {
				t.Errorf("%s prints %s, which a desk without the record does not", name, n)
			}
		}
	}
	ids, mine := derivations(t, without), derivations(t, public)
	for id, d := range mine {
		was, ok := ids[id]
		switch {
		case !ok:
			t.Errorf("derivation %s %s names inputs that are not those of a desk without the record", d.Function, d.Params)
		case d.Withheld == "" && !d.Result.Equal(was.Result):
			t.Errorf("derivation %s %s gives another result", d.Function, d.Params)
		case d.Withheld != "" && d.Result.Value+d.Result.Low+d.Result.High != "":
			t.Errorf("derivation %s %s is withheld and states %+v", d.Function, d.Params, d.Result)
		}
	}
	_, cleared := filed(t, append(open(t), incident(t, "INC-2022-901", "Secret Exchange", "7654321", amber)), marking.Reader{Name: "Atlantis", TLP: "amber"})
	if !strings.Contains(cleared["report.html"], "88,154,321") || !strings.Contains(cleared["report.html"], "TLP:AMBER") {
		t.Error("who is cleared does not get the sum, or not its marking")
	}
}

// text reports whether the file is one to be read, and is not the signed index of
// the bundle, which holds commitments.
func text(name string) bool {
	return !slices.ContainsFunc([]string{
		"report.tbz", "report.docx", "report.xlsx", "report.tbz report/report.docx", "report.tbz report/report.xlsx",
		"report.tbz manifest.json", "report.tbz signature.note", "report.tbz README.txt", "report.tbz records/inputs.json",
	}, func(s string) bool { return s == name }) &&
		!strings.HasPrefix(name, "report.tbz log/")
}

func derivations(t testing.TB, files map[string]string) map[string]derive.Derivation {
	t.Helper()
	out := map[string]derive.Derivation{}
	for line := range strings.Lines(files["report.tbz derivations.jsonl"]) {
		var d derive.Derivation
		if err := json.Unmarshal([]byte(line), &d); err != nil {
			t.Fatal(err)
		}
		out[d.ID] = d
	}
	if len(out) == 0 {
		t.Fatal("no derivations")
	}
	return out
}
