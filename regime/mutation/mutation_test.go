package mutation_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/turtlebay/turtlebay/regime/eu20171509"
	"github.com/turtlebay/turtlebay/regime/kp"
	"github.com/turtlebay/turtlebay/regime/lists"
	"github.com/turtlebay/turtlebay/regime/mutation"
)

var (
	every = flag.Bool("every", false, "make every change to the packs, not a sample; .ci/mutate does")
	from  = flag.String("from", "", "folder with kp, eu20171509 and lists, where they are not those embedded")
)

// least is the part of all changes that tests have to notice, in tenths of a percent.
const least = 950

// TestEveryMutant changes the packs and demands that their tests notice. Without
// -every it takes a sample, always the same while the files are.
func TestEveryMutant(t *testing.T) {
	sample := 400
	if *every {
		sample = mutation.Every
	}
	council, union, shared := kp.Files(), eu20171509.Files(), lists.Files()
	if *from != "" {
		council, union, shared = os.DirFS(filepath.Join(*from, "kp")), os.DirFS(filepath.Join(*from, "eu20171509")), os.DirFS(filepath.Join(*from, "lists"))
	}
	start := time.Now()
	r, err := mutation.Run(shared, sample, council, union)
	if err != nil {
		t.Fatal(err)
	}
	explanations, err := mutation.Explained()
	if err != nil {
		t.Fatal(err)
	}
	left, unused := r.Unexplained(explanations)
	for _, m := range left {
		t.Errorf("no test notices: %s", m)
	}
	if *every {
		for _, e := range unused {
			t.Errorf("%s: covers no survivor", e)
		}
	}
	total := r.Total()
	if total.Rate() < least {
		t.Errorf("%s percent of the changes are noticed, want %s", percent(total.Rate()), percent(least))
	}
	if *every {
		t.Log("\n" + table(r, len(left)))
	}
	t.Logf("%d changes in %s: %d noticed, %d refused before a test, %d survive, %d of them unexplained",
		total.Killed+total.Refused+total.Survivors, time.Since(start).Round(time.Millisecond), total.Killed, total.Refused, total.Survivors, len(left))
	if total.Killed < sample/2 {
		t.Errorf("only %d changes were noticed: is the sample empty?", total.Killed)
	}
}

func percent(tenths int) string { return fmt.Sprintf("%d.%d", tenths/10, tenths%10) }

func table(r mutation.Report, unexplained int) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "file\tchanges\trefused\tnoticed\tsurvive\tpercent\t")
	total := r.Total()
	total.Measure = fmt.Sprintf("total (%d unexplained)", unexplained)
	for _, c := range append(r.Counts, total) {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%s\t\n", c.Measure, c.Refused+c.Killed+c.Survivors, c.Refused, c.Killed, c.Survivors, percent(c.Rate()))
	}
	if err := w.Flush(); err != nil {
		return err.Error()
	}
	return b.String()
}
