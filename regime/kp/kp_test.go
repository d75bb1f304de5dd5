package kp_test

import (
	"testing"

	"github.com/turtlebay/turtlebay/regime/kp"
)

func TestPack(t *testing.T) {
	if _, err := kp.Pack(); err != nil {
		t.Fatal(err)
	}
}
