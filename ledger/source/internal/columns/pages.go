package columns

import (
	"bufio"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
	"github.com/turtlebay/turtlebay/intake"
)

// Limits on the pages of a file: a page is read as a whole, and says itself how much
// that is.
const (
	maxPage   = 64 << 20 // bytes of a page, decompressed
	maxValues = 16 << 20 // values of a page
	maxHeader = 1 << 20  // bytes of a page's header
)

// bounded looks at the headers of all pages that will be read, before any of them is.
func bounded(at io.ReaderAt, size int64, meta *format.FileMetaData) error {
	for g := range meta.RowGroups {
		for c := range meta.RowGroups[g].Columns {
			m := &meta.RowGroups[g].Columns[c].MetaData
			start := m.DataPageOffset
			if d := m.DictionaryPageOffset; d > 0 && d < start {
				start = d
			}
			if start < 0 || m.TotalCompressedSize < 0 || start > size-m.TotalCompressedSize {
				return fmt.Errorf("%w: a column lies outside of the file", intake.ErrBroken)
			}
			if err := boundedPages(io.NewSectionReader(at, start, m.TotalCompressedSize)); err != nil {
				return fmt.Errorf("row group %d, column %d: %w", g+1, c+1, err)
			}
		}
	}
	return nil
}

// boundedPages looks at the headers of a column's pages.
func boundedPages(column *io.SectionReader) error {
	buf := bufio.NewReader(nil)
	for at := int64(0); at < column.Size(); {
		head := io.NewSectionReader(column, at, min(maxHeader, column.Size()-at))
		buf.Reset(head)
		var page format.PageHeader
		var protocol thrift.CompactProtocol
		if err := thrift.NewDecoder(protocol.NewReader(buf)).Decode(&page); err != nil {
			return fmt.Errorf("%w: header of a page: %w", intake.ErrBroken, err)
		}
		read, err := head.Seek(0, io.SeekCurrent)
		if err != nil {
			return err
		}
		at += read - int64(buf.Buffered())
		values := max(page.DataPageHeader.V.NumValues, page.DataPageHeaderV2.V.NumValues, page.DictionaryPageHeader.V.NumValues)
		switch {
		case page.CompressedPageSize < 0 || int64(page.CompressedPageSize) > column.Size()-at:
			return fmt.Errorf("%w: a page ends outside of its column", intake.ErrBroken)
		case page.UncompressedPageSize < 0 || page.UncompressedPageSize > maxPage || values > maxValues:
			return fmt.Errorf("%w: a page of %d bytes and %d values", ErrPage, page.UncompressedPageSize, values)
		}
		at += int64(page.CompressedPageSize)
	}
	return nil
}
