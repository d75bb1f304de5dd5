package sqlite_test

import (
	"testing"

	"github.com/turtlebay/turtlebay/desk/desktest"
	"github.com/turtlebay/turtlebay/desk/sqlite"
)

func TestStore(t *testing.T) { desktest.Run(t, sqlite.Open) }
