package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/turtlebay/turtlebay/vault/custody"
	"github.com/turtlebay/turtlebay/vault/timestamp"
	"github.com/turtlebay/turtlebay/vault/witness"
	"golang.org/x/mod/sumdb/note"
)

// vouchersFile holds the Vouchers to ask at each export, stampDir what waits for a
// time-stamp.
const (
	vouchersFile = "vouchers.json"
	stampDir     = "stamps"
)

// Vouchers are those outside who vouch for the custody log: witnesses, each as
// URL=KEY, and time-stamping authorities by URL. Only hashes go to them.
type Vouchers struct {
	Witnesses   []string `json:"witnesses,omitempty"`
	Authorities []string `json:"authorities,omitempty"`
}

// and joins two lists of vouchers.
func (v Vouchers) and(w Vouchers) Vouchers {
	join := func(a, b []string) []string {
		out := append(slices.Clone(a), b...)
		slices.Sort(out)
		return slices.Compact(out)
	}
	return Vouchers{join(v.Witnesses, w.Witnesses), join(v.Authorities, w.Authorities)}
}

// Vouched says what came of asking: one sentence for each that answered, and one
// for each that did not.
type Vouched struct {
	Said   []string `json:"said"`
	Failed []string `json:"failed,omitempty"`
}

func (d *Desk) vouchers() (Vouchers, error) {
	var v Vouchers
	b, err := os.ReadFile(d.Path(vouchersFile))
	if errors.Is(err, fs.ErrNotExist) {
		return v, nil
	} else if err == nil {
		err = json.Unmarshal(b, &v)
	}
	if err != nil {
		return v, fmt.Errorf("read %s: %w: %w", vouchersFile, ErrDamaged, err)
	}
	return v, nil
}

// Remember keeps vouchers, to be asked again at each export.
func (d *Desk) Remember(ctx context.Context, more Vouchers) error {
	for _, w := range more.Witnesses {
		if _, err := client(w); err != nil {
			return err
		}
	}
	return d.write(ctx, func() error {
		v, err := d.vouchers()
		if err != nil {
			return err
		}
		b, err := json.MarshalIndent(v.and(more), "", "  ")
		if err != nil {
			return fmt.Errorf("remember vouchers: %w", err)
		}
		return WriteFile(d.Path(vouchersFile), append(b, '\n'), 0o644)
	})
}

// write does something to the desk's log, which nobody else writes meanwhile.
func (d *Desk) write(ctx context.Context, do func() error) error {
	release, err := d.Hold(ctx)
	if err != nil {
		return err
	}
	if _, err = d.openVault(ctx); err == nil {
		err = do()
	}
	return errors.Join(err, release())
}

// client reads URL=KEY.
func client(voucher string) (*witness.Client, error) {
	url, key, ok := strings.Cut(voucher, "=")
	if !ok {
		return nil, fmt.Errorf("witness %q: want URL=KEY", voucher)
	}
	v, err := witness.NewVerifier(key)
	if err != nil {
		return nil, fmt.Errorf("witness %q: %w", url, err)
	}
	return &witness.Client{URL: url, Witness: v}, nil
}

// Vouch keeps the checkpoint of the log as it is and has it cosigned and
// time-stamped by those remembered and those given. Whoever does not answer is no
// error: what could not be stamped waits, and is stamped the next time.
func (d *Desk) Vouch(ctx context.Context, more Vouchers) (Vouched, error) {
	out := Vouched{Said: []string{}}
	err := d.write(ctx, func() (err error) {
		out, err = d.vouch(ctx, more)
		return err
	})
	if err != nil {
		return out, fmt.Errorf("vouch for the log: %w", err)
	}
	return out, nil
}

// vouch is Vouch; the lock is held.
func (d *Desk) vouch(ctx context.Context, more Vouchers) (Vouched, error) {
	out := Vouched{Said: []string{}}
	v, err := d.vouchers()
	if err != nil {
		return out, err
	}
	v = v.and(more)
	if _, err := d.vault.Log().Keep(); err != nil {
		return out, err
	}
	for _, w := range v.Witnesses {
		out.note(d.cosign(ctx, w))
	}
	for _, url := range v.Authorities {
		out.note(d.stamp(ctx, url))
	}
	return out, ctx.Err()
}

func (v *Vouched) note(said string, err error) {
	if said != "" {
		v.Said = append(v.Said, said)
	}
	if err != nil {
		v.Failed = append(v.Failed, err.Error())
	}
}

// cosign asks one witness for a cosignature of the current checkpoint.
func (d *Desk) cosign(ctx context.Context, voucher string) (string, error) {
	c, err := client(voucher)
	if err != nil {
		return "", err
	}
	log := d.vault.Log()
	known, err := lastCosigned(log, c.Witness)
	if err != nil {
		return "", err
	}
	s, err := c.Submit(ctx, log.Checkpoint(), known, log.Consistency)
	if err != nil {
		return "", fmt.Errorf("witness %s: %w", c.Witness.Name(), err)
	}
	if err := log.AddSignatures(log.Size(), []byte(s.Line)); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d leaves cosigned by %s", log.Size(), s.Witness), nil
}

