package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/turtlebay/turtlebay/chain"
	"github.com/turtlebay/turtlebay/desk/whole"
	"github.com/turtlebay/turtlebay/ledger"
	"github.com/turtlebay/turtlebay/ledger/csr"
	"github.com/turtlebay/turtlebay/trace/exercise"
	"github.com/turtlebay/turtlebay/trace/extract"
	"github.com/turtlebay/turtlebay/trace/follow"
	"github.com/turtlebay/turtlebay/trace/result/form"
)

// exerciseID is the trace that a demonstration shows.
const exerciseID = "TRC-EXERCISE"

// loadExercise puts the rows of the invented case into a ledger.
func loadExercise(ctx context.Context, store ledger.Store) error {
	_, err := store.Append(ctx, func(yield func(ledger.Transfer, error) bool) {
		for _, row := range exercise.Transfers() {
			if !yield(row, nil) {
				return
			}
		}
	})
	return err
}

// exerciseTrace follows the invented thefts through a ledger of their own, as any
// theft is.
func exerciseTrace(ctx context.Context) (_ *extract.Extract, err error) {
	dir, err := os.MkdirTemp("", "turtlebay-exercise-")
	if err != nil {
		return nil, fmt.Errorf("exercise: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	store, err := csr.Open(dir, csr.Options{Create: true})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if err := loadExercise(ctx, store); err != nil {
		return nil, err
	}
	snapshot, err := store.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, snapshot.Close()) }()
	worth, err := exercise.Values()
	if err != nil {
		return nil, err
	}
	q := exercise.Question()
	q.Record = true
	a, err := follow.Run(ctx, snapshot, q)
	if err != nil {
		return nil, err
	}
	digest, err := snapshot.Digest(ctx)
	if err != nil {
		return nil, err
	}
	for i := range a.Record.Ledgers { // a ledger's own name is another each time it is made
		a.Record.Ledgers[i].Snapshot, a.Record.Ledgers[i].Digest = "", digest
	}
	title := strings.TrimPrefix(exercise.Title, "EXERCISE: ")
	return extract.New(a, q, extract.About{ID: exerciseID, Title: title, Exercise: true, Worth: worth}), nil
}

// writeExercise writes the invented case as files to try the verb on: a ledger, thefts,
// services, prices and assets.
func writeExercise(c *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return unread(err)
	}
	store, err := csr.Open(filepath.Join(dir, "ledger"), csr.Options{Create: true})
	if err != nil {
		return unread(err)
	}
	if err := errors.Join(loadExercise(c.Context(), store), store.Close()); err != nil {
		return unread(err)
	}
	asked, err := exerciseQuestion()
	if err != nil {
		return err
	}
	known, err := exerciseServices()
	if err != nil {
		return err
	}
	for _, file := range []struct{ name, content string }{
		{"thefts.json", asked},
		{"services.csv", known},
		{"pools.csv", exercisePools()},
		{"prices.csv", exercise.PriceFile()},
		{"assets.csv", exercise.AssetFile()},
		{"story.txt", exercise.Notice + "\n\n" + strings.Join(exercise.Story(), "\n\n") + "\n"},
	} {
		if err := whole.Write(filepath.Join(dir, file.name), []byte(file.content), 0o644); err != nil {
			return unread(err)
		}
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	_, err = fmt.Fprintf(c.OutOrStdout(), "%s\nThe story: %s. To follow it:\n\n  turtlebay trace --theft %s --ledger %s --services %s --pools %s --prices %s --assets %s --out found\n",
		exercise.Notice, in("story.txt"), in("thefts.json"), in("ledger"), in("services.csv"), in("pools.csv"), in("prices.csv"), in("assets.csv"))
	return err
}

// exerciseMark is a row as a file of thefts names it.
type exerciseMark struct {
	Chain chain.ID `json:"chain,omitempty"`
	Tx    string   `json:"tx"`
	Index uint32   `json:"index"`
	Kind  string   `json:"kind"`
}

func markOf(m follow.Mark, withChain bool) exerciseMark {
	out := exerciseMark{Tx: form.Tx(m.Chain, m.Tx), Index: m.Index, Kind: m.Kind.String()}
	if withChain {
		out.Chain = m.Chain
	}
	return out
}

// exerciseQuestion is what the case asks, as a file of thefts.
func exerciseQuestion() (string, error) {
	type theft struct {
		ID    string         `json:"id"`
		Title string         `json:"title"`
		Chain chain.ID       `json:"chain"`
		Marks []exerciseMark `json:"marks"`
	}
	type link struct {
		ID         string            `json:"id"`
		Kind       follow.Class      `json:"kind"`
		Out        exerciseMark      `json:"out"`
		In         exerciseMark      `json:"in"`
		Confidence follow.Confidence `json:"confidence"`
		Method     string            `json:"method"`
		Error      string            `json:"error,omitempty"`
	}
	type floor struct {
		Chain chain.ID     `json:"chain"`
		Asset string       `json:"asset"`
		Least chain.Amount `json:"least"`
	}
	q := exercise.Question()
	var file struct {
		Thefts   []theft `json:"thefts"`
		Links    []link  `json:"links"`
		Dust     []floor `json:"dust,omitempty"`
		Hub      int     `json:"hub,omitempty"`
		Deposits bool    `json:"deposits"`
	}
	for _, t := range q.Thefts {
		to := theft{ID: t.ID, Title: "EXERCISE: invented theft " + t.ID, Chain: t.Marks[0].Chain}
		for _, m := range t.Marks {
			to.Marks = append(to.Marks, markOf(m, false))
		}
		file.Thefts = append(file.Thefts, to)
	}
	for _, l := range q.Links {
		file.Links = append(file.Links, link{l.ID, l.Kind, markOf(l.Out, true), markOf(l.In, true), l.Confidence, l.Method, l.Error})
	}
	for _, d := range q.Rules.Dust {
		text := d.Asset.Notation(d.Chain)
		if text == "" {
			text = "native"
		}
		file.Dust = append(file.Dust, floor{d.Chain, text, d.Least})
	}
	file.Hub, file.Deposits = q.Rules.Hub, q.Rules.Deposits
	b, err := json.MarshalIndent(file, "", "  ")
	return string(b) + "\n", err
}

// exerciseServices are those of the case, as a list.
func exerciseServices() (string, error) {
	var b strings.Builder
	w := csv.NewWriter(&b)
	if err := w.Write([]string{"chain", "address", "class", "name", "source", "date", "confidence", "note"}); err != nil {
		return "", err
	}
	for _, k := range exercise.Services() {
		err := w.Write([]string{
			string(k.Chain), k.Address.Notation(k.Chain), string(k.Service.Class), k.Service.Name, k.Service.Source, k.Service.Date, string(k.Service.Confidence), k.Service.Note,
		})
		if err != nil {
			return "", err
		}
	}
	w.Flush()
	return b.String(), w.Error()
}

// exercisePools are the pools of the case's mixer, as a table.
func exercisePools() string {
	var b strings.Builder
	b.WriteString("chain,address,asset,denomination,name,source\n")
	for _, p := range exercise.Pools() {
		fmt.Fprintf(&b, "%s,%s,%s,%s,%q,%q\n", p.Chain, p.Address.Notation(p.Chain), p.Asset.Notation(p.Chain), p.Denomination, p.Name, p.Source)
	}
	return b.String()
}
