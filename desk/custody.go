package desk

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/turtlebay/turtlebay/derive"
	"github.com/turtlebay/turtlebay/desk/keys"
	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/record"
	"github.com/turtlebay/turtlebay/vault"
	"github.com/turtlebay/turtlebay/vault/custody"
	"golang.org/x/mod/sumdb/note"
)

func (d *Desk) hasVault() bool {
	_, err := os.Stat(d.Path(vaultDir))
	return err == nil
}

// Vault is the desk's evidence and custody log, made where there is none yet. What
// it writes is written under the desk's lock.
func (d *Desk) Vault(ctx context.Context) (*vault.Vault, error) {
	release, err := d.Hold(ctx)
	if err != nil {
		return nil, fmt.Errorf("open the vault: %w", err)
	}
	v, err := d.openVault(ctx)
	if err = errors.Join(err, release()); err != nil {
		return nil, fmt.Errorf("open the vault: %w", err)
	}
	return v, nil
}

// openVault opens the vault; the lock is held.
func (d *Desk) openVault(ctx context.Context) (*vault.Vault, error) {
	if d.vault != nil {
		return d.vault, nil
	}
	there := d.hasVault()
	source, err := d.ring().Vault(there)
	if err != nil {
		return nil, d.damaged(err)
	}
	signer, verifier, err := d.ring().Log(there)
	if err != nil {
		return nil, d.damaged(err)
	}
	v, did, err := vault.Open(ctx, d.Path(vaultDir), vault.Options{
		Actor: d.o.actor, Signer: signer, Verifier: verifier, Key: source, Now: d.o.now,
		Lock: d.lockForVault, Carried: d.carried, Holds: d.holds,
	})
	if err != nil {
		return nil, err
	}
	d.vault = v
	for _, line := range did.Did {
		if !did.Created { // that there was nothing is no news
			d.say("%s", line)
		}
	}
	return v, nil
}

// lockForVault is the desk's lock as the vault takes it. It puts nothing right:
// the vault is in the middle of something.
func (d *Desk) lockForVault(ctx context.Context) (func(), error) {
	leave, err := d.enter(ctx, d.o.verb)
	if err != nil {
		return nil, err
	}
	return func() {
		if err := leave(); err != nil {
			d.say("after an act of the vault: %v", err)
		}
	}, nil
}

// ReadVault is the vault opened to be read: it needs no lock and no right to
// write. Viewing an item is an act, which it cannot log. It returns
// vault.ErrNoVault where there is none.
func (d *Desk) ReadVault(ctx context.Context) (*vault.Vault, error) {
	if d.reader != nil {
		return d.reader, nil
	}
	if !d.hasVault() {
		return nil, fmt.Errorf("open the vault: %w", vault.ErrNoVault)
	}
	source, err := d.ring().Vault(true)
	if err != nil {
		return nil, d.damaged(err)
	}
	verifier, err := d.ring().LogVerifier()
	if err != nil {
		return nil, d.damaged(err)
	}
	v, _, err := vault.Open(ctx, d.Path(vaultDir), vault.Options{Verifier: verifier, Key: source, ReadOnly: true, Holds: d.holds})
	if err != nil {
		return nil, err
	}
	d.reader = v
	return v, nil
}

// carried carries an act of the desk through after a crash: the batch that the
// leaf speaks of becomes complete, if everything else of it is there.
func (d *Desk) carried(ctx context.Context, leaf int64, e custody.Event) (bool, error) {
	switch e.Object {
	case handoverObject:
		return d.handedOver(e)
	case accessObject:
		return d.accessGiven(e)
	}
	batches, err := d.store.Batches(ctx)
	if err != nil {
		return false, err
	}
	for _, b := range batches {
		if b.ID() != e.Object {
			continue
		}
		if b.Leaf == leaf {
			return true, nil
		}
		if b.Root != e.Digest || b.State == Staged || b.Leaf >= 0 {
			return false, nil
		}
		d.say("%s was in the custody log already: it is complete now, leaf %d", b.ID(), leaf)
		d.finished(b.Number)
		return true, d.setComplete(ctx, &b, leaf)
	}
	return false, nil
}

// newBatch is a batch that has not begun.
func (d *Desk) newBatch() Batch {
	key := make([]byte, custody.KeySize)
	rand.Read(key) // never fails
	return Batch{State: Staged, Actor: d.o.actor, Key: key, Leaf: -1}
}

// openBatch gives a batch its number.
func (d *Desk) openBatch(tx Tx, b *Batch, all []Batch) (err error) {
	for _, other := range all {
		b.Base = max(b.Base, other.Completed)
	}
	b.Number, err = tx.Open(*b)
	return err
}

