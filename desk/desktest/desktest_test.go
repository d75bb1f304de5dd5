package desktest_test

import (
	"testing"

	"github.com/turtlebay/turtlebay/desk/desktest"
)

func TestMemory(t *testing.T) { desktest.Run(t, desktest.Memory()) }
