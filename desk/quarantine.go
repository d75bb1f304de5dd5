package desk

import (
	"context"
	"errors"

	"github.com/turtlebay/turtlebay/intake"
)

// Quarantine is the desk's refused rows, to be read; Mend and Retry change them.
func (d *Desk) Quarantine() *intake.Quarantine { return intake.NewQuarantine(d.Path(quarantineDir)) }

// Mend notes what fields of a refused row should say, see intake.Quarantine.Mend.
func (d *Desk) Mend(ctx context.Context, id, row string, changes ...intake.Mend) (intake.Entry, error) {
	release, err := d.Hold(ctx)
	if err != nil {
		return intake.Entry{}, err
	}
	e, err := d.Quarantine().Mend(id, row, changes...)
	return e, errors.Join(err, release())
}