// root is the root of the batch's record tree.
func (d *Desk) root(ctx context.Context, b Batch, progress func(done int64)) (string, error) {
	tree, err := custody.NewRecordTree(b.Key)
	if err != nil {
		return "", err
	}
	for h, err := range d.store.Versions(ctx, b.Number, false) {
		if err == nil {
			err = tree.Add(h.ID, h.Digest)
		}
		if err != nil {
			return "", err
		}
		if progress != nil {
			progress(tree.Size())
		}
	}
	if tree.Size() != b.Records {
		return "", fmt.Errorf("%s: %d records, %d were kept: %w", b.ID(), tree.Size(), b.Records, ErrDamaged)
	}
	return tree.Root(), nil
}

// update keeps what is known of a batch.
func (d *Desk) update(ctx context.Context, b Batch) error {
	return d.transact(ctx, func(tx Tx) error { return tx.Update(b) })
}

// complete gives a sealed batch its leaf in the custody log, and with it makes its
// records seen. Then its refused rows go into quarantine.
func (d *Desk) complete(ctx context.Context, b *Batch) error {
	v, err := d.openVault(ctx)
	if err != nil {
		return err
	}
	_, err = v.Act(ctx, custody.Event{
		Act: custody.Derive, Actor: b.Actor, Object: b.ID(), Digest: b.Root, Parent: b.Object, Tool: b.Tool, Detail: detail(*b),
	}, func(leaf int64) error { return d.setComplete(ctx, b, leaf) })
	if err != nil {
		return err
	}
	d.sets, d.hidden = map[string]*derive.Set{}, nil
	if b.Receipt.Refused == 0 {
		return nil
	}
	return d.quarantine(ctx, *b)
}

// detail is what the leaf says of the batch beside its root: how many records, the
// SHA-256 of the receipt's JSON, and how the rows were read.
func detail(b Batch) string {
	receipt, err := json.Marshal(b.Receipt)
	if err != nil {
		panic(err) // it is made of text and numbers
	}
	return fmt.Sprintf("records=%d receipt=%s params=%s", b.Records, record.Digest(receipt), cmp.Or(b.Params, "{}"))
}

func (d *Desk) setComplete(ctx context.Context, b *Batch, leaf int64) error {
	all, err := d.store.Batches(ctx)
	if err != nil {
		return err
	}
	next := *b
	next.State, next.Leaf = Complete, leaf
	if next.Completed == 0 {
		for _, other := range all {
			next.Completed = max(next.Completed, other.Completed)
		}
		next.Completed++
	}
	if err := d.update(ctx, next); err != nil {
		return err
	}
	*b = next
	return nil
}

// adopt logs a batch that is complete without a leaf: what was held before there
// was a log.
func (d *Desk) adopt(ctx context.Context, b *Batch) (err error) {
	b.Key, b.Actor = d.newBatch().Key, d.o.actor
	if b.Root, err = d.root(ctx, *b, nil); err != nil {
		return err
	}
	if err := d.update(ctx, *b); err != nil {
		return err
	}
	return d.complete(ctx, b)
}

// quarantine writes the refused rows of a complete batch.
func (d *Desk) quarantine(ctx context.Context, b Batch) error {
	var broken error
	rows := func(yield func(*intake.Refusal) bool) {
		for r, err := range d.store.Refused(ctx, b.Number) {
			if broken = err; err != nil || !yield(r.Refusal) {
				return
			}
		}
	}
	lot := intake.Lot{
		SHA256: b.Receipt.SHA256, Bytes: b.Receipt.Bytes, File: b.Receipt.File,
		Kind: b.Kind, Source: b.Source, Format: b.Receipt.Format, Columns: b.Columns,
	}
	if b.Receipt.Retry == "" { // mended rows that are refused again are in quarantine already
		_, err := intake.NewQuarantine(d.Path(quarantineDir)).Write(lot, rows)
		if err = errors.Join(err, broken); err != nil {
			return err
		}
	}
	return d.transact(ctx, func(tx Tx) error { return tx.Quarantined(b.Number) })
}

// Signer returns the desk's signing key and its verifier key, made at first use.
func (d *Desk) Signer() (note.Signer, string, error) {
	s, v, err := d.ring().Signer()
	return s, v, d.damaged(err)
}

func (d *Desk) ring() keys.Ring {
	return keys.Ring{Dir: d.Path(keyDir), Lock: func() (func() error, error) { return d.enter(context.Background(), "key") }}
}

// damaged says what is wrong with a key in the words of the desk.
func (d *Desk) damaged(err error) error {
	if errors.Is(err, keys.ErrMalformed) || errors.Is(err, keys.ErrGone) {
		return fmt.Errorf("read %w: %w", err, ErrDamaged)
	}
	return err
}

// commitment is SHA-256(salt ‖ bytes) with a salt that only this desk can make:
// an outsider who guesses the record cannot confirm the guess, and the desk can
// later show that this was the record.
func (d *Desk) commitment(b []byte) (string, error) {
	if d.salt == nil {
		salt, err := d.ring().Commitment()
		if err != nil {
			return "", d.damaged(err)
		}
		d.salt = salt
	}
	mac := hmac.New(sha256.New, d.salt)
	mac.Write(b)
	sum := sha256.Sum256(append(mac.Sum(nil), b...))
	return hex.EncodeToString(sum[:]), nil
}