// lastCosigned is the size of the largest checkpoint kept that the witness
// cosigned, 0 if there is none.
func lastCosigned(log *custody.Log, by note.Verifier) (int64, error) {
	kept, err := log.History()
	if err != nil {
		return 0, err
	}
	var size int64
	for _, k := range kept {
		if s, err := witness.Cosignatures(k.Note, by); err == nil && len(s) > 0 {
			size = max(size, k.Size)
		}
	}
	return size, nil
}

// stamp has the current checkpoint and whatever waits stamped by an authority.
func (d *Desk) stamp(ctx context.Context, url string) (string, error) {
	sum := sha256.Sum256([]byte(url))
	q, err := timestamp.OpenQueue(d.Path(stampDir, hex.EncodeToString(sum[:6])), 0)
	if err != nil {
		return "", err
	}
	log := d.vault.Log()
	text, err := timestamp.Text(log.Checkpoint())
	if err != nil {
		return "", err
	}
	if _, err := q.Add(ctx, text); err != nil {
		return "", err
	}
	last := ""
	n, err := q.Drain(ctx, (&timestamp.Client{URL: url}).Stamp, func(r timestamp.Result) error {
		size, err := leaves(r.Data)
		if err == nil {
			err = log.AddStamp(size, r.Token)
		}
		last = r.Stamp.String()
		return err
	})
	said := ""
	if n > 0 {
		said = fmt.Sprintf("%d checkpoints time-stamped, the last %s", n, last)
	}
	if err != nil {
		waiting, _ := q.Len() // for the message alone
		err = fmt.Errorf("time-stamp by %s: %w; %d wait", url, err, waiting)
	}
	return said, err
}

// leaves is the size that the text of a checkpoint states.
func leaves(text []byte) (int64, error) {
	var origin, root string
	var size int64
	if _, err := fmt.Sscanf(string(text), "%s\n%d\n%s\n", &origin, &size, &root); err != nil {
		return 0, fmt.Errorf("read checkpoint text: %w", err)
	}
	return size, nil
}

// KeepCheckpoint notes the current checkpoint in the history of the log, as has to be
// done with each that leaves the desk, and returns it with its cosignatures.
func (d *Desk) KeepCheckpoint(ctx context.Context) ([]byte, error) {
	var kept custody.Checkpoint
	err := d.write(ctx, func() (err error) {
		kept, err = d.vault.Log().Keep()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("keep the log's checkpoint: %w", err)
	}
	return kept.Note, nil
}

// WitnessRequest keeps the current checkpoint and makes the request for its
// cosignature, to be carried to the witness in a file. Its proof begins at the
// checkpoint of known leaves, which the witness says that it cosigned last; if known
// is negative, at the last cosignature by the witness that the desk has.
func (d *Desk) WitnessRequest(ctx context.Context, by note.Verifier, known int64) ([]byte, error) {
	var out []byte
	err := d.write(ctx, func() error {
		log := d.vault.Log()
		if _, err := log.Keep(); err != nil {
			return err
		}
		r := witness.Request{Checkpoint: log.Checkpoint(), Old: max(known, 0)}
		if r.Old > log.Size() {
			return fmt.Errorf("%w: it has %d leaves, the witness knows %d", ErrRewritten, log.Size(), known)
		}
		if by != nil && known < 0 {
			var err error
			if r.Old, err = lastCosigned(log, by); err != nil {
				return err
			}
		}
		if r.Old > 0 {
			var err error
			if r.Proof, err = log.Consistency(r.Old, log.Size()); err != nil {
				return err
			}
		}
		out = r.Format()
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("make a witness's request: %w", err)
	}
	return out, nil
}

// TakeCosignature takes in what a witness answered to a request in a file. It
// belongs to whichever kept checkpoint it fits.
func (d *Desk) TakeCosignature(ctx context.Context, answer []byte, by note.Verifier) (witness.Cosignature, error) {
	var out witness.Cosignature
	err := d.write(ctx, func() error {
		log := d.vault.Log()
		kept, err := log.History()
		if err != nil {
			return err
		}
		err = errors.New("no checkpoint was kept that it could belong to")
		for _, k := range slices.Backward(kept) {
			if out, err = witness.ReadAnswer(k.Note, answer, by); err == nil {
				return log.AddSignatures(k.Size, []byte(out.Line))
			}
		}
		return err
	})
	if err != nil {
		return out, fmt.Errorf("take in a cosignature: %w", err)
	}
	return out, nil
}
