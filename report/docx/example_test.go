package docx_test

import (
	"bytes"
	"fmt"

	"github.com/turtlebay/turtlebay/report/document"
	"github.com/turtlebay/turtlebay/report/docx"
)

func ExampleWrite() {
	doc := &document.Document{
		Masthead: document.Masthead{Symbol: "S/2024/1", Title: "Report"},
		Sections: []*document.Section{{ID: "introduction", Title: "Introduction", Blocks: []document.Block{
			&document.Paragraph{Spans: []document.Span{{Text: "The period is that of the mandate."}}},
		}}},
	}
	if err := doc.Number(); err != nil {
		fmt.Println(err)
		return
	}
	var file bytes.Buffer
	if err := docx.Write(&file, doc); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\n", file.Bytes()[:2])
	// Output: PK
}
