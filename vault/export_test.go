package vault

import (
	"context"

	"github.com/turtlebay/turtlebay/vault/internal/staging"
)

// OpenWithSteps is Open of a vault that calls step before each step towards the
// disk; an error makes the step fail.
func OpenWithSteps(ctx context.Context, dir string, o Options, step func(string) error) (*Vault, Reconciled, error) {
	return open(ctx, staging.Dir{Root: dir, Shred: isKey, StepIs: step}, o)
}

// Settle is what every act does first.
func (v *Vault) Settle(ctx context.Context) error {
	unlock, err := v.lockToWrite(ctx)
	if err == nil {
		unlock()
	}
	return err
}
