package csr

import (
	"github.com/turtlebay/turtlebay/ledger/csr/internal/catalog"
	"github.com/turtlebay/turtlebay/ledger/csr/internal/segment"
)

// Usage is the bytes that a ledger takes on the disk.
type Usage struct {
	Rows         int64 `json:"rows"`         // columns, and the lists of rows by account in both directions
	Transactions int64 `json:"transactions"` // their ids, with the index by hash
	Dictionaries int64 `json:"dictionaries"` // addresses and assets, with the index by hash
	Files        int   `json:"files"`
}

// Usage says what the ledger takes on the disk now.
func (s *Store) Usage() (u Usage, err error) {
	defer fail("measure ledger", &err)
	c, err := catalog.Read(s.dir)
	if err != nil {
		return u, err
	}
	for _, ch := range c.Chains {
		for _, f := range append(append([]catalog.File(nil), ch.Addresses...), ch.Assets...) {
			u.Dictionaries += f.Size
			u.Files++
		}
		for _, f := range ch.Segments {
			open, err := segment.OpenNamed(s.dir, f)
			if err != nil {
				return u, err
			}
			ids := open.TxBytes()
			u.Transactions += ids
			u.Rows += f.Size - ids
			u.Files++
			if err := open.Close(); err != nil {
				return u, err
			}
		}
	}
	return u, nil
}
