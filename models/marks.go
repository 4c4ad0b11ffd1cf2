package models

import (
	"encoding/binary"
	"errors"
	"time"
)

// MarkKey is the cut by which latency and freshness are counted.
type MarkKey struct{ Source, Entity, DC string }

// Mark is what one batch adds to the latency and freshness of one source,
// entity and DC.
type Mark struct {
	MarkKey
	Newest               time.Time // the newest time at which one of the events occurred
	Accept, Queue, Total Histogram
}

// Sent reports whether the source itself sent any of it. What the tower has read
// again from it says how things stand, and not that the source is heard.
func (m *Mark) Sent() bool { return m.Total.Count() > 0 }

var errMarks = errors.New("marks: the bytes are damaged")

// EncodeMarks writes marks as a version byte and, for each, three texts, a time
// in microseconds and three histograms, all with their lengths.
func EncodeMarks(marks []Mark) ([]byte, error) {
	out := []byte{histogramVersion}
	for i := range marks {
		m := &marks[i]
		for _, text := range []string{m.Source, m.Entity, m.DC} {
			out = binary.AppendUvarint(out, uint64(len(text)))
			out = append(out, text...)
		}
		out = binary.AppendVarint(out, m.Newest.UnixMicro())
		for _, h := range []*Histogram{&m.Accept, &m.Queue, &m.Total} {
			encoded, err := h.MarshalBinary()
			if err != nil {
				return nil, err
			}
			out = binary.AppendUvarint(out, uint64(len(encoded)))
			out = append(out, encoded...)
		}
	}
	return out, nil
}

// DecodeMarks reads what EncodeMarks wrote; no bytes are no marks.
func DecodeMarks(data []byte) ([]Mark, error) {
	if len(data) == 0 {
		return nil, nil
	}
	if data[0] != histogramVersion {
		return nil, errMarks
	}
	read := marksReader{rest: data[1:]}
	var marks []Mark
	for len(read.rest) > 0 {
		m := Mark{MarkKey: MarkKey{Source: string(read.block()), Entity: string(read.block()), DC: string(read.block())}}
		m.Newest = time.UnixMicro(read.varint()).UTC()
		for _, h := range []*Histogram{&m.Accept, &m.Queue, &m.Total} {
			if err := h.UnmarshalBinary(read.block()); err != nil || read.bad {
				return nil, errMarks
			}
		}
		marks = append(marks, m)
	}
	return marks, nil
}

type marksReader struct {
	rest []byte
	bad  bool
}

func (r *marksReader) block() []byte {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || n > uint64(len(r.rest)-size) {
		r.rest, r.bad = nil, true
		return nil
	}
	block := r.rest[size : size+int(n)]
	r.rest = r.rest[size+int(n):]
	return block
}

func (r *marksReader) varint() int64 {
	v, size := binary.Varint(r.rest)
	if size <= 0 {
		r.rest, r.bad = nil, true
		return 0
	}
	r.rest = r.rest[size:]
	return v
}
