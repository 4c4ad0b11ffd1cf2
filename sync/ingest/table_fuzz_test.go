package ingest_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"throughline/models"
	"throughline/sync/contract"
	"throughline/sync/ingest"
)

// FuzzTable reads files that may be anything: each row is JSON that the decoders
// can look at, and lines only grow.
func FuzzTable(f *testing.F) {
	f.Add("item,dc,on_hand,allocated,unit,version\nA,LEE,1,0,EA,7\n")
	f.Add("\ufeffItem,DC,On Hand,allocated,unit,version\r\n\"A\nB\",LEE,\"1\"\"\",,EA,x\r\nA,LEE\r\n")
	f.Add("item\n\"A")
	registry, err := contract.NewRegistry()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		last := 0
		err := ingest.EachRow(registry, models.TypeBalance, strings.NewReader(text), func(line int, data string) {
			if line <= last {
				t.Fatalf("line %d comes after line %d", line, last)
			}
			last = line
			_, err := contract.Decode(models.TypeBalance, data)
			if fault, ok := errors.AsType[*contract.Fault](err); ok && fault.Syntax {
				t.Fatalf("line %d is no JSON: %s", line, data)
			}
		})
		if err != nil && errors.Is(err, io.EOF) {
			t.Fatal("the end of the file is no fault of it")
		}
	})
}
