package models_test

import (
	"bytes"
	"testing"
	"time"

	"throughline/models"
)

// FuzzDecodeMarks holds that what can be read is written as it was read: no two
// texts of the same marks, and none that grows.
func FuzzDecodeMarks(f *testing.F) {
	m := models.Mark{MarkKey: models.MarkKey{Source: "erp", Entity: "inventory", DC: "LEE"}, Newest: time.UnixMicro(1_700_000_000_000_000).UTC()}
	m.Accept.Add(time.Millisecond)
	m.Queue.Add(20 * time.Millisecond)
	m.Total.Add(time.Second)
	seed, err := models.EncodeMarks([]models.Mark{m, {}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte{})
	f.Add([]byte{1, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, data []byte) {
		marks, err := models.DecodeMarks(data)
		if err != nil {
			return
		}
		again, err := models.EncodeMarks(marks)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		back, err := models.DecodeMarks(again)
		if err != nil || len(back) != len(marks) {
			t.Fatalf("%d marks became %d: %v", len(marks), len(back), err)
		}
		if second, err := models.EncodeMarks(back); err != nil || !bytes.Equal(again, second) {
			t.Fatalf("the same marks have two texts: %x and %x (%v)", again, second, err)
		}
	})
}
